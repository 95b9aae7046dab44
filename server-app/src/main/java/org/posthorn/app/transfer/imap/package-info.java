/// Accounts on other servers, taken over by IMAP: the client, and what is asked of the server.
@NullMarked
package org.posthorn.app.transfer.imap;

import org.jspecify.annotations.NullMarked;
