package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.Outcome;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RecipientState.Place;

/// Mail that a chain sends round and round comes to its end like any other that fails.
final class CirclesTest {
  /// Three steps, so that a run of 10,000 ends at another one each time.
  private final Rig rig =
      new Rig(
          """
          root -> second
            Expand
          second -> third
            Second
          third -> root
            Chance
          bounces -> drop
          dead-letters -> keep
          """);

  @Test
  void aCircleOfThreeIsADeadLetterInTheEnd() {
    rig.mailets.put("Expand", to("second"));
    rig.mailets.put("Second", to("third"));
    rig.mailets.put("Chance", to("root"));
    rig.accept("ann@example.net", "bob@example.org");
    int tries = SpoolConfig.defaults().chainRetries().size();
    for (int i = 1; i <= tries; i++) {
      assertThat(row().attempts()).isEqualTo(i);
      assertThat(row().answer().orElseThrow().text()).contains("goes in circles");
      rig.clock.pass(Duration.ofDays(1));
      rig.drain();
    }
    assertIsDead();
  }

  @Test
  void processorsThatLeadToEachOtherDoSoToo() {
    List.of("Expand", "Second", "Chance")
        .forEach(name -> rig.mailets.put(name, repeatable(Outcome.Continue::new)));
    rig.accept("ann@example.net", "bob@example.org");
    for (int i = 0; i < SpoolConfig.defaults().chainRetries().size(); i++) {
      rig.clock.pass(Duration.ofDays(1));
      rig.drain();
    }
    assertIsDead();
  }

  /// It goes on from where it is, and not with what was done once more.
  @Test
  void aCircleThatWasMendedIsLeft() {
    rig.mailets.put("Expand", to("second"));
    rig.mailets.put("Second", to("third"));
    rig.mailets.put("Chance", to("second"));
    rig.accept("ann@example.net", "bob@example.org");
    assertThat(row().state())
        .isInstanceOfSatisfying(
            RecipientState.Waiting.class,
            waiting -> assertThat(waiting.place()).isNotEqualTo(new Place("root", "Expand")));
    rig.mailets.put("Expand", _ -> new Outcome.Finish("from the start"));
    rig.mailets.put("Chance", rig.mailet("Keep"));
    rig.clock.pass(Duration.ofDays(1));
    rig.drain();
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org");
    rig.assertEmpty();
  }

  private void assertIsDead() {
    assertThat(row().state())
        .isInstanceOfSatisfying(
            RecipientState.Parked.class,
            parked -> {
              assertThat(parked.isDeadLetter()).isTrue();
              assertThat(parked.reason()).contains("goes in circles");
            });
  }

  private QueuedRecipient row() {
    assertThat(rig.rows()).hasSize(1);
    return rig.rows().getFirst();
  }

  private static Mailet to(String processor) {
    return repeatable(mail -> new Outcome.Route(mail, processor));
  }

  /// Nothing is written down for each of its 10,000 steps.
  private static Mailet repeatable(Mailet mailet) {
    return new Mailet() {
      @Override
      public Outcome service(Mail mail) {
        return mailet.service(mail);
      }

      @Override
      public boolean repeatable() {
        return true;
      }
    };
  }
}
