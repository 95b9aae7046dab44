/// Mail on its way in and out of a server: the frames it travels in, what the server does with
/// them, and what is known of other programs' mailboxes (Maildir, mbox, folders of files, IMAP).
@NullMarked
package org.posthorn.app.transfer;

import org.jspecify.annotations.NullMarked;
