/// `posthorn bench`: drivers that measure any mail server over plain SMTP, LMTP, IMAP and POP3.
/// Their clients are small and of their own, so that the same bytes go to every server; they know
/// nothing of the server that they are shipped with.
@NullMarked
package org.posthorn.app.bench;

import org.jspecify.annotations.NullMarked;
