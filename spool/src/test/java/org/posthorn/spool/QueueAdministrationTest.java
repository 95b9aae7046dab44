package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailDate;
import org.posthorn.message.MailId;
import org.posthorn.spool.QueueAdministration.Condition;
import org.posthorn.spool.QueueAdministration.Count;
import org.posthorn.spool.QueueAdministration.Done;
import org.posthorn.spool.QueueAdministration.Entry;
import org.posthorn.spool.QueueAdministration.EntryPage;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueueCounts;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;

final class QueueAdministrationTest {
  private final Rig rig =
      new Rig(
          """
          root -> drop
            Relay if To(.example)
            Chance
            Keep
          bounces -> drop
            Bounce
          dead-letters -> keep
          """);
  private final QueueAdministration queue = rig.spool.administration();
  private final MailId early;
  private final MailId late;

  QueueAdministrationTest() {
    rig.carrier.answer(ScriptedCarrier.deferred());
    rig.mailets.put("Chance", _ -> new Outcome.Retry("not now"));
    early = rig.accept("ann@example.org", "x@one.example", "y@two.example", "bob@example.org");
    rig.clock.pass(Duration.ofMinutes(1));
    late = rig.accept("", "Z@one.example");
  }

  @Test
  void counts() {
    assertThat(queue.count()).isEqualTo(new QueueCounts(2, 1, 3, 0, 0));
  }

  @Test
  void findsBySenderRecipientDestinationStateAndAge() {
    assertThat(found(QueueFilter.ALL)).containsExactly("x", "y", "bob", "Z");
    assertThat(found(filter("ANN@", "", "", null, null))).containsExactly("x", "y", "bob");
    assertThat(found(filter("<>", "", "", null, null))).containsExactly("Z");
    assertThat(found(filter("", "z@", "", null, null))).containsExactly("Z");
    assertThat(found(filter("", "", "ONE.example", null, null))).containsExactly("x", "Z");
    assertThat(found(filter("", "", "", Condition.WAITING, null))).containsExactly("bob");
    assertThat(found(filter("", "", "", null, Duration.ofSeconds(30))))
        .containsExactly("x", "y", "bob");
    assertThat(found(filter("ann", "x@", "two.example", null, null))).isEmpty();
  }

  /// What is done to the mail of one must not be done to that of others.
  @Test
  void aWholeAddressMeansThatOneAndNoLongerOne() {
    rig.accept("joann@example.org", "xx@one.example");

    assertThat(found(filter("ann@example.org", "", "", null, null)))
        .containsExactly("x", "y", "bob");
    assertThat(found(filter("ANN@Example.org", "", "", null, null)))
        .containsExactly("x", "y", "bob");
    assertThat(found(filter("ann@", "", "", null, null))).contains("xx");
    assertThat(found(filter("@example.org", "", "", null, null))).contains("x", "xx");
    assertThat(found(filter("", "x@one.example", "", null, null))).containsExactly("x");
  }

  /// Each is a read in the store: those whom it does not concern are not asked for theirs.
  @Test
  void subjectsAreLookedAtLastAndNotTooManyForOnePage() {
    for (int i = 0; i < 510; i++) {
      accept("Subject: other\r\n\r\n", "n" + i + "@three.example");
    }
    accept("Subject: You have\r\n won\r\n\r\n", "lucky@two.example");
    EntryPage first = queue.list(about("HAVE won", ""), Optional.empty(), 100);
    assertThat(first.entries()).isEmpty();
    assertThat(first.lookedAt()).isEqualTo(500);
    EntryPage second = queue.list(about("HAVE won", ""), first.next(), 100);
    assertThat(second.entries())
        .singleElement()
        .satisfies(one ->
            assertThat(one.recipients().getFirst().address().localPart()).isEqualTo("lucky"));
    assertThat(second.next()).isEmpty();
    assertThat(found(about("won", "two.example"))).containsExactly("lucky");
    assertThat(found(about("three", "two.example"))).isEmpty();
    assertThat(queue.carryOut(new QueueOrder.Drop(), early, about("won", "")))
        .isEqualTo(Done.NOTHING);
    assertThat(queue.preview(new QueueOrder.Drop(), early, about("hi", "")).recipients())
        .isEqualTo(3);
  }

