package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.RecipientState.Parked;

/// What a mailet says that no row of the queue has room for: the mail gets somewhere all the same.
final class OverlongTest {
  private static final String CHAIN =
      """
      root -> drop
        Effect
        Keep
      bounces -> drop
      dead-letters -> keep
      """;

  private static final String LONG = "x".repeat(100_000);

  private final AtomicInteger calls = new AtomicInteger();
  private final Rig rig =
      new Rig(CHAIN, new InMemoryEngine(), withChainRetries(Duration.ofMinutes(1)), Runnable::run);

  private static SpoolConfig withChainRetries(Duration... retries) {
    SpoolConfig usual = SpoolConfig.defaults();
    return new SpoolConfig(
        usual.workers(),
        usual.outgoing(),
        usual.outgoingPerDestination(),
        usual.relayRetries(),
        usual.giveUpAfter(),
        usual.delayNoticeAfter(),
        List.of(retries),
        usual.stopGrace(),
        usual.patience(),
        usual.plugins());
  }

  private void run(Mailet effect) {
    rig.mailets.put(
        "Effect",
        mail -> {
          calls.incrementAndGet();
          return effect.service(mail);
        });
    rig.accept("ann@example.net", "bob@example.org");
    for (int minute = 0; minute < 5; minute++) {
      rig.drain();
      rig.clock.pass(Duration.ofMinutes(1));
    }
    rig.drain();
  }

  private Parked parked() {
    assertThat(rig.rows()).hasSize(1);
    assertThat(rig.rows().getFirst().state()).isInstanceOf(Parked.class);
    return (Parked) rig.rows().getFirst().state();
  }

  @Test
  void aLongReasonForTryingAgain() {
    run(_ -> new Outcome.Retry(LONG));
    assertThat(parked().isDeadLetter()).isTrue();
    assertThat(parked().reason()).startsWith("xxx").hasSizeLessThan(10_000);
    assertThat(calls).hasValue(2);
    rig.assertSound();
  }

  @Test
  void aLongReasonInAnException() {
    run(_ -> {
      throw new IllegalStateException(LONG);
    });
    assertThat(parked().isDeadLetter()).isTrue();
    assertThat(calls).hasValue(2);
  }

  @Test
  void aLongReasonForParking() {
    run(mail -> new Outcome.Park(mail, "quarantine", LONG, Optional.empty()));
    assertThat(parked().repository()).isEqualTo("quarantine");
    assertThat(parked().reason()).startsWith("xxx");
    assertThat(calls).hasValue(1);
  }

  @Test
  void aTimeThatNeverComes() {
    run(mail -> new Outcome.Wait(mail, Instant.MAX, "for ever", Optional.empty()));
    assertThat(parked().isDeadLetter()).isTrue();
    assertThat(parked().reason()).contains("until +1000000000");
    assertThat(calls).hasValue(2);
  }

  @Test
  void aTimeThatPassedLongAgo() {
    run(mail -> new Outcome.Wait(mail, Instant.MIN, "not at all", Optional.empty()));
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org");
    assertThat(calls).hasValue(1);
    rig.assertEmpty();
  }

  @Test
  void aLongFailureOfARecipient() {
    run(mail ->
        new Outcome.Wait(
            mail.withFailure(new Recipient.Failure("5.1.1", Optional.of(LONG), "no")),
            rig.clock.instant().plusSeconds(60),
            "for a while",
            Optional.empty()));
    assertThat(parked().isDeadLetter()).isTrue();
    assertThat(calls).hasValue(2);
  }
}
