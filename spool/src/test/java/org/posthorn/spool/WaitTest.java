package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Outcome;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RecipientState.Place;

/// Mail that a step makes wait: durably, and then it goes on.
final class WaitTest {
  private static final String CHAIN =
      """
      root -> drop
        Second if To(slow)
        Stamp if To(slow)
        Keep if To(example.org)
        Relay
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;

  private final Rig rig = new Rig(CHAIN);
  private final List<Instant> turns = new ArrayList<>();

  private void delay(Duration time, Optional<String> processor) {
    rig.mailets.put(
        "Second",
        mail -> {
          turns.add(rig.clock.instant());
          return new Outcome.Wait(
              mail, rig.clock.instant().plus(time), "not before lunch", processor);
        });
  }

  @Test
  void goesOnAtTheNextStepWhenItIsTimeOverRestarts() {
    delay(Duration.ofHours(3), Optional.empty());
    rig.accept("ann@example.net", "slow@example.org", "bob@example.org");
    rig.drain();
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org");
    assertThat(rig.rows())
        .singleElement()
        .satisfies(row -> {
          assertThat(row.state()).isEqualTo(new RecipientState.Waiting(new Place("root", "Stamp")));
          assertThat(row.due()).isEqualTo(rig.clock.instant().plus(Duration.ofHours(3)));
          assertThat(row.answer().orElseThrow().text()).isEqualTo("not before lunch");
          assertThat(row.attempts()).isZero();
        });
    rig.restart();
    rig.clock.pass(Duration.ofHours(3).minusSeconds(1));
    rig.drain();
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org");
    rig.clock.pass(Duration.ofSeconds(1));
    rig.drain();
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org", "slow@example.org");
    assertThat(turns).hasSize(1);
    rig.assertEmpty();
  }

  @Test
  void startsInAnotherProcessorWhenTheStepSaysSo() {
    delay(Duration.ofHours(1), Optional.of("root"));
    rig.accept("ann@example.net", "slow@example.org");
    for (int hour = 1; hour <= 3; hour++) {
      rig.drain();
      assertThat(turns).hasSize(hour);
      rig.clock.pass(Duration.ofHours(1));
    }
    assertThat(rig.deliveredTo()).isEmpty();
    delay(Duration.ZERO.minusSeconds(1), Optional.of("bounces"));
    rig.drain();
    rig.assertEmpty();
  }

  /// Each time later than the last, or it would have a processor for itself.
  @Test
  void whoWaitsForWhatIsPastAgainAndAgainIsADeadLetterInTheEnd() {
    rig.mailets.put(
        "Second",
        mail -> {
          turns.add(rig.clock.instant());
          assertThat(turns).hasSizeLessThan(500);
          return new Outcome.Wait(mail, rig.clock.instant(), "until morning", Optional.of("root"));
        });
    Instant begin = rig.clock.instant();
    rig.accept("ann@example.net", "slow@example.org");
    rig.drain();
    assertThat(turns).as("at once, as it was asked, and not again").hasSize(2);
    while (rig.rows().getFirst().state() instanceof RecipientState.Waiting) {
      Instant due = rig.rows().getFirst().due();
      assertThat(due).isAfter(rig.clock.instant());
      rig.clock.pass(Duration.between(rig.clock.instant(), due));
      rig.drain();
    }
    assertThat(turns).hasSizeLessThan(100);
    assertThat(turns.get(40)).isAfter(begin.plus(Duration.ofMinutes(10)));
    assertThat(rig.rows())
        .singleElement()
        .satisfies(row ->
            assertThat(row.state())
                .isInstanceOfSatisfying(
                    RecipientState.Parked.class,
                    parked -> {
                      assertThat(parked.isDeadLetter()).isTrue();
                      assertThat(parked.place()).isEqualTo(new Place("root", "Second"));
                      assertThat(parked.reason()).contains("a time that was past");
                    }));
  }

  /// As one that waits until somebody else is ready.
  @Test
  void whoWaitsForFiveMinutesMayDoSoForALongTime() {
    delay(Duration.ofMinutes(5), Optional.of("root"));
    rig.accept("ann@example.net", "slow@example.org");
    for (int i = 1; i <= 350; i++) {
      assertThat(turns).hasSize(i);
      rig.clock.pass(Duration.ofMinutes(5));
      rig.drain();
    }
    rig.mailets.put("Second", Outcome.Continue::new);
    rig.clock.pass(Duration.ofMinutes(5));
    rig.drain();
    assertThat(rig.deliveredTo()).containsExactly("slow@example.org");
    rig.assertEmpty();
  }

  @Test
  void shortWaitsOfOneMailGrowUpToFiveMinutes() {
    delay(Duration.ofSeconds(10), Optional.of("root"));
    rig.accept("ann@example.net", "slow@example.org");
    Duration longest = Duration.ZERO;
    for (int i = 1; i <= 310; i++) {
      assertThat(turns).hasSize(i);
      Duration wait = Duration.between(rig.clock.instant(), rig.rows().getFirst().due());
      assertThat(wait)
          .isGreaterThanOrEqualTo(longest)
          .isGreaterThanOrEqualTo(Duration.ofSeconds(10));
      longest = wait;
      rig.clock.pass(wait);
      rig.drain();
    }
    assertThat(longest).isEqualTo(Duration.ofMinutes(5));
    assertThat(turns.get(10))
        .as("as often as it wants for a while")
        .isEqualTo(turns.get(0).plusSeconds(100));
  }

  /// A week of waiting is not a week of trying.
  @Test
  void whatItWaitedIsNotCountedWhenItIsRelayedAfterwards() {
    delay(Duration.ofDays(7), Optional.empty());
    rig.carrier.answer(ScriptedCarrier.deferred());
    rig.accept("ann@example.net", "slow@one.example");
    rig.clock.pass(Duration.ofDays(7));
    rig.drain();
    assertThat(rig.rows())
        .singleElement()
        .satisfies(row -> {
          assertThat(row.state()).isInstanceOf(RecipientState.Outgoing.class);
          assertThat(row.delayTold()).isFalse();
        });
    assertThat(rig.delivered).isEmpty();
  }

  @Test
  void theLastStepOfAProcessorWaitsForWhatFollows() {
    var other =
        new Rig(
            """
            root -> local
              Second
            local -> drop
              Keep
            bounces -> drop
            dead-letters -> keep
            """);
    other.mailets.put(
        "Second",
        mail ->
            new Outcome.Wait(
                mail, other.clock.instant().plusSeconds(60), "a minute", Optional.empty()));
    other.accept("ann@example.net", "bob@example.org");
    assertThat(other.rows())
        .singleElement()
        .satisfies(row ->
            assertThat(row.state())
                .isEqualTo(new RecipientState.Waiting(new Place("local", "Keep"))));
    other.clock.pass(Duration.ofMinutes(1));
    other.drain();
    assertThat(other.deliveredTo()).containsExactly("bob@example.org");
    other.assertEmpty();
  }
}
