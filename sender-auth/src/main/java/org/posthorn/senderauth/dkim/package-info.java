/// DKIM signatures (RFC 6376, 8301, 8463): verified and made in one pass over a message, whatever
/// its size. Nothing here knows sessions, the spool or mailboxes.
@NullMarked
package org.posthorn.senderauth.dkim;

import org.jspecify.annotations.NullMarked;
