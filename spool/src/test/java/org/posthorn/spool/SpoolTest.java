package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.QueueWalk;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;

final class SpoolTest {
  private static final String KEEP_ALL =
      """
      root -> drop
        Keep
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;

  private static final String RELAY =
      """
      root -> drop
        Keep if To(@example.org)
        Relay
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;

  @Test
  void aMailGoesThroughTheChainAndLeavesNothingBehind() {
    var rig = new Rig(KEEP_ALL);
    rig.accept("ann@example.net", "bob@example.org", "cid@example.org");
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org", "cid@example.org");
    assertThat(rig.delivered.peek().text())
        .isEqualTo("Received: from test\r\nSubject: hi\r\n\r\nbody\r\n");
    rig.assertEmpty();
  }

  @Test
  void whatIsLeftFromBeforeIsTakenUpAfterAStart() {
    var rig = new Rig(KEEP_ALL);
    rig.mailets.put("Keep", _ -> new Outcome.Retry("not now"));
    rig.accept("ann@example.net", "bob@example.org");
    assertThat(rig.rows()).hasSize(1);
    rig.assertSound();
    var again = new Rig(KEEP_ALL, rig.engine, SpoolConfig.defaults(), Runnable::run);
    again.clock.pass(Duration.ofHours(1));
    // The contents are in the other rig.
    rig.mailets.put("Keep", again.mailet("Keep"));
    rig.clock.pass(Duration.ofHours(1));
    rig.restart();
    rig.drain();
    assertThat(again.deliveredTo()).containsExactly("bob@example.org");
    rig.assertEmpty();
  }

  /// Two thousand wait for the only worker; what is put out to make room for one more may be gone.
  @Test
  void aMailIsAcceptedThoughTheLineIsFullOfWhatAnOperatorDropped() {
    Deque<Runnable> work = new ArrayDeque<>();
    var rig = new Rig(KEEP_ALL, new InMemoryEngine(), withOneWorker(), work::add);
    rig.drain();
    rig.accept("ann@example.net", "bob@example.org");
    MailId last = rig.accept("ann@example.net", "bob@example.org");
    for (int i = 1; i < 2_000; i++) {
      last = rig.accept("ann@example.net", "bob@example.org");
    }
    assertThat(rig.spool.administration().carryOut(new QueueOrder.Drop(), last, QueueFilter.ALL))
        .isEqualTo(new QueueAdministration.Done(1, 0));

    rig.accept("eve@example.net", "cid@example.org");
    rig.accept("eve@example.net", "dan@example.org");

    while (!work.isEmpty()) {
      work.remove().run();
    }
    rig.drain();
    assertThat(rig.delivered).hasSize(2_002);
    rig.assertEmpty();
  }

  @Test
  void aMailIsAcceptedThoughNoThreadCanBeStartedForIt() {
    var starts = new AtomicInteger();
    var rig =
        new Rig(
            KEEP_ALL,
            new InMemoryEngine(),
            withOneWorker(),
            work -> {
              if (starts.getAndIncrement() < 2) {
                throw new RejectedExecutionException("no thread");
              }
              work.run();
            });
    rig.drain();
    rig.accept("ann@example.net", "bob@example.org");
    assertThat(rig.rows()).hasSize(1);
    rig.clock.pass(Duration.ofSeconds(10));
    rig.drain();
    rig.accept("ann@example.net", "cid@example.org");
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org", "cid@example.org");
    rig.assertEmpty();
  }

  /// One thread makes the last row of a mail but one go while another is about to add a row.
  @Test
  void aRecipientThatIsBeingWrittenDownIsNotLostWhenTheLastOtherOneIsServed() {
    var contents = new SyncedContents();
    var rig =
        new Rig(
            """
            root -> drop
              Relay if To(remote)
              Expand
              Second
              Keep
            bounces -> drop
            dead-letters -> keep
            """,
            new InMemoryEngine(),
            SpoolConfig.defaults(),
            Runnable::run,
            contents);
    rig.carrier.answer(ScriptedCarrier.deferred());
    rig.mailets.put("Expand", _ -> new Outcome.Retry("not yet"));
    rig.mailets.put("Second", _ -> new Outcome.Retry("not yet"));
    rig.accept("ann@example.net", "x@remote.example", "list@example.org");
    rig.carrier.answer((_, _) -> new Carrier.Answer.Delivered("mx", "250", true));
    rig.mailets.put(
        "Expand",
        mail ->
            new Outcome.Continue(
                mail.withRecipients(List.of(Recipient.of(MailAddress.of("cid@example.org"))))));
    contents.beforeSync(() -> {
      contents.beforeSync(() -> {});
      rig.clock.pass(Duration.ofHours(1));
      rig.drain();
      assertThat(rig.rows()).as("the remote one is served").hasSize(1);
    });

    rig.clock.pass(Duration.ofMinutes(2));
    rig.drain();
    rig.mailets.put("Second", Outcome.Continue::new);
    rig.clock.pass(Duration.ofHours(1));
    rig.drain();

    assertThat(rig.carriedTo()).containsExactly("x", "x");
    assertThat(rig.deliveredTo()).containsExactly("cid@example.org");
    rig.assertEmpty();
  }

