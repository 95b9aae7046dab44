package org.posthorn.storage.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.posthorn.message.ContentId;
import org.posthorn.storage.engine.RowWriter;

class QueueCodecTest {
  private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

  /// As the first programs wrote them: without wishes.
  @Test
  void readsRowsOfTheFirstForm() {
    var row = new RowWriter(64).raw(1);
    row.raw(0);
    row.text("client.example");
    row.raw(0);
    row.text("ESMTP");
    row.text("c1");
    row.number(NOON.toEpochMilli());
    row.raw(1).raw(0).raw(0).raw(0);
    row.raw(0);
    row.text("content.1");
    row.text("Received: from x\r\n");
    row.number(0);
    row.number(1);
    row.text("a.b");
    row.text("c");
    assertThat(QueueCodec.form(0, row.toBytes()))
        .isEqualTo(
            new QueueCodec.ArrivedForm(
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
                    Optional.empty()),
                new MailForm(
                    0,
                    Optional.empty(),
                    new ContentId("content.1"),
                    "Received: from x\r\n",
                    List.of(),
                    Map.of("a.b", "c"))));
  }
}
