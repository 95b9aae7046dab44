package org.posthorn.storage.account;

import java.util.Arrays;
import java.util.Optional;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// A mailbox as it is stored: one row under its id. `checksum` is the sum over its placements;
/// `firstRecent` the first UID that no session was told as `\Recent`.
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
    long firstRecent) {
  private static final int FORM = 1;

  byte[] encode() {
    return new RowWriter(80)
        .raw(FORM)
        .text(name.value())
        .text(use.map(SpecialUse::attribute).orElse(""))
        .number(uidValidity)
        .number(uidNext)
        .number(highestModSeq)
        .number(messages)
        .number(unseen)
        .number(deleted)
        .number(sizeBytes)
        .fixed(checksum)
        .number(firstRecent)
        .toBytes();
  }

  static MailboxRow decode(int id, byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    return new MailboxRow(
        id,
        new MailboxName(row.text()),
        use(row.text()),
        row.number(),
        row.number(),
        row.number(),
        row.count(),
        row.count(),
        row.count(),
        row.number(),
        row.fixed(),
        row.number());
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
        sizeBytes);
  }

  /// What this mailbox adds to the checksum of its account.
  long share() {
    return Checksum.ofMailbox(id, name.value(), uidValidity, uidNext, checksum);
  }

  private static Optional<SpecialUse> use(String attribute) {
    return Arrays.stream(SpecialUse.values())
        .filter(use -> use.attribute().equals(attribute))
        .findFirst();
  }
}