  /// Such as by the time service, between taking a mail over and looking what of it is due.
  @Test
  void aMailThatWasTakenOverIsServedThoughTheClockIsSetBack() {
    Deque<Runnable> work = new ArrayDeque<>();
    var rig = new Rig(KEEP_ALL, new InMemoryEngine(), SpoolConfig.defaults(), work::add);
    rig.drain();
    rig.accept("ann@example.net", "one@example.org");
    rig.accept("ann@example.net", "two@example.org", "three@example.org");

    rig.clock.pass(Duration.ofSeconds(-5));
    while (!work.isEmpty()) {
      work.remove().run();
    }
    rig.clock.pass(Duration.ofMinutes(1));
    rig.drain();

    assertThat(rig.deliveredTo())
        .containsExactly("one@example.org", "three@example.org", "two@example.org");
    rig.assertEmpty();
  }

  /// What waits for its next try is not due because it was due once by the clock that was ahead.
  @Test
  void aClockThatIsSetBackUsesUpNoTries() {
    Deque<Runnable> work = new ArrayDeque<>();
    var rig = new Rig(KEEP_ALL, new InMemoryEngine(), SpoolConfig.defaults(), work::add);
    var tries = new AtomicInteger();
    rig.mailets.put(
        "Keep",
        _ -> {
          tries.incrementAndGet();
          return new Outcome.Retry("later");
        });
    rig.restart();
    rig.drain();
    rig.accept("ann@example.net", "one@example.org", "two@example.org");

    rig.clock.pass(Duration.ofHours(-8));
    while (!work.isEmpty()) {
      work.remove().run();
    }

    assertThat(tries).hasValue(1);
  }

  private static SpoolConfig withOneWorker() {
    SpoolConfig usual = SpoolConfig.defaults();
    return new SpoolConfig(
        1,
        usual.outgoing(),
        usual.outgoingPerDestination(),
        usual.relayRetries(),
        usual.giveUpAfter(),
        usual.delayNoticeAfter(),
        usual.chainRetries(),
        usual.stopGrace(),
        usual.patience(),
        usual.plugins());
  }

  @Test
  void aMailetThatThrowsIsTriedAgainAndThenItsMailIsADeadLetter() {
    var rig = new Rig(KEEP_ALL);
    int[] tries = {0};
    rig.mailets.put(
        "Keep",
        _ -> {
          tries[0]++;
          throw new OutOfMemoryError("not really");
        });
    rig.accept("ann@example.net", "bob@example.org");
    for (int i = 0; i < 20; i++) {
      rig.clock.pass(Duration.ofHours(14));
      rig.drain();
    }
    assertThat(tries[0]).isEqualTo(1 + SpoolConfig.defaults().chainRetries().size());
    QueuedRecipient row = rig.rows().getFirst();
    assertThat(row.state()).isInstanceOf(RecipientState.Parked.class);
    assertThat(((RecipientState.Parked) row.state()).reason())
        .contains("OutOfMemoryError: not really")
        .contains("at org.posthorn.spool.SpoolTest");
    rig.assertSound();
    // The operator runs it again after the mailet is mended.
    rig.mailets.put("Keep", _ -> new Outcome.Finish("mended"));
    var mail = rig.queue.ids(Optional.empty(), 1).getFirst();
    assertThat(
            rig.spool
                .administration()
                .carryOut(new QueueOrder.Retry(), mail, QueueFilter.ALL)
                .recipients())
        .isEqualTo(1);
    rig.drain();
    rig.assertEmpty();
  }

  @Test
  void relayedRecipientsOfOneDomainTravelTogether() {
    var rig = new Rig(RELAY);
    rig.accept(
        "ann@example.org", "bob@example.org", "x@one.example", "y@one.example", "z@two.example");
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org");
    assertThat(rig.carrier.loads()).hasSize(2);
    assertThat(
            rig.carrier.loads().stream()
                .map(load -> load.domain() + " " + load.recipients().size()))
        .containsExactlyInAnyOrder("one.example 2", "two.example 1");
    rig.assertEmpty();
  }