  /// What nobody can read is not thrown away for what it might say, and stops no one from going on.
  @Test
  void aMailWhoseContentIsGoneOrUnreadableHasNoSubject() {
    var unreadable = new SyncedContents();
    unreadable.failFinding(true);
    for (ContentStore contents : List.of(new InMemoryContentStore(), unreadable)) {
      var other =
          new Rig(
              "root -> drop\nbounces -> drop\ndead-letters -> keep\n",
              rig.engine,
              SpoolConfig.defaults(),
              Runnable::run,
              contents);
      QueueAdministration there = other.spool.administration();
      assertThat(there.list(about("hi", ""), Optional.empty(), 100).entries()).isEmpty();
      assertThat(there.carryOut(new QueueOrder.Drop(), late, about("hi", "")))
          .isEqualTo(Done.NOTHING);
    }
    assertThat(unreadable.failures()).isPositive();
  }

  private void accept(String message, String recipient) {
    rig.accept(
        "ann@example.org",
        message,
        NewMail.Options.NONE,
        List.of(Recipient.of(MailAddress.of(recipient))));
  }

  private static QueueFilter about(String subject, String destination) {
    return new QueueFilter(
        Optional.empty(),
        Optional.empty(),
        optional(destination),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        optional(subject));
  }

  @Test
  void listsInPages() {
    EntryPage first = queue.list(QueueFilter.ALL, Optional.empty(), 1);
    assertThat(first.entries()).hasSize(1);
    EntryPage second = queue.list(QueueFilter.ALL, first.next(), 1);
    assertThat(second.entries().stream().map(Entry::id)).containsExactly(late);
    EntryPage third = queue.list(QueueFilter.ALL, second.next(), 1);
    assertThat(third.entries()).isEmpty();
    assertThat(third.next()).isEmpty();
  }

  @Test
  void countsWithoutKeeping() {
    QueueFilter ann = filter("ann@", "", "", null, null);
    assertThat(queue.count(QueueFilter.ALL, Optional.empty(), 1_000)).isEqualTo(new Count(2, true));
    assertThat(queue.count(QueueFilter.ALL, Optional.of(early), 1_000))
        .isEqualTo(new Count(1, true));
    assertThat(queue.count(ann, Optional.empty(), 1_000)).isEqualTo(new Count(1, true));
    assertThat(queue.count(ann, Optional.of(early), 1_000)).isEqualTo(new Count(0, true));
  }

  @Test
  void triesAgainNow() {
    int loads = rig.carrier.loads().size();
    assertThat(
            queue.carryOut(
                new QueueOrder.Retry(), early, filter("", "", "one.example", null, null)))
        .isEqualTo(new Done(1, 0));
    rig.drain();
    assertThat(rig.carrier.loads()).hasSize(loads + 1);
    assertThat(rig.carrier.loads().getLast().domain().ascii()).isEqualTo("one.example");
  }

  @Test
  void whatIsHeldStaysUntilItIsReleased() {
    assertThat(queue.carryOut(new QueueOrder.Hold(), early, QueueFilter.ALL))
        .isEqualTo(new Done(3, 0));
    assertThat(queue.carryOut(new QueueOrder.Hold(), early, QueueFilter.ALL))
        .isEqualTo(new Done(0, 0));
    assertThat(queue.count()).isEqualTo(new QueueCounts(2, 0, 1, 3, 0));
    assertThat(rig.queue.find(early).orElseThrow().recipients())
        .as("tries are still counted")
        .allMatch(row -> row.attempts() == 1);
    int loads = rig.carrier.loads().size();
    rig.clock.pass(Duration.ofMinutes(2));
    rig.restart();
    rig.drain();
    assertThat(rig.carrier.loads()).hasSize(loads);
    assertThat(
            rig.spool.administration().carryOut(new QueueOrder.Release(), early, QueueFilter.ALL))
        .isEqualTo(new Done(3, 0));
    rig.carrier.answer((_, _) -> new Carrier.Answer.Delivered("mx", "250", true));
    rig.mailets.put("Chance", Outcome.Continue::new);
    rig.drain();
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org");
    assertThat(rig.queue.find(early)).isEmpty();
    rig.assertSound();
  }

