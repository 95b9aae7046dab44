package org.posthorn.mailets;

import java.time.Instant;
import org.posthorn.mailet.Recipient;

/// What becomes of mail for a full mailbox: `over-quota: bounce` (if nothing is said) or `retry`. A
/// report of ours is always tried again, and then among the dead letters.
enum OverQuota {
  BOUNCE,
  RETRY;

  private static final String RETRY_REASON = "the mailbox is full";
  private static final String STATUS = "5.2.2";
  private static final String TEXT = "The mailbox is full";

  /// Before anybody tried to deliver.
  void apply(Recipient recipient, Fates fates) {
    if (waits(fates)) {
      fates.later(recipient, RETRY_REASON);
    } else {
      fates.failed(recipient, STATUS, TEXT);
    }
  }

  /// After the mailbox was tried just now.
  void apply(Recipient recipient, Fates fates, Instant now) {
    if (waits(fates)) {
      fates.later(recipient, RETRY_REASON);
    } else {
      fates.refused(recipient, STATUS, TEXT, now);
    }
  }

  private boolean waits(Fates fates) {
    return this == RETRY || fates.isOwnReport();
  }
}
