package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailDate;
import org.posthorn.spool.Carrier.Answer;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.queue.Wishes;

/// RFC 3464 §2.3.7: what is no try is not said to be one.
final class LastAttemptTest {
  private static final String CHAIN =
      """
      root -> drop
        Keep if To(@example.org)
        Chance if To(@chain.example)
        Relay
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;

  private static final Answer REFUSED =
      new Answer.Failed("5.7.1", Optional.empty(), "No mail goes there", "", false);

  private final Rig rig = new Rig(CHAIN);

  @Test
  void whatARouteRefusesWasNeverTried() {
    rig.carrier.answer((_, _) -> REFUSED);
    rig.accept("ann@example.org", "x@one.example");
    rig.drain();
    assertThat(report()).contains("Action: failed").doesNotContain("Last-Attempt-Date");
  }

  /// The routes have changed since.
  @Test
  void whatARouteRefusesLaterWasTriedBefore() {
    Instant tried = rig.clock.instant();
    rig.carrier.answer(ScriptedCarrier.deferred());
    rig.accept("ann@example.org", "x@one.example");
    rig.clock.pass(Duration.ofHours(1));
    rig.carrier.answer((_, _) -> REFUSED);
    rig.drain();
    assertThat(report()).contains("Action: failed", lastAttempt(tried));
  }

  @Test
  void whatGetsNoFurtherThanUsWasNeverTried() {
    rig.carrier.answer((_, _) -> {
      throw new IllegalStateException("bug");
    });
    rig.accept("ann@example.org", "x@one.example");
    for (int hour = 0; hour < 6; hour++) {
      rig.clock.pass(Duration.ofHours(1));
      rig.drain();
    }
    assertThat(report()).contains("Action: delayed").doesNotContain("Last-Attempt-Date");
  }

  @Test
  void whatAStepCannotDealWithWasTriedByIt() {
    rig.mailets.put("Chance", _ -> new Outcome.Retry("not yet"));
    accept("x@chain.example", rig.clock.instant().plusSeconds(90));
    rig.clock.pass(Duration.ofSeconds(90));
    rig.drain();
    assertThat(report()).contains("Action: delayed", lastAttempt(rig.clock.instant()));
  }

  /// The step is no server.
  @Test
  void whatARouteRefusesBehindAStepThatTriedWasNeverTried() {
    rig.mailets.put("Chance", _ -> new Outcome.Retry("not yet"));
    rig.carrier.answer((_, _) -> REFUSED);
    rig.accept("ann@example.org", "x@chain.example");
    rig.mailets.put("Chance", Outcome.Continue::new);
    rig.clock.pass(Duration.ofHours(1));
    rig.drain();
    assertThat(report()).contains("Action: failed").doesNotContain("Last-Attempt-Date");
  }

  @Test
  void aWaitIsNoTry() {
    rig.mailets.put("Chance", _ -> new Outcome.Retry("not yet"));
    Instant tried = rig.clock.instant();
    rig.accept("ann@example.org", "x@chain.example");
    assertThat(rig.rows()).singleElement().matches(row -> row.lastTry().equals(Optional.of(tried)));
    rig.clock.pass(Duration.ofMinutes(10));
    rig.mailets.put(
        "Chance",
        mail ->
            new Outcome.Wait(
                mail,
                rig.clock.instant().plus(Duration.ofHours(1)),
                "until then",
                Optional.empty()));
    rig.drain();
    assertThat(rig.rows())
        .singleElement()
        .matches(row -> row.lastTry().equals(Optional.of(tried)))
        .matches(row -> row.answer().orElseThrow().text().contains("until then"));
  }

  /// Else it were told that it still waits for a server that has refused it.
  @Test
  void whatHasFailedIsNotSaidToBeDelayedWhereTheBouncesCannotDealWithIt() {
    rig.carrier.answer(ScriptedCarrier.failed());
    rig.mailets.put("Bounce", _ -> new Outcome.Retry("not yet"));
    accept("x@one.example", rig.clock.instant().plusSeconds(90));
    rig.clock.pass(Duration.ofSeconds(90));
    rig.drain();
    assertThat(rig.delivered).isEmpty();
    assertThat(rig.rows()).singleElement().matches(row -> !row.delayTold());
  }

  /// When it can be read again, its sender is to hear why it failed.
  @Test
  void whatHasFailedStaysSoThoughTheBouncesCannotReadIt() {
    rig.carrier.answer(ScriptedCarrier.failed());
    rig.mailets.put("Bounce", _ -> new Outcome.Retry("not yet"));
    rig.accept("ann@example.org", "x@one.example");
    var without =
        new Rig(
            CHAIN, rig.engine, SpoolConfig.defaults(), Runnable::run, new InMemoryContentStore());
    without.clock.pass(Duration.ofHours(1));
    without.drain();
    assertThat(without.rows())
        .singleElement()
        .matches(row -> row.attempts() == 2)
        .satisfies(row -> assertThat(Rows.recipient(row).failure()).isPresent());
  }

  private void accept(String recipient, Instant noticeAt) {
    var by = new Wishes.DeliverBy(noticeAt, false, false);
    rig.accept(
        "ann@example.org",
        "Subject: hi\r\n\r\nbody\r\n",
        new NewMail.Options(
            false,
            false,
            Optional.empty(),
            Optional.empty(),
            new Wishes(Wishes.Tls.USUAL, 0, Optional.empty(), Optional.of(by))),
        List.of(Recipient.of(MailAddress.of(recipient))));
  }

  private static String lastAttempt(Instant at) {
    return "Last-Attempt-Date: " + MailDate.format(at);
  }

  private String report() {
    assertThat(rig.delivered).hasSize(1);
    return rig.delivered.element().text();
  }
}
