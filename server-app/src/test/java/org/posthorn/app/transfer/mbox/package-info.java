@NullMarked
package org.posthorn.app.transfer.mbox;

import org.jspecify.annotations.NullMarked;
