package org.posthorn.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.story.StoryEntry;
import org.posthorn.storage.story.StoryEvent;
import org.posthorn.storage.story.StoryEvent.Addresses;

final class StoryWordsTest {
  private static final StoryEvent BOB_WAITS = waits("bob@far.example");
  private static final StoryEvent EVE_WAITS = waits("eve@far.example");
  private static final StoryEvent ANN_HAS_IT =
      new StoryEvent.Served(Addresses.one("ann@example.org"), "transport", "delivered into INBOX");

  @Test
  void whatWasHeldAndThenDroppedDoesNotWait() {
    assertThat(fate(BOB_WAITS, said("hold", 1), said("drop", 1)))
        .isEqualTo("operator root said drop");
    assertThat(fate(said("hold", 1), said("drop", 1))).isEqualTo("operator root said drop");
  }

  @Test
  void whatOthersHaveGotIsNotDropped() {
    assertThat(fate(ANN_HAS_IT, BOB_WAITS, said("drop", 1)))
        .isEqualTo("delivered into INBOX; operator root said drop");
  }

  @Test
  void whatWasNotDroppedStillWaits() {
    assertThat(fate(BOB_WAITS, EVE_WAITS, said("drop", 1)))
        .isEqualTo("waits: 450 later; operator root said drop");
  }

  @Test
  void deadLettersAreDroppedToo() {
    var dead = new StoryEvent.Dead(Addresses.one("bob@far.example"), "transport", "broken");
    assertThat(fate(dead, said("drop", 1))).isEqualTo("operator root said drop");
    assertThat(fate(dead, said("expire", 1))).isEqualTo("operator root said expire");
  }

  @Test
  void saysThatATemporaryAnswerWasTheLast() {
    var failed =
        new StoryEvent.Failed(
            Addresses.one("bob@far.example"), 7, "4.2.0", "mx.far.example", "450 later", "");
    assertThat(StoryWords.sentence(failed))
        .isEqualTo(
            "failed for bob@far.example, given up after try 7 at mx.far.example: 4.2.0 450 later");
  }

  @Test
  void saysThatAMailIsHeldUntilItIsReleased() {
    StoryEvent quarantined = accepted(StoryEvent.Written.SAME, "looks fishy");
    String held = "held: Quarantine: looks fishy (posthorn queue release m1)";
    assertThat(fate(quarantined)).isEqualTo(held);
    assertThat(fate(quarantined, said("reroute", 1))).contains(held);
    assertThat(fate(quarantined, said("release", 1))).isEqualTo("operator root said release");
    assertThat(fate(quarantined, said("drop", 1))).isEqualTo("operator root said drop");
    assertThat(fate(BOB_WAITS, said("hold", 1)))
        .isEqualTo("held: operator root said hold (posthorn queue release m1)");
    assertThat(fate(BOB_WAITS, EVE_WAITS, said("hold", 1)))
        .isEqualTo("waits: 450 later; held: operator root said hold (posthorn queue release m1)");
  }

  /// RFC 4865: it is not under way, and nothing is wrong with it.
  @Test
  void saysUntilWhenASenderWantsAMailToWait() {
    StoryEvent accepted =
        accepted(
            StoryEvent.Written.SAME,
            "",
            "to be held until 2026-12-24T18:00:00Z at the sender's wish, with priority 3");
    String waits = "waits: until 2026-12-24T18:00:00Z, as its sender wants";
    assertThat(fate(accepted)).isEqualTo(waits);
    assertThat(fate(accepted, said("retry", 1))).isEqualTo(waits + "; operator root said retry");
    assertThat(fate(accepted, said("drop", 1))).isEqualTo("operator root said drop");
    var step =
        new StoryEvent.Step(
            "root/ToMailbox", Addresses.one("bob@far.example"), "goes on", Addresses.NONE, "", 9);
    assertThat(fate(accepted, step)).isEqualTo("under way");
    assertThat(fate(accepted, BOB_WAITS, step)).isEqualTo("waits: 450 later");
  }

  @Test
  void saysWhatTheClientWroteWhereItIsAnother() {
    assertThat(StoryWords.sentence(accepted(StoryEvent.Written.SAME, "")))
        .endsWith("of joe@example.net for bob@far.example");
    var written = new StoryEvent.Written("<>", Addresses.one("SRS0=x@example.org"));
    assertThat(StoryWords.sentence(accepted(written, "")))
        .endsWith(
            "of joe@example.net (the client wrote <>) for bob@far.example (the client wrote"
                + " SRS0=x@example.org)");
  }

  @Test
  void aDestinationThatWasLeftAloneWasNotTriedOnceMore() {
    var leftAlone =
        new StoryEvent.Deferred(
            Addresses.one("bob@far.example"), 0, "4.4.1", "", "No way", Instant.EPOCH, "");
    assertThat(StoryWords.sentence(leftAlone))
        .isEqualTo("not tried for bob@far.example, next at 1970-01-01T00:00:00Z: 4.4.1 No way");
  }

  private static StoryEvent accepted(StoryEvent.Written written, String held) {
    return accepted(written, held, "");
  }

  private static StoryEvent accepted(StoryEvent.Written written, String held, String asked) {
    return new StoryEvent.Accepted(
        "joe@example.net",
        Addresses.one("bob@far.example"),
        100,
        "",
        "ESMTP",
        "192.0.2.7",
        "mx",
        "",
        "c1",
        "",
        List.of(),
        asked,
        written,
        held);
  }

  private static StoryEvent waits(String address) {
    return new StoryEvent.Deferred(
        Addresses.one(address), 1, "4.2.0", "mx.far.example", "450 later", Instant.EPOCH, "");
  }

  private static StoryEvent said(String what, int recipients) {
    return new StoryEvent.Administered(what, recipients, "root");
  }

  private static String fate(StoryEvent... events) {
    return StoryWords.fate(
        Arrays.stream(events).map(event -> new StoryEntry(Instant.EPOCH, "m1", event)).toList());
  }
}
