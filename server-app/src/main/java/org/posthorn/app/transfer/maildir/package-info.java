/// Maildirs, as Dovecot, Courier and others keep them, read and written.
@NullMarked
package org.posthorn.app.transfer.maildir;

import org.jspecify.annotations.NullMarked;