  /// As long as it rested nobody could try it.
  @Test
  void whatWasHeldIsTriedForAsLongAsAnythingElse() {
    carryOut(new QueueOrder.Hold());
    rig.clock.pass(Duration.ofDays(9));
    assertThat(carryOut(new QueueOrder.Release())).isEqualTo(new Done(3, 0));
    rig.drain();
    assertThat(found(filter("ann", "", "", Condition.OUTGOING, null))).containsExactly("x", "y");
    rig.clock.pass(Duration.ofDays(6));
    rig.drain();
    assertThat(found(filter("ann", "", "", Condition.OUTGOING, null))).isEmpty();
  }

  /// As long as it was in files nobody could try it.
  @Test
  void whatIsTakenBackIsTriedForAsLongAsAnythingElse() {
    rig.drain();
    QueuedMail exported = rig.queue.find(early).orElseThrow();
    var stored = rig.store("Subject: x\r\n\r\nx\r\n");
    var mail =
        new NewMail(
            Optional.of(MailAddress.of("ann@example.org")),
            List.of(Recipient.of(MailAddress.of("x@one.example"))),
            stored,
            "",
            List.of(),
            NewMail.Options.NONE,
            Rows.origin(exported.arrival()));
    carryOut(new QueueOrder.Drop());
    rig.clock.pass(Duration.ofDays(9));
    List<MailForm> forms =
        exported.forms().stream()
            .map(form ->
                new MailForm(
                    form.number(),
                    form.sender(),
                    stored.id(),
                    form.prefix(),
                    List.of(),
                    form.attributes()))
            .toList();
    var back = new QueuedMail(early, exported.arrival(), forms, exported.recipients(), Set.of());
    assertThat(queue.takeBack(back, mail, Map.of())).isTrue();
    assertThat(
            queue.takeBack(
                new MailId("m9"),
                mail,
                _ -> new QueueAdministration.Standing(false, true, Optional.empty())))
        .isTrue();
    rig.drain();
    assertThat(found(filter("ann", "", "", Condition.OUTGOING, null)))
        .containsExactlyInAnyOrder("x", "y", "x");
    rig.clock.pass(Duration.ofDays(6));
    rig.drain();
    assertThat(found(filter("ann", "", "", Condition.OUTGOING, null))).isEmpty();
  }

  @Test
  void whatIsDroppedIsGoneAndNobodyIsTold() {
    assertThat(queue.carryOut(new QueueOrder.Drop(), early, filter("", "bob", "", null, null)))
        .isEqualTo(new Done(1, 0));
    assertThat(found(QueueFilter.ALL)).containsExactly("x", "y", "Z");
    assertThat(queue.carryOut(new QueueOrder.Drop(), early, QueueFilter.ALL))
        .isEqualTo(new Done(2, 0));
    assertThat(queue.carryOut(new QueueOrder.Drop(), early, QueueFilter.ALL))
        .isEqualTo(new Done(0, 0));
    assertThat(queue.carryOut(new QueueOrder.Drop(), late, QueueFilter.ALL))
        .isEqualTo(new Done(1, 0));
    rig.drain();
    assertThat(rig.delivered).isEmpty();
    rig.assertEmpty();
  }

  @Test
  void whatIsReroutedGoesThereAtOnce() {
    var host = new Smarthost("relay.example", 587, Smarthost.Tls.STARTTLS, Optional.of("relay"));
    var toHost = new QueueOrder.Reroute(Optional.of(host));
    assertThat(queue.preview(toHost, early, QueueFilter.ALL)).isEqualTo(new Done(2, 0));
    assertThat(queue.carryOut(toHost, early, QueueFilter.ALL)).isEqualTo(new Done(2, 0));
    assertThat(queue.carryOut(toHost, early, QueueFilter.ALL)).isEqualTo(new Done(0, 0));
    rig.drain();
    assertThat(rig.carrier.loads().getLast().smarthost()).contains(host);
    assertThat(rig.carrier.loads().getLast().recipients()).hasSize(2);

    var toMx = new QueueOrder.Reroute(Optional.empty());
    assertThat(queue.carryOut(toMx, early, QueueFilter.ALL)).isEqualTo(new Done(2, 0));
    rig.drain();
    assertThat(rig.carrier.loads().getLast().smarthost()).isEmpty();
  }

