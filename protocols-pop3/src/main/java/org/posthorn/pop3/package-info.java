/// POP3 (RFC 1939), one room: wire, session and maildrop.
@NullMarked
package org.posthorn.pop3;

import org.jspecify.annotations.NullMarked;
