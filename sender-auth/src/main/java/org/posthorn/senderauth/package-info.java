/// Whether a message is from whom it says: the rooms `spf`, `dkim`, `dmarc` and `arc` each answer
/// one part of it, `results` says it in one header. They ask the DNS by `Dns`, and know nothing of
/// sessions, the spool or mailboxes.
@NullMarked
package org.posthorn.senderauth;

import org.jspecify.annotations.NullMarked;
