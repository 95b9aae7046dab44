@NullMarked
package org.posthorn.storage.files;

import org.jspecify.annotations.NullMarked;