  @Test
  void whatARemoteDefersIsTriedAgainByTheSchedule() {
    var rig = new Rig(RELAY);
    rig.carrier.answer(ScriptedCarrier.deferred());
    rig.accept("ann@example.org", "x@one.example");
    QueuedRecipient row = rig.rows().getFirst();
    assertThat(row.attempts()).isEqualTo(1);
    assertThat(row.answer().orElseThrow().text()).isEqualTo("451 4.2.1 later");
    assertThat(Duration.between(rig.clock.instant(), row.due()))
        .isBetween(Duration.ofMinutes(5), Duration.ofSeconds(331));
    rig.clock.pass(Duration.ofMinutes(4));
    rig.drain();
    assertThat(rig.carrier.loads()).hasSize(1);
    rig.clock.pass(Duration.ofMinutes(2));
    rig.restart();
    rig.drain();
    assertThat(rig.carrier.loads()).hasSize(2);
    rig.carrier.answer((_, _) -> new Carrier.Answer.Delivered("mx", "250 ok", true));
    rig.clock.pass(Duration.ofMinutes(20));
    rig.drain();
    rig.assertEmpty();
  }

  @Test
  void whatARemoteRefusesIsReportedToTheSenderOnce() {
    var rig = new Rig(RELAY);
    rig.carrier.answer(ScriptedCarrier.failed());
    rig.accept("ann@example.org", "x@one.example", "y@one.example", "z@two.example");
    assertThat(rig.delivered).hasSize(1);
    Rig.Delivery report = rig.delivered.remove();
    assertThat(report.recipient()).isEqualTo("ann@example.org");
    assertThat(report.sender()).isEmpty();
    assertThat(report.text())
        .contains("multipart/report")
        .contains("Final-Recipient: rfc822; x@one.example")
        .contains("Final-Recipient: rfc822; y@one.example")
        .contains("Final-Recipient: rfc822; z@two.example")
        .contains("Action: failed")
        .contains("Status: 5.1.1")
        .contains("550 5.1.1 nobody")
        .contains("Subject: hi");
    rig.assertEmpty();
  }

  @Test
  void aReportIsNeverReportedAbout() {
    var rig = new Rig(RELAY);
    rig.carrier.answer(ScriptedCarrier.failed());
    rig.accept("", "x@one.example");
    rig.accept("nobody@two.example", "x@one.example");
    assertThat(rig.delivered).isEmpty();
    rig.assertEmpty();
  }

  @Test
  void whoWantsToHearNothingHearsNothing() {
    var rig = new Rig(RELAY);
    rig.carrier.answer(ScriptedCarrier.failed());
    rig.accept(
        "ann@example.org",
        "Subject: hi\r\n\r\n",
        NewMail.Options.NONE,
        List.of(
            new Recipient(
                MailAddress.of("x@one.example"),
                Optional.empty(),
                Set.of(Recipient.Notify.NEVER))));
    assertThat(rig.delivered).isEmpty();
    rig.assertEmpty();
  }

  @Test
  void successIsReportedWhenItWasAskedForAndTheRemoteWillNot() {
    var rig = new Rig(RELAY);
    for (boolean passedOn : new boolean[] {true, false}) {
      rig.carrier.answer((_, _) -> new Carrier.Answer.Delivered("mx", "250 ok", passedOn));
      rig.accept(
          "ann@example.org",
          "Subject: hi\r\n\r\n",
          new NewMail.Options(false, false, Optional.empty(), Optional.of("QQ31")),
          List.of(
              new Recipient(
                  MailAddress.of("x@one.example"),
                  Optional.of("rfc822;x@orig.example"),
                  Set.of(Recipient.Notify.SUCCESS))));
      assertThat(rig.delivered).hasSize(passedOn ? 0 : 1);
    }
    assertThat(rig.delivered.peek().text())
        .contains("Action: relayed")
        .contains("Original-Recipient: rfc822; x@orig.example")
        .contains("Original-Envelope-Id: QQ31");
    rig.assertEmpty();
  }

