package org.posthorn.storage.account;

import java.time.Duration;
import java.util.Optional;

/// How long things of one account are kept: its history, and messages in Trash and Junk (0: for
/// ever) where the mailbox itself says nothing.
public record Keeping(Duration history, Duration trash, Duration junk) {
  /// For how long a mailbox keeps messages; empty: for ever.
  public Optional<Duration> of(MailboxInfo mailbox) {
    Duration time =
        mailbox.retentionDays().isPresent()
            ? Duration.ofDays(mailbox.retentionDays().getAsInt())
            : mailbox.specialUse().map(this::of).orElse(Duration.ZERO);
    return Optional.of(time).filter(Duration::isPositive);
  }

  private Duration of(SpecialUse use) {
    return switch (use) {
      case TRASH -> trash;
      case JUNK -> junk;
      case ARCHIVE, DRAFTS, FLAGGED, SENT -> Duration.ZERO;
    };
  }
}
