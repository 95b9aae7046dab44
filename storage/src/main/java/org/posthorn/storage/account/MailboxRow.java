package org.posthorn.storage.account;

import java.util.Optional;
import java.util.OptionalInt;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// A mailbox as it is stored: one row under its id. `checksum` is the sum over its placements;
/// `firstRecent` the first UID that no session was told as `\Recent`; `retentionDays` for how many
/// days messages stay (0: for ever; empty: as the default says).
record MailboxRow(
    int id,
    MailboxName name,
    Optional<SpecialUse> use,
    long uidValidity,
    long uidNext,
    long highestModSeq,
    int messages,
    int unseen,
    int deleted,
    long sizeBytes,
    long checksum,
    long firstRecent,
    OptionalInt retentionDays) {
  /// 1 had no retention.
  private static final int FORM = 2;

  byte[] encode() {
    var row =
        new RowWriter(80)
            .raw(FORM)
            .text(name.value())
            .text(SpecialUse.text(use))
            .number(uidValidity)
            .number(uidNext)
            .number(highestModSeq)
            .number(messages)
            .number(unseen)
            .number(deleted)
            .number(sizeBytes)
            .fixed(checksum)
            .number(firstRecent);
    writeDays(row, retentionDays);
    return row.toBytes();
  }

  static MailboxRow decode(int id, byte[] value) {
    var row = new RowReader(value);
    boolean first = row.form(FORM) == 1;
    return new MailboxRow(
        id,
        new MailboxName(row.text()),
        SpecialUse.of(row.text()),
        row.number(),
        row.number(),
        row.number(),
        row.count(),
        row.count(),
        row.count(),
        row.number(),
        row.fixed(),
        row.number(),
        first ? OptionalInt.empty() : readDays(row));
  }

  MailboxInfo info(boolean subscribed) {
    return new MailboxInfo(
        new MailboxId(id),
        name,
        use,
        subscribed,
        uidValidity,
        uidNext,
        highestModSeq,
        messages,
        unseen,
        deleted,
        sizeBytes,
        retentionDays);
  }

  MailboxRow uidValidity(long other) {
    return new MailboxRow(
        id,
        name,
        use,
        other,
        uidNext,
        highestModSeq,
        messages,
        unseen,
        deleted,
        sizeBytes,
        checksum,
        firstRecent,
        retentionDays);
  }

  /// What this mailbox adds to the checksum of its account.
  long share() {
    return Checksum.ofMailbox(id, name.value(), uidValidity, uidNext, checksum);
  }

  /// One more than the days, or 0 for none.
  static void writeDays(RowWriter row, OptionalInt days) {
    row.number(days.isEmpty() ? 0 : days.getAsInt() + 1L);
  }

  static OptionalInt readDays(RowReader row) {
    int stored = row.count();
    return stored == 0 ? OptionalInt.empty() : OptionalInt.of(stored - 1);
  }
}
