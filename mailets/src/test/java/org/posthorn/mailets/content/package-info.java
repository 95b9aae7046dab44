@NullMarked
package org.posthorn.mailets.content;

import org.jspecify.annotations.NullMarked;