  @Test
  void whatIsHeldCanBeReroutedAndStaysHeld() {
    assertThat(carryOut(new QueueOrder.Hold())).isEqualTo(new Done(3, 0));
    var host = new Smarthost("relay.example", 25, Smarthost.Tls.OPPORTUNISTIC, Optional.empty());
    assertThat(carryOut(new QueueOrder.Reroute(Optional.of(host)))).isEqualTo(new Done(2, 0));
    assertThat(found(filter("", "", "relay.example:25", Condition.HELD, null)))
        .containsExactly("x", "y");
  }

  @Test
  void whoIsGivenUpOnIsReportedWithTheReason() {
    rig.mailets.put("Chance", Outcome.Continue::new);
    assertThat(carryOut(new QueueOrder.Fail("The domain is closed"))).isEqualTo(new Done(3, 0));
    rig.drain();
    assertThat(rig.deliveredTo()).contains("ann@example.org");
    assertThat(rig.delivered.stream().map(Rig.Delivery::text).findFirst().orElseThrow())
        .contains("In detail: The domain is closed")
        .contains("It was given up.");
    assertThat(rig.queue.find(early)).isEmpty();
  }

  /// What was said last is more use to the sender than that somebody had enough of it.
  @Test
  void whoIsGivenUpOnWithoutAReasonHearsWhatWasSaidLast() {
    rig.mailets.put("Chance", Outcome.Continue::new);
    Instant tried = rig.clock.instant().minus(Duration.ofMinutes(1));
    rig.clock.pass(Duration.ofSeconds(5));
    var outgoing = filter("", "", "one.example", null, null);
    assertThat(queue.carryOut(new QueueOrder.Fail(Optional.empty()), early, outgoing))
        .isEqualTo(new Done(1, 0));
    rig.drain();
    assertThat(rig.delivered.stream().map(Rig.Delivery::text))
        .filteredOn(text -> text.contains("Final-Recipient"))
        .singleElement()
        .asString()
        .contains("Action: failed\r\nStatus: 4.2.1\r\nRemote-MTA: dns; mx.example.net\r\n")
        .containsPattern("x-posthorn; The administrator .* gave up on it:\\s+451 4\\.2\\.1 later")
        .contains("Last-Attempt-Date: " + MailDate.format(tried))
        .doesNotContain("It was tried again until");
  }

  @Test
  void aDestinationByItsIpv6AddressIsFoundWithBracketsAndWithout() {
    var host = new Smarthost("::1", 25, Smarthost.Tls.OPPORTUNISTIC, Optional.empty());
    assertThat(carryOut(new QueueOrder.Reroute(Optional.of(host)))).isEqualTo(new Done(2, 0));
    assertThat(queue.destinations())
        .extracting(DestinationState::name)
        .contains("[::1]:25")
        .doesNotContain("::1:25");
    for (String name : List.of("[::1]:25", "::1:25")) {
      assertThat(found(filter("", "", name, null, null))).as(name).containsExactly("x", "y");
    }
  }

  @Test
  void whatIsToBeTriedNowIsTriedThoughItsDestinationWasLeftAlone() {
    var two = filter("", "", "two.example", null, null);
    rig.carrier.answer(ScriptedCarrier.unreachable());
    for (int time = 0; time < 3; time++) {
      int before = rig.carrier.loads().size();
      assertThat(queue.carryOut(new QueueOrder.Retry(), early, two)).isEqualTo(new Done(1, 0));
      rig.drain();
      assertThat(rig.carrier.loads()).as("time %d", time).hasSize(before + 1);
      assertThat(queue.unreachable()).containsKey("two.example");
    }
  }

