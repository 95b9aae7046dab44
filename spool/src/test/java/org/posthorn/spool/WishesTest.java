package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailDate;
import org.posthorn.message.MailId;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.Wishes;
import org.posthorn.storage.queue.Wishes.DeliverBy;

/// What senders ask for less often: to be held, to be in time, to go first.
class WishesTest {
  private static final String CHAIN =
      """
      root -> drop
        Keep if To(example.org)
        Relay
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;

  private final Rig rig = new Rig(CHAIN);

  /// RFC 4865: held durably, until its time comes and not after.
  @Test
  void holdsAMailUntilItsTimeOverRestarts() {
    accept(held(Duration.ofDays(20)), "bob@example.org");
    rig.drain();
    assertThat(rig.deliveredTo()).isEmpty();
    rig.restart();
    rig.clock.pass(Duration.ofDays(19));
    rig.drain();
    assertThat(rig.deliveredTo()).isEmpty();
    rig.clock.pass(Duration.ofDays(1));
    rig.drain();
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org");
    rig.assertEmpty();
  }

  /// RFC 4865: nor when all mail is told to go on.
  @Test
  void anOrderForManySendsNoMailBeforeItsTime() {
    QueueAdministration queue = rig.spool.administration();
    accept(held(Duration.ofDays(20)), "bob@example.org");
    MailId mail = rig.queue.ids(Optional.empty(), 10).getFirst();
    assertThat(queue.carryOut(new QueueOrder.Retry(), mail, QueueFilter.ALL))
        .isEqualTo(QueueAdministration.Done.NOTHING);
    queue.carryOut(new QueueOrder.Hold(), mail, QueueFilter.ALL);
    assertThat(queue.carryOut(new QueueOrder.Release(), mail, QueueFilter.ALL).recipients())
        .isEqualTo(1);
    rig.drain();
    assertThat(rig.deliveredTo()).isEmpty();
    rig.clock.pass(Duration.ofDays(20));
    rig.drain();
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org");
    rig.assertEmpty();
  }

  @Test
  void anOperatorMaySendAMailEarlier() {
    QueueAdministration queue = rig.spool.administration();
    rig.mailets.put("Keep", _ -> new Outcome.Retry("not yet"));
    accept(held(Duration.ofDays(20)), "bob@example.org");
    MailId mail = rig.queue.ids(Optional.empty(), 10).getFirst();
    var early = new QueueOrder.Retry(true);
    assertThat(queue.carryOut(early, mail, QueueFilter.ALL).recipients()).isEqualTo(1);
    rig.drain();
    assertThat(rig.rows().getFirst().attempts()).isEqualTo(1);

    rig.mailets.put("Keep", _ -> new Outcome.Finish("kept"));
    assertThat(queue.carryOut(new QueueOrder.Retry(), mail, QueueFilter.ALL).recipients())
        .as("it has set out")
        .isEqualTo(1);
    rig.drain();
    rig.assertEmpty();
  }

  /// RFC 4865: a report says what was asked for.
  @Test
  void reportsHowLongAMailWasHeld() {
    rig.carrier.answer(ScriptedCarrier.failed());
    accept(held(Duration.ofDays(20)), "x@one.example");
    rig.clock.pass(Duration.ofDays(20));
    rig.drain();
    assertThat(report()).contains("\r\nFuture-Release-Request: until;");
  }

  @Test
  void countsTheTimeOfTriesFromWhenTheMailSetsOut() {
    rig.carrier.answer(ScriptedCarrier.deferred());
    accept(held(Duration.ofDays(20)), "x@one.example");
    rig.clock.pass(Duration.ofDays(20));
    rig.drain();
    assertThat(rig.rows()).singleElement().matches(row -> !row.delayTold());
  }

  /// RFC 2852
  @Test
  void givesBackWhatIsNotDeliveredInTime() {
    rig.carrier.answer(ScriptedCarrier.deferred());
    accept(inTime(Duration.ofMinutes(7), true), "x@one.example");
    assertThat(rig.rows().getFirst().due())
        .isBeforeOrEqualTo(rig.clock.instant().plus(Duration.ofMinutes(7)));
    rig.clock.pass(Duration.ofMinutes(7));
    rig.drain();
    assertThat(report()).contains("5.4.7").contains("Action: failed");
    rig.assertEmpty();
  }

  /// Whatever the chain does with it after that.
  @Test
  void givesAMailBackOnce() {
    var other =
        new Rig(
            CHAIN.replace("bounces -> drop", "bounces -> after")
                + """
                after -> drop
                  Chance
                """);
    other.mailets.put("Chance", _ -> new Outcome.Retry("not yet"));
    other.mailets.put(
        "Bounce",
        mail -> {
          other.spool.reports().failed(mail);
          return new Outcome.Continue(mail);
        });
    other.carrier.answer(ScriptedCarrier.deferred());
    var by = new DeliverBy(other.clock.instant().plus(Duration.ofMinutes(7)), true, false);
    other.accept(
        "ann@example.org",
        "Subject: hi\r\n\r\nbody\r\n",
        new NewMail.Options(
            false,
            false,
            Optional.empty(),
            Optional.empty(),
            new Wishes(Wishes.Tls.USUAL, 0, Optional.empty(), Optional.of(by))),
        List.of(Recipient.of(MailAddress.of("x@one.example"))));
    for (int i = 0; i < 40; i++) {
      other.clock.pass(Duration.ofHours(14));
      other.drain();
    }
    assertThat(other.deliveredTo()).containsExactly("ann@example.org");
    assertThat(other.rows())
        .singleElement()
        .matches(row -> row.state() instanceof RecipientState.Parked);
  }

  /// Its time is up for every server that the bounces could send it to.
  @Test
  void whatIsLateDoesNotGoRoundWhereTheBouncesRelay() {
    var other = new Rig(CHAIN.replace("  Bounce\n", "  Chance\n  Relay\n"));
    var rounds = new AtomicInteger();
    other.mailets.put(
        "Chance",
        mail ->
            rounds.incrementAndGet() > 50
                ? new Outcome.Finish("enough")
                : new Outcome.Continue(mail));
    other.carrier.answer(ScriptedCarrier.deferred());
    var by = new DeliverBy(other.clock.instant().plus(Duration.ofMinutes(7)), true, false);
    other.accept(
        "ann@example.org",
        "Subject: hi\r\n\r\nbody\r\n",
        new NewMail.Options(
            false,
            false,
            Optional.empty(),
            Optional.empty(),
            new Wishes(Wishes.Tls.USUAL, 0, Optional.empty(), Optional.of(by))),
        List.of(Recipient.of(MailAddress.of("x@one.example"))));
    other.clock.pass(Duration.ofMinutes(7));
    other.drain();
    assertThat(rounds).hasValueLessThan(30);
    assertThat(other.rows())
        .singleElement()
        .matches(row -> row.state() instanceof RecipientState.Parked);
  }

  /// What is of no use later is given up, and no server is asked to hurry.
  @Test
  void givesUpWhatIsTriedForAShorterTimeOverRestarts() {
    rig.carrier.answer(ScriptedCarrier.deferred());
    Instant end = rig.clock.instant().plus(Duration.ofMinutes(7));
    accept(
        new Wishes(Wishes.Tls.USUAL, -4, Optional.empty(), Optional.empty(), Optional.of(end)),
        "x@one.example");
    rig.restart();
    assertThat(rig.rows().getFirst().due()).isBeforeOrEqualTo(end);
    rig.clock.pass(Duration.ofMinutes(7));
    rig.drain();
    assertThat(report()).contains("5.4.7").contains("Action: failed");
    rig.assertEmpty();
  }

  @Test
  void tellsOfWhatIsNotDeliveredInTimeAndGoesOn() {
    rig.carrier.answer(ScriptedCarrier.deferred());
    accept(inTime(Duration.ofMinutes(7), false), "x@one.example");
    for (int minute = 0; minute < 8; minute++) {
      rig.clock.pass(Duration.ofMinutes(1));
      rig.drain();
    }
    assertThat(report()).contains("Action: delayed");
    assertThat(rig.rows()).hasSize(1);
    assertThat(rig.rows().getFirst().state()).isInstanceOf(RecipientState.Outgoing.class);
  }

  /// RFC 3464 §2.3.9: nor is it said to be tried for longer than it is.
  @Test
  void aDelayNoticeSaysUntilWhenWhatMustBeInTimeIsTried() {
    rig.carrier.answer(ScriptedCarrier.deferred());
    Instant end = rig.clock.instant().plus(Duration.ofDays(1));
    accept(inTime(Duration.ofDays(1), true), "x@one.example");
    for (int hour = 0; hour < 5; hour++) {
      rig.clock.pass(Duration.ofHours(1));
      rig.drain();
    }
    assertThat(report())
        .contains("Action: delayed")
        .contains("Will-Retry-Until: " + MailDate.format(end));
  }

  /// RFC 2852: who was told of the time answers for it; otherwise it is we who tell.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tellsThatItWasRelayedToAServerThatKnowsNothingOfTheTime(boolean passedOn) {
    rig.carrier.answer(
        (_, _) -> new Carrier.Answer.Delivered("mx", "250", false, passedOn, "", false));
    accept(inTime(Duration.ofMinutes(7), false), "x@one.example");
    rig.drain();
    if (passedOn) {
      assertThat(rig.delivered).isEmpty();
    } else {
      assertThat(report()).contains("Action: relayed");
    }
    rig.assertEmpty();
  }

  /// Also where a step of the chain cannot deal with it.
  @Test
  void tellsOfWhatWaitsInTheChainOnce() {
    rig.mailets.put("Keep", _ -> new Outcome.Retry("not yet"));
    accept(inTime(Duration.ofSeconds(90), false), "bob@example.org");
    assertThat(rig.queue.ids(Optional.empty(), 10)).hasSize(1);
    rig.clock.pass(Duration.ofSeconds(90));
    rig.drain();
    assertThat(rig.queue.ids(Optional.empty(), 10)).hasSize(2);
    rig.clock.pass(Duration.ofMinutes(30));
    rig.drain();
    assertThat(rig.queue.ids(Optional.empty(), 10)).hasSize(2);
  }

  /// RFC 6710 §5.1.
  @Test
  void servesTheMoreUrgentFirst() {
    var line = new Lanes<String>();
    var ann = new Sender(Sender.Kind.PEOPLE, "ann@example.org");
    line.add("usual", 0, ann);
    line.add("low", -3, ann);
    line.add("urgent", 5, ann);
    line.add("usual too", 0, ann);
    List<String> order = new ArrayList<>();
    line.drainTo(order::add);
    assertThat(order).containsExactly("urgent", "usual", "usual too", "low");
    assertThat(line.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "ann@example.org, 0, 5, 4h",
    "ann@example.org, -4, 5, 4h",
    "ann@example.org, 4, 1, 30m",
    "'', 0, 5, 2d",
    "'', 4, 5, 2d",
  })
  void triesByThePriorityAndReportsForAShorterTime(
      String sender, int priority, int firstRetryMinutes, String toldAfter) {
    rig.carrier.answer(ScriptedCarrier.deferred());
    var wishes = new Wishes(Wishes.Tls.USUAL, priority, Optional.empty(), Optional.empty());
    rig.accept(
        sender,
        "Subject: hi\r\n\r\nbody\r\n",
        new NewMail.Options(false, false, Optional.empty(), Optional.empty(), wishes),
        List.of(Recipient.of(MailAddress.of("x@one.example"))));
    Duration first = Duration.between(rig.clock.instant(), rig.rows().getFirst().due());
    assertThat(first)
        .isBetween(
            Duration.ofMinutes(firstRetryMinutes), Duration.ofSeconds(firstRetryMinutes * 66L));

    Instant begin = rig.clock.instant();
    while (rig.rows().stream().anyMatch(row -> sender.isEmpty() || !row.delayTold())) {
      rig.clock.pass(Duration.ofMinutes(1));
      rig.drain();
    }
    Duration passed = Duration.between(begin, rig.clock.instant());
    Duration told =
        switch (toldAfter) {
          case "4h" -> Duration.ofHours(4);
          case "30m" -> Duration.ofMinutes(30);
          default -> Duration.ofDays(2); // Nobody is told of a report; it is given up.
        };
    assertThat(passed).isBetween(told, told.plus(Duration.ofMinutes(2)));
    assertThat(rig.rows().isEmpty()).isEqualTo(sender.isEmpty());
  }

  @Test
  void reportsTravelAsUrgentlyAndAsSafelyAsTheMail() {
    rig.carrier.answer(ScriptedCarrier.failed());
    var wishes = new Wishes(Wishes.Tls.REQUIRED, 4, Optional.empty(), Optional.empty());
    rig.mailets.put("Keep", _ -> new Outcome.Retry("not yet"));
    accept(wishes, "x@one.example");
    assertThat(rig.queue.ids(Optional.empty(), 10)).hasSize(1);
    assertThat(
            rig.queue
                .find(rig.queue.ids(Optional.empty(), 10).getFirst())
                .orElseThrow()
                .arrival()
                .wishes())
        .isEqualTo(wishes);
  }

  /// A step may say otherwise than the sender, for some of the recipients.
  @Test
  void aStepSaysHowUrgentItIs() {
    var other =
        new Rig(CHAIN.replace("  Keep if To(example.org)\n", "  Stamp if To(one.example)\n"));
    other.mailets.put(
        "Stamp", mail -> new Outcome.Continue(mail.withAttribute(Notes.PRIORITY, "-4")));
    List<Integer> priorities = new ArrayList<>();
    other.carrier.answer((load, _) -> {
      priorities.add(load.options().wishes().priority());
      return new Carrier.Answer.Delivered("mx", "ok", true);
    });
    var wishes = new Wishes(Wishes.Tls.USUAL, 4, Optional.empty(), Optional.empty());
    other.accept(
        "ann@example.org",
        "Subject: hi\r\n\r\nbody\r\n",
        new NewMail.Options(false, false, Optional.empty(), Optional.empty(), wishes),
        List.of(
            Recipient.of(MailAddress.of("x@one.example")),
            Recipient.of(MailAddress.of("y@two.example"))));
    other.drain();
    assertThat(priorities).containsExactlyInAnyOrder(-4, 4);
    other.assertEmpty();
  }

  /// What the sender asked for is there for the chain to see.
  @Test
  void theChainSeesHowUrgentItIs() {
    List<Optional<Integer>> seen = new ArrayList<>();
    rig.mailets.put(
        "Keep",
        mail -> {
          seen.add(Notes.priority(mail.attributes()));
          return new Outcome.Finish("kept");
        });
    accept(new Wishes(Wishes.Tls.USUAL, -3, Optional.empty(), Optional.empty()), "bob@example.org");
    accept(Wishes.NONE, "bob@example.org");
    rig.drain();
    assertThat(seen).containsExactly(Optional.of(-3), Optional.empty());
  }

  private String report() {
    return rig.delivered.stream()
        .filter(delivery -> delivery.recipient().equals("ann@example.org"))
        .findFirst()
        .orElseThrow()
        .text();
  }

  private Wishes held(Duration time) {
    return new Wishes(
        Wishes.Tls.USUAL, 0, Optional.of(rig.clock.instant().plus(time)), Optional.empty());
  }

  private Wishes inTime(Duration time, boolean returned) {
    Instant at = rig.clock.instant().plus(time);
    return new Wishes(
        Wishes.Tls.USUAL, 0, Optional.empty(), Optional.of(new DeliverBy(at, returned, false)));
  }

  private void accept(Wishes wishes, String recipient) {
    rig.accept(
        "ann@example.org",
        "Subject: hi\r\n\r\nbody\r\n",
        new NewMail.Options(false, false, Optional.empty(), Optional.empty(), wishes),
        List.of(new Recipient(MailAddress.of(recipient), Optional.empty(), Set.of())));
  }
}
