@NullMarked
package org.posthorn.app.transfer.frame;

import org.jspecify.annotations.NullMarked;
