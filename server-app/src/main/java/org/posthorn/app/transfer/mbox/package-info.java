/// Mboxes in all their variants, read and written.
@NullMarked
package org.posthorn.app.transfer.mbox;

import org.jspecify.annotations.NullMarked;
