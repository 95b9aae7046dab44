package org.posthorn.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.story.StoryConfig;
import org.posthorn.storage.story.StoryEvent;
import org.posthorn.storage.story.StoryEvent.Addresses;
import org.posthorn.storage.story.StoryLog;

final class TraceRoutesTest {
  private static final Instant BEGIN = Instant.parse("2026-11-27T10:00:00Z");

  /// However much happened before, and in the part that is not told.
  @Test
  void aMailThatWentRoundAThousandTimesIsWhereItIsInTheEnd() throws Exception {
    try (StoryLog log = StoryLog.inMemory(StoryConfig.defaults(), InstantSource.fixed(BEGIN))) {
      log.start();
      for (int i = 0; i < 600; i++) {
        log.tell("m1", () -> again("bob@example.org"));
        log.tell("m1", () -> again("ann@example.org"));
      }
      log.tell("m1", () -> served("bob@example.org", "delivered into Work"));
      for (int i = 0; i < 1_500; i++) {
        log.tell("m1", () -> again("ann@example.org"));
      }
      log.tell("m1", () -> served("ann@example.org", "delivered into INBOX"));
      log.flush();

      String told = trace(log, "m1").getFirst().toString();
      assertThat(told)
          .contains("fate=delivered into Work; delivered into INBOX, cut=true")
          .contains("what=cut, text=702 events between these are not told");
    }
  }

  private static List<Object> trace(StoryLog log, String of) throws InterruptedException {
    var request =
        new AdminRequest("GET", List.of("trace"), Map.of("of", of), Set.of(), "", Optional.empty());
    var answer =
        (AdminAnswer.Lines)
            new TraceRoutes(log).routes().getFirst().handler().handle(request, Map.of());
    List<Object> lines = new ArrayList<>();
    answer.source().writeTo(lines::add);
    return lines;
  }

  private static StoryEvent again(String to) {
    return new StoryEvent.Retried(Addresses.one(to), "root/Delay", "again", Instant.EPOCH);
  }

  private static StoryEvent served(String to, String how) {
    return new StoryEvent.Served(Addresses.one(to), "local/ToMailbox", how);
  }
}
