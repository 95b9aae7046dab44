package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.engine.RowWriter;

/// Rows as older programs wrote them are read for ever.
final class OlderRowsTest {
  private static final MailboxName WORK = new MailboxName("Work");

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
