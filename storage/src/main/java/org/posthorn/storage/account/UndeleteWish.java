package org.posthorn.storage.account;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/// Which expunged messages shall come back: those of some emails or (without) all, out of one
/// mailbox or (without) any, gone after `since`; and where to: `into`, or (without) where they
/// were.
public record UndeleteWish(
    Optional<Set<Long>> emails,
    Optional<MailboxName> mailbox,
    Instant since,
    Optional<MailboxName> into) {
  public UndeleteWish {
    emails = emails.map(Set::copyOf);
  }

  boolean wants(Gone gone) {
    return mailbox.map(gone.name()::equals).orElse(true)
        && emails.map(some -> some.contains(gone.message().emailId())).orElse(true);
  }
}
