package org.posthorn.mailets;

import org.posthorn.mailet.Recipient;

/// What becomes of mail for a full mailbox: `over-quota: bounce` (if nothing is said) or `retry`. A
/// report of ours is always tried again, and then among the dead letters.
enum OverQuota {
  BOUNCE,
  RETRY;

  private static final String RETRY_REASON = "the mailbox is full";

  void apply(Recipient recipient, Fates fates) {
    if (this == RETRY || fates.isOwnReport()) {
      fates.later(recipient, RETRY_REASON);
    } else {
      fates.failed(recipient, "5.2.2", "The mailbox is full");
    }
  }
}
