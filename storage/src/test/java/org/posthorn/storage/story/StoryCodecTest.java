package org.posthorn.storage.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.engine.RowWriter;
import org.posthorn.storage.story.StoryEvent.Addresses;

/// Entries as older programs wrote them.
final class StoryCodecTest {
  private static final Instant AT = Instant.parse("2026-11-27T12:00:00Z");

  @Test
  void whatWasTakenBeforeItWasNotedHowIsStillRead() {
    byte[] old =
        new RowWriter(50)
            .number(AT.toEpochMilli())
            .text("m1")
            .raw(8)
            .number(1)
            .number(1)
            .text("bob@example.net")
            .text("mx.example.net")
            .text("250 ok")
            .toBytes();
    assertThat(StoryCodec.read(old))
        .contains(
            new StoryEntry(
                AT,
                "m1",
                new StoryEvent.Relayed(
                    Addresses.one("bob@example.net"), "mx.example.net", "250 ok", "")));
  }

  @Test
  void anOrderOfWhoKnowsWhomIsStillRead() {
    byte[] old =
        new RowWriter(50)
            .number(AT.toEpochMilli())
            .text("m1")
            .raw(11)
            .text("hold")
            .number(3)
            .toBytes();
    assertThat(StoryCodec.read(old))
        .contains(new StoryEntry(AT, "m1", new StoryEvent.Administered("hold", 3, "")));
  }
}
