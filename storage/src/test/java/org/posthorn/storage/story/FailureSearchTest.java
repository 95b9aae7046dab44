package org.posthorn.storage.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.story.StoryEvent.Addresses;

/// Who got nothing is found without a name.
final class FailureSearchTest {
  private static final Instant BEGIN = Instant.parse("2026-11-27T10:00:00Z");

  @TempDir private Path folder;

  private Instant now = BEGIN;

  @Test
  void whatFailedIsFoundWithItsSenderTheLatestFirst() throws Exception {
    for (boolean onDisk : List.of(false, true)) {
      now = BEGIN;
      try (StoryLog log = log(onDisk)) {
        log.start();
        for (int i = 0; i < 10; i++) {
          int number = i;
          log.tell("m" + i, () -> accepted("ann" + number + "@example.org"));
          now = now.plus(Duration.ofMinutes(1));
          log.tell("m" + i, () -> failed("bob" + number + "@far.example"));
          log.tell(
              "m" + i,
              () ->
                  new StoryEvent.Served(
                      Addresses.one("bob" + number + "@far.example"), "bounces/Bounce", "bounced"));
        }
        log.tell("m10", () -> accepted("eve@example.org"));
        var search = new FailureSearch(log);
        Instant since = BEGIN.plus(Duration.ofMinutes(5));
        FailureSearch.Found found =
            search.find(FailureSearchTest::isFailure, _ -> false, _ -> true, since, 3);
        assertThat(found.more()).isTrue();
        assertThat(found.failures())
            .extracting(failure ->
                failure.entry().mail() + " " + failure.sender() + " " + failure.recipient())
            .containsExactly(
                "m9 ann9@example.org bob9@far.example",
                "m8 ann8@example.org bob8@far.example",
                "m7 ann7@example.org bob7@far.example");
        assertThat(found.failures())
            .allMatch(failure -> failure.entry().event() instanceof StoryEvent.Failed);
        FailureSearch.Found all =
            search.find(FailureSearchTest::isFailure, _ -> false, _ -> true, since, 100);
        assertThat(all.failures()).hasSize(6);
        assertThat(all.more()).isFalse();
        assertThat(
                search
                    .find(
                        FailureSearchTest::isFailure,
                        _ -> false,
                        to -> to.startsWith("bob6"),
                        since,
                        100)
                    .failures())
            .hasSize(1);
      }
    }
  }

  @Test
  void whoGotItInTheEndIsNotAmongThem() throws Exception {
    try (StoryLog log = log(false)) {
      log.start();
      log.tell("m", () -> accepted("ann@example.org"));
      log.tell("m", () -> failed("bob@far.example"));
      log.tell("m", () -> failed("zoe@far.example"));
      now = now.plus(Duration.ofMinutes(1));
      log.tell(
          "m",
          () -> new StoryEvent.Served(Addresses.one("bob@far.example"), "root/X", "delivered"));
      Predicate<StoryEvent> isFailure = event -> event instanceof StoryEvent.Failed;
      Predicate<StoryEvent> isDelivery = event -> event instanceof StoryEvent.Served;
      assertThat(
              new FailureSearch(log).find(isFailure, isDelivery, _ -> true, BEGIN, 10).failures())
          .extracting(FailureSearch.Failure::recipient)
          .containsExactly("zoe@far.example");
    }
  }

  private static boolean isFailure(StoryEvent event) {
    return event instanceof StoryEvent.Failed || event instanceof StoryEvent.Served;
  }

  private StoryLog log(boolean onDisk) {
    return onDisk
        ? StoryLog.in(folder, StoryConfig.defaults(), Optional.empty(), () -> now)
        : StoryLog.inMemory(StoryConfig.defaults(), () -> now);
  }

  private static StoryEvent accepted(String sender) {
    return new StoryEvent.Accepted(
        sender,
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
        "",
        StoryEvent.Written.SAME,
        "");
  }

  private static StoryEvent failed(String to) {
    return new StoryEvent.Failed(
        Addresses.one(to), 1, "5.7.0", "mx.far.example", "530 Log in first", "none");
  }
}
