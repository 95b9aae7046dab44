@NullMarked
package org.posthorn.app.transfer;

import org.jspecify.annotations.NullMarked;
