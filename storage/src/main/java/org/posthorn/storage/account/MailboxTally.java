package org.posthorn.storage.account;

/// What the placements of a mailbox add up to while it is repaired, and whether some were lost.
/// Used by one thread.
final class MailboxTally {
  final MailboxRow row;
  final boolean made;
  boolean lost;
  int messages;
  int unseen;
  int deleted;
  long sizeBytes;
  long checksum;
  long highestUid;
  long highestModSeq;

  MailboxTally(MailboxRow row, boolean made) {
    this.row = row;
    this.made = made;
  }

  void add(Placement placement) {
    messages++;
    unseen += placement.flags().seen() ? 0 : 1;
    deleted += placement.flags().deleted() ? 1 : 0;
    sizeBytes += placement.sizeBytes();
    checksum += placement.checksum();
    highestUid = Math.max(highestUid, placement.uid());
    highestModSeq = Math.max(highestModSeq, placement.modSeq());
  }

  /// Whether no client may take it for the one that it knew.
  boolean isOther() {
    return made || lost || lacksMessages();
  }

  /// Rows that are gone without a trace; where only the number is wrong, the checksum is right.
  private boolean lacksMessages() {
    return messages < row.messages() && checksum != row.checksum();
  }

  /// The row that fits its placements. `uidValidity` and `version` are for one that is another.
  MailboxRow corrected(long uidValidity, long version) {
    long uidNext = Math.max(row.uidNext(), highestUid + 1);
    return new MailboxRow(
        row.id(),
        row.name(),
        row.use(),
        isOther() ? uidValidity : row.uidValidity(),
        uidNext,
        isOther() ? version : Math.max(row.highestModSeq(), highestModSeq),
        messages,
        unseen,
        deleted,
        sizeBytes,
        checksum,
        Math.min(row.firstRecent(), uidNext),
        row.retentionDays());
  }
}