  @Test
  void aPreviewChangesNothing() {
    for (QueueOrder order :
        List.of(
            new QueueOrder.Drop(),
            new QueueOrder.Hold(),
            new QueueOrder.Fail("no"),
            new QueueOrder.Release())) {
      int wouldChange = order instanceof QueueOrder.Release ? 0 : 3;
      assertThat(queue.preview(order, early, QueueFilter.ALL)).isEqualTo(new Done(wouldChange, 0));
    }
    assertThat(queue.count()).isEqualTo(new QueueCounts(2, 1, 3, 0, 0));
  }

  /// In an emergency: hundreds may be in line, and go out one after the other.
  @Test
  void anOrderReachesWhatWaitsInLineForItsDestination() {
    var host = new Smarthost("relay.example", 25, Smarthost.Tls.OPPORTUNISTIC, Optional.empty());
    Map<String, QueueOrder> orders =
        Map.of(
            "held", new QueueOrder.Hold(),
            "dropped", new QueueOrder.Drop(),
            "failed", new QueueOrder.Fail("no"),
            "rerouted", new QueueOrder.Reroute(Optional.of(host)));
    List<String> names = new ArrayList<>(List.of("usual"));
    names.addAll(orders.keySet());
    rig.whileBusy(
        names,
        () ->
            orders.forEach((name, order) -> {
              assertThat(preview(order, name)).as("before: " + name).isEqualTo(new Done(1, 0));
              assertThat(carryOut(order, name)).as(name).isEqualTo(new Done(1, 0));
            }));
    rig.drain();
    assertThat(rig.carriedTo())
        .contains("usual", "rerouted")
        .doesNotContain("held", "dropped", "failed");
    assertThat(found(filter("", "@busy.example", "", null, null))).containsExactly("held");

    assertThat(carryOut(new QueueOrder.Release(), "held")).isEqualTo(new Done(1, 0));
    rig.drain();
    assertThat(rig.carriedTo()).contains("held");
    assertThat(found(filter("", "@busy.example", "", null, null))).isEmpty();
    rig.assertSound();
  }

  @Test
  void whatIsUnderWayIsBusyAndIsSaidSoBefore() {
    rig.whileBusy(
        List.of("usual"),
        () -> {
          for (QueueOrder order : List.of(new QueueOrder.Hold(), new QueueOrder.Drop())) {
            assertThat(preview(order, "first")).isEqualTo(new Done(0, 1));
            assertThat(carryOut(order, "first")).isEqualTo(new Done(0, 1));
          }
          // It is not held: there is nothing to repeat.
          assertThat(preview(new QueueOrder.Release(), "first")).isEqualTo(Done.NOTHING);
          assertThat(carryOut(new QueueOrder.Release(), "first")).isEqualTo(Done.NOTHING);
          // It will be tried as soon as there is room, and keeps its place.
          assertThat(preview(new QueueOrder.Retry(), "usual")).isEqualTo(new Done(0, 1));
          assertThat(carryOut(new QueueOrder.Retry(), "usual")).isEqualTo(new Done(0, 1));
        });
    assertThat(rig.carriedTo()).contains("usual");
    assertThat(found(filter("", "@busy.example", "", null, null))).isEmpty();
  }

  @Test
  void whoIsInLineTogetherWithADroppedOneStillGoes() {
    rig.whileBusy(
        List.of(),
        () -> {
          rig.accept("ann@example.org", "kept@busy.example", "gone@busy.example");
          assertThat(preview(new QueueOrder.Drop(), "gone")).isEqualTo(new Done(1, 0));
          assertThat(carryOut(new QueueOrder.Drop(), "gone")).isEqualTo(new Done(1, 0));
        });
    rig.drain();
    assertThat(rig.carriedTo()).contains("kept").doesNotContain("gone");
    assertThat(found(filter("", "@busy.example", "", null, null))).isEmpty();
  }

  private Done carryOut(QueueOrder order) {
    return queue.carryOut(order, early, QueueFilter.ALL);
  }

