package org.posthorn.storage.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.engine.RowWriter;

class QueueCodecTest {
  private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

  /// As the first programs wrote them: without wishes.
  @Test
  void readsRowsOfTheFirstForm() {
    var row = new RowWriter(64).raw(1);
    arrival(row);
    rest(row);
    assertThat(QueueCodec.form(0, row.toBytes())).isEqualTo(expected(Wishes.NONE));
  }

  /// With wishes, but of none is said how long it is tried.
  @Test
  void readsRowsOfTheThirdForm() {
    var row = new RowWriter(64).raw(3);
    arrival(row);
    row.raw(2).raw(5).raw(0).raw(1);
    row.number(NOON.toEpochMilli());
    row.raw(1).raw(0);
    rest(row);
    assertThat(QueueCodec.form(0, row.toBytes()))
        .isEqualTo(
            expected(
                new Wishes(
                    Wishes.Tls.OPTIONAL,
                    -4,
                    Optional.empty(),
                    Optional.of(new Wishes.DeliverBy(NOON, true, false)))));
  }

  /// Without the time of the last try.
  @Test
  void readsRecipientsOfTheFirstForm() {
    var row = new RowWriter(64).raw(1);
    row.number(0);
    row.text("bob");
    row.text("example.net");
    row.raw(0);
    row.number(0);
    row.number(1);
    row.text("root");
    row.text("Keep-1");
    row.number(3);
    row.number(NOON.toEpochMilli());
    row.raw(1);
    row.text("4.4.1");
    row.raw(0);
    row.text("later");
    row.number(NOON.toEpochMilli());
    row.raw(0);
    row.raw(1);
    assertThat(QueueCodec.recipient(7, row.toBytes()))
        .isEqualTo(
            new QueuedRecipient(
                7,
                0,
                MailAddress.of("bob@example.net"),
                Optional.empty(),
                Set.of(),
                new RecipientState.Waiting(new RecipientState.Place("root", "Keep-1")),
                3,
                NOON,
                Optional.of(
                    new QueuedRecipient.Answer("4.4.1", Optional.empty(), "later", NOON, false)),
                true));
  }

  private static void arrival(RowWriter row) {
    row.raw(0);
    row.text("client.example");
    row.raw(0);
    row.text("ESMTP");
    row.text("c1");
    row.number(NOON.toEpochMilli());
    row.raw(1).raw(0).raw(0).raw(0);
  }

  private static void rest(RowWriter row) {
    row.raw(0);
    row.text("content.1");
    row.text("Received: from x\r\n");
    row.number(0);
    row.number(1);
    row.text("a.b");
    row.text("c");
  }

  private static QueueCodec.ArrivedForm expected(Wishes wishes) {
    return new QueueCodec.ArrivedForm(
        new Arrival(
            Optional.empty(),
            "client.example",
            Optional.empty(),
            "ESMTP",
            "c1",
            NOON,
            true,
            false,
            Optional.empty(),
            Optional.empty(),
            wishes),
        new MailForm(
            0,
            Optional.empty(),
            new ContentId("content.1"),
            "Received: from x\r\n",
            List.of(),
            Map.of("a.b", "c")));
  }
}
