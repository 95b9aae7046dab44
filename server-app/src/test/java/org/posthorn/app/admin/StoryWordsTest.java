package org.posthorn.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
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