  /// RFC 3461 §5.2.3: who stores it where it stays has delivered it.
  @Test
  void whatAStoreTookIsReportedAsDelivered() {
    var rig = new Rig(RELAY);
    rig.carrier.answer(
        (_, _) -> new Carrier.Answer.Delivered("localhost", "250 kept", false, false, "", true));
    rig.accept(
        "ann@example.org",
        "Subject: hi\r\n\r\n",
        NewMail.Options.NONE,
        List.of(
            new Recipient(
                MailAddress.of("x@one.example"),
                Optional.empty(),
                Set.of(Recipient.Notify.SUCCESS)),
            Recipient.of(MailAddress.of("y@one.example"))));
    assertThat(rig.delivered).hasSize(1);
    assertThat(rig.delivered.peek().text())
        .contains("Action: delivered")
        .contains("x@one.example")
        .doesNotContain("relayed", "y@one.example");
    rig.assertEmpty();
  }

  @Test
  void theSenderIsToldOnceThatItTakesLongAndInTheEndThatItFailed() {
    var rig = new Rig(RELAY);
    rig.carrier.answer(ScriptedCarrier.deferred());
    rig.accept("ann@example.org", "x@one.example");
    for (int hour = 0; hour < 24 * 5 + 10; hour++) {
      rig.clock.pass(Duration.ofHours(1));
      rig.drain();
      if (hour % 10 == 0) {
        rig.restart();
      }
    }
    assertThat(rig.delivered.stream().map(SpoolTest::action)).containsExactly("delayed", "failed");
    assertThat(rig.delivered.stream().toList().getLast().text())
        .contains("Status: 4.2.1\r\n", "Diagnostic-Code: smtp; 451 4.2.1 later\r\n")
        .contains("mx.example.net said: 451 4.2.1 later", "tried again");
    rig.assertEmpty();
  }

  @Test
  void aDeadHostDoesNotCostATryForEachMail() {
    var rig = new Rig(RELAY);
    rig.carrier.answer(ScriptedCarrier.unreachable());
    for (int i = 0; i < 50; i++) {
      rig.accept("ann@example.org", "x" + i + "@dead.example");
    }
    assertThat(rig.carrier.loads()).hasSize(1);
    assertThat(rig.rows()).hasSize(50);
    assertThat(rig.spool.administration().unreachable()).containsKey("dead.example");
    rig.clock.pass(Duration.ofMinutes(10));
    rig.drain();
    assertThat(rig.carrier.loads()).hasSize(2);
    rig.carrier.answer((_, _) -> new Carrier.Answer.Delivered("mx", "250 ok", true));
    rig.clock.pass(Duration.ofMinutes(10));
    rig.drain();
    rig.clock.pass(Duration.ofMinutes(30));
    rig.drain();
    rig.assertEmpty();
  }

  @Test
  void aChangedMailIsKeptInTheFormInWhichItWaits() {
    var rig =
        new Rig(
            """
            root -> drop
              Stamp if To(bob)
              Keep
            bounces -> drop
            dead-letters -> keep
            """);
    var keep = rig.mailet("Keep");
    rig.mailets.put("Keep", _ -> new Outcome.Retry("later"));
    rig.restart();
    rig.accept("ann@example.net", "bob@example.org", "cid@example.org");
    assertThat(rig.rows()).hasSize(2);
    rig.assertSound();
    rig.mailets.put("Keep", keep);
    rig.clock.pass(Duration.ofHours(1));
    rig.restart();
    rig.drain();
    assertThat(rig.delivered).hasSize(2);
    for (Rig.Delivery delivery : rig.delivered) {
      assertThat(delivery.text().startsWith("X-Stamp: yes\r\n"))
          .isEqualTo(delivery.recipient().startsWith("bob"));
    }
    rig.assertEmpty();
  }

  @Test
  void aMailWhoseContentIsGoneIsADeadLetterInTheEnd() {
    var rig = new Rig(KEEP_ALL);
    rig.mailets.put("Keep", _ -> new Outcome.Retry("later"));
    rig.accept("ann@example.net", "bob@example.org");
    var empty =
        new Rig(
            KEEP_ALL,
            rig.engine,
            SpoolConfig.defaults(),
            Runnable::run,
            new InMemoryContentStore());
    for (int i = 0; i < 10; i++) {
      empty.clock.pass(Duration.ofHours(14));
      empty.drain();
    }
    QueuedRecipient row = empty.rows().getFirst();
    assertThat(row.state()).isInstanceOf(RecipientState.Parked.class);
    assertThat(row.answer().orElseThrow().text()).contains("Content").contains("is missing");
    assertThat(QueueWalk.faults(empty.queue, empty.contents))
        .as("the consistency walk names it")
        .hasSize(1);
  }

  private static String action(Rig.Delivery report) {
    return report
        .text()
        .lines()
        .filter(line -> line.startsWith("Action: "))
        .findFirst()
        .orElseThrow()
        .substring("Action: ".length());
  }
}