  private Done carryOut(QueueOrder order, String recipient) {
    return queue.carryOut(order, mailTo(recipient), to(recipient));
  }

  private Done preview(QueueOrder order, String recipient) {
    return queue.preview(order, mailTo(recipient), to(recipient));
  }

  private MailId mailTo(String recipient) {
    return queue.list(to(recipient), Optional.empty(), 1).entries().getFirst().id();
  }

  private static QueueFilter to(String recipient) {
    return filter("", recipient + "@busy.example", "", null, null);
  }

  @Test
  void findsByTheLastAnswer() {
    var later =
        new QueueFilter(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of("LATER"),
            Optional.empty());
    assertThat(found(later)).containsExactly("x", "y", "Z");
  }

  @Test
  void tellsHowItStandsWithEachDestination() {
    List<DestinationState> states = queue.destinations();
    assertThat(states)
        .extracting(DestinationState::name)
        .containsExactly("one.example", "two.example");
    DestinationState one = states.getFirst();
    assertThat(one.recipients()).isEqualTo(2);
    assertThat(one.held()).isZero();
    assertThat(one.oldest()).contains(rig.clock.instant().minus(Duration.ofMinutes(1)));
    assertThat(one.nextDue()).isPresent();
    assertThat(one.answer().orElseThrow().text()).contains("later");
    assertThat(carryOut(new QueueOrder.Hold())).isEqualTo(new Done(3, 0));
    assertThat(queue.destinations().getFirst().held()).isEqualTo(1);
  }

  @Test
  void tellsWhoseMailItIsAndFindsItByTheLoginToo() {
    MailAddress thief = MailAddress.of("thief@example.org");
    rig.spool.accept(
        rig.spool.newId(),
        new NewMail(
            Optional.of(MailAddress.of("other@example.org")),
            List.of(Recipient.of(MailAddress.of("v@one.example"))),
            rig.store("Subject: x\r\n\r\nx\r\n"),
            "",
            List.of(),
            NewMail.Options.NONE,
            new Origin(
                Optional.empty(), "", Optional.of(thief), "ESMTPSA", "c2", rig.clock.instant())));
    rig.drain();

    assertThat(queue.senders())
        .filteredOn(SenderState::loggedIn)
        .extracting(SenderState::sender, SenderState::mails, SenderState::recipients)
        .containsExactly(tuple(Optional.of(thief), 1L, 1L));
    assertThat(found(filter("thief@", "", "", null, null))).containsExactly("v");
    assertThat(found(filter("other@", "", "", null, null))).containsExactly("v");
  }

  @Test
  void aStarIsAnyText() {
    assertThat(found(filter("", "*@two.example", "", null, null))).containsExactly("y");
    assertThat(found(filter("", "*@TWO.*", "", null, null))).containsExactly("y");
    assertThat(found(filter("", "*@two", "", null, null))).isEmpty();
    assertThat(found(filter("", "y*", "", null, null))).containsExactly("y");
    assertThat(found(filter("", "wo.example*", "", null, null))).isEmpty();
    assertThat(found(filter("", "*x@*x@*", "", null, null))).isEmpty();
    assertThat(found(filter("ann@*", "*", "", Condition.OUTGOING, null))).containsExactly("x", "y");
    assertThat(found(filter("*", "", "", null, null))).containsExactly("x", "y", "bob");
  }

  @Test
  void thoseWithAsManyRecipientsStandInTheSameOrderEachTime() {
    for (int i = 29; i >= 10; i--) {
      rig.accept("a" + i + "@example.org", "v@one.example");
    }
    assertThat(queue.senders().stream().skip(1).limit(21).map(SenderState::sender))
        .isSortedAccordingTo(Comparator.comparing(sender -> sender.toString()));
  }

