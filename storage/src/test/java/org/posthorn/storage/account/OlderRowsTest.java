package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.posthorn.message.ContentId;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.StructureCodec;
import org.posthorn.message.mime.StructureScanner;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.engine.RowWriter;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.memory.InMemoryEngine;

/// Rows as older programs wrote them are read for ever.
final class OlderRowsTest {
  private static final MailboxName WORK = new MailboxName("Work");
  private static final String PREFIX = "Return-Path: <bob@example.net>\r\n";

  @Test
  void aMailboxWithoutRetention() {
    byte[] stored =
        new RowWriter(80)
            .raw(1)
            .text("Work")
            .text("\\Archive")
            .number(7)
            .number(8)
            .number(9)
            .number(3)
            .number(2)
            .number(1)
            .number(400)
            .fixed(55)
            .number(6)
            .toBytes();

    MailboxRow row = MailboxRow.decode(4, stored);

    assertThat(row)
        .isEqualTo(
            new MailboxRow(
                4,
                WORK,
                Optional.of(SpecialUse.ARCHIVE),
                7,
                8,
                9,
                3,
                2,
                1,
                400,
                55,
                6,
                OptionalInt.empty()));
    assertThat(MailboxRow.decode(4, row.encode())).isEqualTo(row);
  }

  /// What was left out of a long structure for want of room is read from the message.
  @Test
  void aLongStructureOfAnEmail() throws IOException {
    ContentStore contents = new InMemoryContentStore();
    StoredContent stored = contents.write(new ByteArrayInputStream(attachments(300)));
    MessageStructure fewer = StructureScanner.scan(attachments(250));
    byte[] row = EmailRow.encode(email(stored.id(), fewer));
    byte[] now = StructureCodec.encode(fewer);
    int at = indexOf(row, now);
    row[at] = 2;
    AccountKey key = new Rows(new InMemoryEngine(), AccountHouse.ID, Keyring.off()).key();

    assertThat(EmailRow.read(1, row, contents, key).structure())
        .isEqualTo(EmailRow.structure(stored, PREFIX));
    assertThat(EmailRow.read(1, row, new InMemoryContentStore(), key).structure()).isEqualTo(fewer);
  }

  private static Email email(ContentId content, MessageStructure structure) {
    return new Email(1, content, PREFIX, structure.sizeBytes(), structure, 1);
  }

  private static int indexOf(byte[] bytes, byte[] wanted) {
    int at = 0;
    while (Arrays.mismatch(bytes, at, at + wanted.length, wanted, 0, wanted.length) >= 0) {
      at++;
    }
    return at;
  }

  private static byte[] attachments(int count) {
    var text = new StringBuilder("Content-Type: multipart/mixed; boundary=b\r\n\r\n");
    for (int i = 0; i < count; i++) {
      text.append(
          "--b\r\nContent-Disposition: attachment; filename=%d.txt\r\n\r\nx\r\n".formatted(i));
    }
    return text.append("--b--\r\n").toString().getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void aDeletedMailboxOfUnknownUse() {
    byte[] stored =
        new RowWriter(80)
            .raw(1)
            .number(1_000)
            .text("ann")
            .text("imap")
            .text("1")
            .number(1)
            .raw(3)
            .number(4)
            .text("Work")
            .toBytes();

    assertThat(ChangeRow.decode(5, stored))
        .isEqualTo(
            new Change(
                5,
                Instant.ofEpochMilli(1_000),
                new Actor("ann", "imap", "1"),
                List.of(new Change.Deleted(new MailboxId(4), WORK, Optional.empty()))));
  }

  @Test
  void theFirstTwoFormsOfAnAccount() {
    AccountRow first = AccountRow.decode(accountRow(1).toBytes());
    assertThat(first.quota()).isEqualTo(new QuotaLimits(6, 0));
    assertThat(first.owner()).isEmpty();

    AccountRow second =
        AccountRow.decode(accountRow(2).text("ann@example.org").number(3).number(4).toBytes());
    assertThat(second.quota()).isEqualTo(new QuotaLimits(6, 4));
    assertThat(second.owner()).isEqualTo("ann@example.org");
    assertThat(second.exactSince()).isEqualTo(3);
    assertThat(second.warnedPercent()).isZero();
  }

  private static RowWriter accountRow(int form) {
    return new RowWriter(64)
        .raw(form)
        .number(1)
        .number(2)
        .number(3)
        .number(4)
        .number(5)
        .number(6)
        .number(7)
        .number(8)
        .fixed(9)
        .fixed(10);
  }

  @Test
  void aQuotaOfBytesInTheLog() {
    byte[] row =
        new RowWriter(64)
            .raw(1)
            .number(1_000)
            .text("ann")
            .text("imap")
            .text("1")
            .number(1)
            .raw(10)
            .number(100)
            .number(200)
            .toBytes();

    assertThat(ChangeRow.decode(5, row).events())
        .containsExactly(new Change.QuotaSet(new QuotaLimits(100, 0), new QuotaLimits(200, 0)));
  }

  @Test
  void everyEventIsReadBack() {
    var box = new MailboxId(4);
    var change =
        new Change(
            9,
            Instant.ofEpochMilli(1_000),
            new Actor("ann", "imap", "1"),
            List.of(
                new Change.Created(box, WORK),
                new Change.Renamed(box, WORK, new MailboxName("Play")),
                new Change.Deleted(box, WORK, Optional.of(SpecialUse.JUNK)),
                new Change.Subscribed(WORK, true),
                new Change.Appended(box, UidSet.of(1, 2, 9)),
                new Change.Copied(box, UidSet.of(1), new MailboxId(5), UidSet.of(7)),
                new Change.Moved(box, UidSet.of(1, 3), new MailboxId(5), UidSet.of(7, 8)),
                new Change.Flagged(box, UidSet.of(1), Flags.NONE, Flags.of("\\Seen", "work")),
                new Change.Expunged(box, UidSet.range(1, 500)),
                new Change.BroughtBack(box, UidSet.of(11)),
                new Change.Restored(3),
                new Change.Repaired(1_000_000),
                new Change.RetentionSet(box, OptionalInt.empty(), OptionalInt.of(0)),
                new Change.RetentionSet(box, OptionalInt.of(30), OptionalInt.empty()),
                new Change.UseSet(box, Optional.of(SpecialUse.SENT), Optional.empty()),
                new Change.AclSet(box, "$team", Rights.NONE, Rights.parse("lrs")),
                new Change.Annotated(
                    Annotation.shared(box, "/shared/Comment"),
                    Optional.empty(),
                    Optional.of("\u00e4\0x")),
                new Change.SeenBy(box, new AccountId("bob"), UidSet.of(1, 9), true),
                new Change.Owned("", "ann@example.org"),
                new Change.QuotaSet(new QuotaLimits(0, 3), new QuotaLimits(5, 0))));

    assertThat(ChangeRow.decode(9, ChangeRow.encode(change))).isEqualTo(change);
  }
}
