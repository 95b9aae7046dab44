package org.posthorn.storage.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
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
  void aTryThatFailedBeforeItWasNotedHowIsStillRead() {
    byte[] deferred = failedTry(9).signed(AT.toEpochMilli()).toBytes();
    assertThat(StoryCodec.read(deferred))
        .contains(
            new StoryEntry(
                AT,
                "m1",
                new StoryEvent.Deferred(
                    Addresses.one("bob@example.net"), 3, "4.2.0", "mx", "451 later", AT, "")));
    assertThat(StoryCodec.read(failedTry(10).toBytes()))
        .contains(
            new StoryEntry(
                AT,
                "m1",
                new StoryEvent.Failed(
                    Addresses.one("bob@example.net"), 3, "4.2.0", "mx", "451 later", "")));
  }

  private static RowWriter failedTry(int kind) {
    return new RowWriter(50)
        .number(AT.toEpochMilli())
        .text("m1")
        .raw(kind)
        .number(1)
        .number(1)
        .text("bob@example.net")
        .number(3)
        .text("4.2.0")
        .text("mx")
        .text("451 later");
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

  @Test
  void whatWasThrownAwayOrRefusedBeforeItHadItsMessageIdIsStillRead() {
    Addresses ann = Addresses.one("ann@example.org");
    byte[] discarded = address(begun(2).text("joe")).text("192.0.2.7").text("c1").toBytes();
    assertThat(StoryCodec.read(discarded))
        .contains(
            new StoryEntry(
                AT, "m1", new StoryEvent.Discarded("joe", ann, "192.0.2.7", "c1", "", "")));
    RowWriter refused = address(begun(3).text("message").text("joe"));
    for (String text : List.of("192.0.2.7", "mx", "", "c1", "550 no", "g: bad")) {
      refused.text(text);
    }
    assertThat(StoryCodec.read(refused.toBytes()))
        .contains(
            new StoryEntry(
                AT,
                "m1",
                new StoryEvent.Refused(
                    "message", "joe", ann, "192.0.2.7", "mx", "", "c1", "550 no", "g: bad", "")));
  }

  @Test
  void whatWasTakenBeforeItWasKeptWhatTheClientWroteIsStillRead() {
    RowWriter old = address(begun(1).text("joe")).number(100);
    for (String text : List.of("<1@x>", "ESMTP", "192.0.2.7", "mx", "", "c1", "")) {
      old.text(text);
    }
    byte[] withoutWishes = old.number(0).toBytes();
    assertThat(StoryCodec.read(withoutWishes)).contains(accepted(""));
    assertThat(StoryCodec.read(old.text("to be held").toBytes())).contains(accepted("to be held"));
  }

  private static StoryEntry accepted(String asked) {
    return new StoryEntry(
        AT,
        "m1",
        new StoryEvent.Accepted(
            "joe",
            Addresses.one("ann@example.org"),
            100,
            "<1@x>",
            "ESMTP",
            "192.0.2.7",
            "mx",
            "",
            "c1",
            "",
            List.of(),
            asked,
            StoryEvent.Written.SAME,
            ""));
  }

  private static RowWriter begun(int kind) {
    return new RowWriter(50).number(AT.toEpochMilli()).text("m1").raw(kind);
  }

  private static RowWriter address(RowWriter out) {
    return out.number(1).number(1).text("ann@example.org");
  }
}