  @Test
  void whatAGatePutsIntoQuarantineWaitsForAnOperatorOverRestarts() {
    rig.mailets.put("Chance", Outcome.Continue::new);
    MailId odd =
        rig.spool.accept(
            rig.spool.newId(),
            new NewMail(
                Optional.of(MailAddress.of("x@far.example")),
                List.of(Recipient.of(MailAddress.of("carl@example.org"))),
                rig.store("Subject: x\r\n\r\nx\r\n"),
                "",
                List.of(),
                NewMail.Options.NONE,
                new Origin(
                    Optional.empty(), "", Optional.empty(), "ESMTP", "c2", rig.clock.instant()),
                Map.of(NewMail.QUARANTINE, "looks odd")));
    rig.drain();
    rig.restart();
    rig.clock.pass(Duration.ofDays(9));
    rig.drain();
    QueueAdministration restarted = rig.spool.administration();
    QueuedRecipient row = restarted.show(odd).orElseThrow().recipients().getFirst();
    assertThat(row.state()).isInstanceOf(RecipientState.Held.class);
    assertThat(row.answer().orElseThrow().text()).isEqualTo("Quarantine: looks odd");
    assertThat(found(filter("", "carl", "", Condition.HELD, null))).containsExactly("carl");
    int before = rig.delivered.size();

    assertThat(restarted.carryOut(new QueueOrder.Release(), odd, QueueFilter.ALL))
        .isEqualTo(new Done(1, 0));
    rig.drain();
    assertThat(rig.delivered).hasSize(before + 1);
    assertThat(restarted.show(odd)).isEmpty();
  }

  /// Whoever reads a folder of files twice at the same time: no mail comes back twice.
  @Test
  void aMailIsTakenBackOnceThoughItIsBroughtTwiceAtATime() {
    var contents = new SyncedContents();
    var other =
        new Rig(
            "root -> drop\n  Keep\nbounces -> drop\ndead-letters -> keep\n",
            new InMemoryEngine(),
            SpoolConfig.defaults(),
            Runnable::run,
            contents);
    other.drain();
    var mail =
        new NewMail(
            Optional.empty(),
            List.of(Recipient.of(MailAddress.of("bob@example.org"))),
            other.store("Subject: x\r\n\r\nx\r\n"),
            "",
            List.of(),
            NewMail.Options.NONE,
            new Origin(
                Optional.empty(), "", Optional.empty(), "ESMTP", "c2", other.clock.instant()));
    var id = new MailId("m1");
    var held = new QueueAdministration.Standing(true, false, Optional.empty());
    List<Boolean> taken = new ArrayList<>();
    contents.beforeSync(() -> {
      contents.beforeSync(() -> {});
      taken.add(other.spool.administration().takeBack(id, mail, _ -> held));
    });
    taken.add(other.spool.administration().takeBack(id, mail, _ -> held));
    assertThat(taken).containsExactly(false, true);
    assertThat(other.spool.administration().takeBack(id, mail, _ -> held)).isFalse();
    other.assertSound();
    assertThat(other.queue.counts().recipients()).isEqualTo(1);
  }

  @Test
  void handsOutTheMessage() throws IOException {
    try (InputStream bytes = queue.message(early, 0).orElseThrow().open()) {
      assertThat(new String(bytes.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("Received: from test\r\nSubject: hi\r\n\r\nbody\r\n");
    }
    assertThat(queue.message(new MailId("nobody"), 0)).isEmpty();
  }

  @Test
  void showsAllThatIsKnown() {
    assertThat(queue.show(early).orElseThrow().recipients()).hasSize(3);
    assertThat(queue.show(new MailId("nobody"))).isEmpty();
  }

  private List<String> found(QueueFilter filter) {
    List<String> names = new ArrayList<>();
    queue
        .list(filter, Optional.empty(), 100)
        .entries()
        .forEach(entry -> entry.recipients().forEach(row -> names.add(row.address().localPart())));
    return names;
  }

  private static QueueFilter filter(
      String sender,
      String recipient,
      String destination,
      @Nullable Condition condition,
      @Nullable Duration age) {
    return new QueueFilter(
        optional(sender),
        optional(recipient),
        optional(destination),
        Optional.ofNullable(condition),
        Optional.ofNullable(age),
        Optional.empty(),
        Optional.empty());
  }

  private static Optional<String> optional(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
