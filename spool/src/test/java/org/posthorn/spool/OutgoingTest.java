package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailDate;
import org.posthorn.message.MailId;
import org.posthorn.spool.plugin.PluginConfig;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.Wishes;
import org.posthorn.storage.story.StoryEntry;
import org.posthorn.storage.story.StoryEvent;
import org.posthorn.storage.story.StorySearch;

/// The outgoing queue with threads of its own.
final class OutgoingTest {
  private static final String RELAY =
      """
      root -> drop
        Relay
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;

  private static final String RELAYING_BOUNCES =
      """
      root -> drop
        Relay
      bounces -> drop
        Chance
        Relay
      dead-letters -> keep
      """;

  private static final String KEEPING_REPORTS =
      """
      root -> drop
        Keep if To(@example.org)
        Relay
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;

  private static final SpoolConfig NARROW =
      new SpoolConfig(
          20,
          6,
          3,
          List.of(Duration.ofMinutes(5)),
          Duration.ofDays(5),
          Duration.ZERO,
          List.of(Duration.ofMinutes(1)),
          Duration.ofSeconds(5),
          SpoolConfig.Patience.defaults(),
          PluginConfig.defaults());

  @Test
  void aDestinationGetsSoManyAtATimeAndAllTogetherToo() throws InterruptedException {
    var rig = new Rig(RELAY, new InMemoryEngine(), NARROW, OutgoingTest::start);
    Map<String, AtomicInteger> now = new ConcurrentHashMap<>();
    var inAll = new AtomicInteger();
    var tooMany = new AtomicInteger();
    var done = new CountDownLatch(60);
    rig.carrier.answer((load, _) -> {
      AtomicInteger here = now.computeIfAbsent(load.domain().ascii(), _ -> new AtomicInteger());
      if (here.incrementAndGet() > 3 || inAll.incrementAndGet() > 6) {
        tooMany.incrementAndGet();
      }
      LockSupport.parkNanos(2_000_000);
      here.decrementAndGet();
      inAll.decrementAndGet();
      done.countDown();
      return new Carrier.Answer.Delivered("mx", "250", true);
    });
    for (int i = 0; i < 20; i++) {
      rig.accept("ann@example.org", "x@one.example", "x@two.example", "x@three.example");
    }
    assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    rig.spool.close();
    assertThat(tooMany).hasValue(0);
    rig.assertEmpty();
  }

  @Test
  void aSlowDestinationHoldsUpNoOther() throws InterruptedException {
    var rig = new Rig(RELAY, new InMemoryEngine(), NARROW, OutgoingTest::start);
    var gate = new Semaphore(0);
    var fast = new CountDownLatch(5);
    rig.carrier.answer((load, _) -> {
      if (load.domain().ascii().equals("slow.example")) {
        gate.acquireUninterruptibly();
      } else {
        fast.countDown();
      }
      return new Carrier.Answer.Delivered("mx", "250", true);
    });
    for (int i = 0; i < 50; i++) {
      rig.accept("ann@example.org", "x" + i + "@slow.example");
    }
    for (int i = 0; i < 5; i++) {
      rig.accept("ann@example.org", "x" + i + "@fast.example");
    }
    assertThat(fast.await(20, TimeUnit.SECONDS)).isTrue();
    gate.release(100);
    rig.awaitEmpty();
    rig.spool.close();
    rig.assertEmpty();
  }

  @Test
  void allDomainsWhoseRouteEndsAtOneServerTravelTogether() {
    var rig = new Rig(RELAY);
    rig.carrier.routeAll("smart.example:25");
    rig.carrier.answer((_, recipient) ->
        recipient.address().toString().startsWith("x")
            ? new Carrier.Answer.Delivered("smart.example", "250 ok", true)
            : new Carrier.Answer.Deferred("4.2.1", Optional.of("smart.example"), "451 later"));
    rig.accept("ann@example.org", "x@one.example", "y@two.example", "x@three.example");
    assertThat(rig.carrier.loads()).hasSize(1);
    assertThat(rig.carrier.loads().getFirst().recipients()).hasSize(3);
    assertThat(rig.rows()).hasSize(1);
    rig.carrier.answer((_, _) -> new Carrier.Answer.Delivered("smart.example", "250 ok", true));
    rig.clock.pass(Duration.ofHours(1));
    rig.drain();
    rig.assertEmpty();
  }

  /// Each transaction is a mail for the server that counts them.
  @Test
  void aMailForManyCountsAsManyWhereMailsAreCounted() {
    var rig = new Rig(RELAY);
    rig.carrier.recipients(2);
    String[] five = {
      "a@one.example", "b@one.example", "c@one.example", "d@one.example", "e@one.example"
    };
    rig.accept("ann@example.org", five);
    assertThat(rig.carriedTo()).hasSize(5);
    assertThat(rig.carrier.loads()).hasSize(1);

    rig.carrier.pace(new Carrier.Pace(0, 1, Duration.ofDays(30), Duration.ZERO));
    rig.accept("ann@example.org", five);
    assertThat(rig.carriedTo()).hasSize(7);
    assertThat(rig.carrier.loads()).hasSize(2);
    assertThat(rig.rows()).hasSize(3);

    rig.carrier.pace(Carrier.Pace.USUAL);
    rig.spool.waysChanged();
    rig.drain();
    assertThat(rig.carriedTo()).hasSize(10);
    rig.assertEmpty();
  }

  @Test
  void allDomainsThatGoThroughASmarthostTravelTogether() {
    var rig = new Rig(RELAY);
    var host = new Smarthost("smart.example", 587, Smarthost.Tls.STARTTLS, Optional.of("provider"));
    rig.mailets.put("Relay", mail -> new Outcome.Relay(mail, Optional.of(host)));
    rig.accept("ann@example.org", "x@one.example", "y@two.example");
    assertThat(rig.carrier.loads()).hasSize(1);
    assertThat(rig.carrier.loads().getFirst().smarthost()).contains(host);
    assertThat(rig.carrier.loads().getFirst().recipients()).hasSize(2);
    rig.assertEmpty();
  }

  @Test
  void aCarrierThatThrowsOrForgetsARecipientLosesNothing() {
    var rig = new Rig(RELAY);
    List<String> tries = new ArrayList<>();
    rig.carrier.answer((_, recipient) -> {
      tries.add(recipient.address().localPart());
      throw new IllegalStateException("bug");
    });
    rig.accept("ann@example.org", "x@one.example");
    assertThat(rig.rows()).hasSize(1);
    assertThat(rig.rows().getFirst().answer().orElseThrow().text()).contains("bug");
    assertThat(rig.spool.administration().unreachable())
        .as("our mistake, not the host's")
        .isEmpty();
    rig.carrier.answer((_, _) -> new Carrier.Answer.Delivered("mx", "250", true));
    rig.clock.pass(Duration.ofMinutes(10));
    rig.drain();
    assertThat(tries).containsExactly("x");
    rig.assertEmpty();
  }

  /// The bounces may send on what has failed, as long as that leads anywhere.
  @Test
  void whatComesBackToTheBouncesAgainAndAgainIsADeadLetter() {
    var rig = new Rig(RELAYING_BOUNCES);
    var tries = new AtomicInteger();
    rig.carrier.answer((load, recipient) ->
        tries.incrementAndGet() > 50
            ? new Carrier.Answer.Delivered("mx", "250", true)
            : ScriptedCarrier.failed().apply(load, recipient));
    rig.accept("ann@example.org", "x@one.example", "y@one.example");
    assertThat(tries).hasValueLessThan(30);
    assertThat(rig.rows())
        .hasSize(2)
        .allSatisfy(row -> {
          assertThat(row.state())
              .isInstanceOfSatisfying(
                  RecipientState.Parked.class,
                  parked -> {
                    assertThat(parked.repository()).isEqualTo(RecipientState.DEAD_LETTERS);
                    assertThat(parked.reason()).contains("'bounces'");
                  });
          assertThat(row.answer().orElseThrow().failed()).isTrue();
        });
    rig.assertSound();

    rig.carrier.answer((_, _) -> new Carrier.Answer.Delivered("mx", "250", true));
    MailId mail = rig.queue.ids(Optional.empty(), 1).getFirst();
    rig.spool.administration().carryOut(new QueueOrder.Retry(), mail, QueueFilter.ALL);
    rig.drain();
    rig.assertEmpty();
  }

  /// Each after a pause, until its days are over.
  @Test
  void whatComesBackFromAServerThatIsNeverThereIsADeadLetterInTheEnd() {
    var rig = new Rig(RELAYING_BOUNCES);
    var tries = new AtomicInteger();
    rig.carrier.answer((load, recipient) ->
        tries.incrementAndGet() > 300
            ? new Carrier.Answer.Delivered("mx", "250", true)
            : ScriptedCarrier.deferred().apply(load, recipient));
    rig.accept("", "x@one.example");
    for (int i = 0; i < 200; i++) {
      rig.clock.pass(Duration.ofHours(4));
      rig.drain();
    }
    assertThat(rig.rows())
        .singleElement()
        .matches(row -> row.state() instanceof RecipientState.Parked);
  }

  @Test
  void whatHasNoRoomForANoteComesToAnEndToo() {
    var rig = new Rig(RELAYING_BOUNCES);
    var tries = new AtomicInteger();
    rig.mailets.put(
        "Chance",
        mail -> {
          Mail full = mail;
          while (full.attributes().size() < 64) {
            full = full.withAttribute("note-" + full.attributes().size(), "x");
          }
          return new Outcome.Continue(full);
        });
    rig.mailets.put(
        "Relay",
        mail -> new Outcome.Relay(mail.withoutAttribute("posthorn.failures"), Optional.empty()));
    rig.carrier.answer((load, recipient) ->
        tries.incrementAndGet() > 50
            ? new Carrier.Answer.Delivered("mx", "250", true)
            : ScriptedCarrier.failed().apply(load, recipient));
    rig.accept("ann@example.org", "x@one.example");
    assertThat(tries).hasValueLessThan(30);
    assertThat(rig.rows())
        .singleElement()
        .matches(row -> row.state() instanceof RecipientState.Parked);
  }

  @Test
  void theBouncesMaySendOnWhatHasFailed() {
    var rig = new Rig(RELAYING_BOUNCES);
    var tries = new AtomicInteger();
    rig.carrier.answer((load, recipient) ->
        tries.incrementAndGet() > 4
            ? new Carrier.Answer.Delivered("mx", "250", true)
            : ScriptedCarrier.failed().apply(load, recipient));
    rig.accept("ann@example.org", "x@one.example");
    assertThat(tries).hasValue(5);
    rig.assertEmpty();
  }

  /// Whatever the bounces make of it.
  @Test
  void whatTheBouncesReaddressComesToAnEndToo() {
    var rig = new Rig(RELAYING_BOUNCES);
    var tries = new AtomicInteger();
    rig.mailets.put(
        "Chance",
        mail ->
            new Outcome.Continue(
                mail.withRecipients(
                    List.of(
                        Recipient.of(
                            MailAddress.of("x" + tries.incrementAndGet() + "@one.example"))))));
    rig.carrier.answer((load, recipient) ->
        tries.get() > 50
            ? new Carrier.Answer.Delivered("mx", "250", true)
            : ScriptedCarrier.failed().apply(load, recipient));
    rig.accept("ann@example.org", "x@one.example");
    assertThat(tries).hasValueLessThan(30);
    assertThat(rig.rows())
        .singleElement()
        .matches(row -> row.state() instanceof RecipientState.Parked);
  }

  @Test
  void recipientsOfOneLoadHaveDifferentFates() {
    var rig = new Rig(RELAY);
    rig.carrier.answer((_, recipient) ->
        switch (recipient.address().localPart()) {
          case "good" -> new Carrier.Answer.Delivered("mx", "250", true);
          case "bad" -> new Carrier.Answer.Failed("5.1.1", Optional.of("mx"), "550 no");
          default -> new Carrier.Answer.Deferred("4.2.2", Optional.of("mx"), "452 full");
        });
    rig.accept("", "good@one.example", "bad@one.example", "full@one.example");
    assertThat(rig.rows().stream().map(row -> row.address().localPart())).containsExactly("full");
    rig.assertSound();
  }

  @Test
  void afterADeadHostComesBackOneTryGoesFirst() {
    var rig = new Rig(RELAY);
    rig.carrier.answer(ScriptedCarrier.unreachable());
    for (int i = 0; i < 5; i++) {
      rig.accept("", "x" + i + "@dead.example");
    }
    int tries = rig.carrier.loads().size();
    assertThat(tries).isEqualTo(1);
    for (int hour = 0; hour < 6; hour++) {
      rig.clock.pass(Duration.ofMinutes(30));
      rig.drain();
    }
    assertThat(rig.carrier.loads().size()).as("one for each break").isBetween(2, 14);
    assertThat(rig.rows()).hasSize(5);
    rig.carrier.answer((_, _) -> new Carrier.Answer.Delivered("mx", "250", true));
    for (int hour = 0; hour < 6; hour++) {
      rig.clock.pass(Duration.ofHours(1));
      rig.drain();
    }
    rig.assertEmpty();
  }

  @Test
  void whatIsLeftAloneWithItsDestinationIsNotToldOfAsTried() {
    var rig = new Rig(RELAY);
    rig.carrier.answer(ScriptedCarrier.unreachable());
    List<MailId> mails = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      mails.add(rig.accept("", "x" + i + "@dead.example"));
    }
    for (int hour = 0; hour < 6; hour++) {
      rig.clock.pass(Duration.ofMinutes(30));
      rig.drain();
    }
    rig.story.start();
    assertThat(mails)
        .flatMap(mail -> new StorySearch(rig.story).find(mail.value(), Instant.EPOCH, 10).mails())
        .flatMap(StorySearch.MailStory::entries)
        .map(StoryEntry::event)
        .filteredOn(event -> event instanceof StoryEvent.Deferred tried && tried.attempts() > 0)
        .hasSameSizeAs(rig.carrier.loads());
  }

  @Test
  void everySenderHearsOfADeadHostAlsoThoseWhoseMailWasNotTried() {
    var rig = new Rig(KEEPING_REPORTS);
    rig.carrier.answer(ScriptedCarrier.unreachable());
    for (int i = 0; i < 4; i++) {
      rig.accept("ann" + i + "@example.org", "x" + i + "@dead.example");
    }
    for (int hour = 0; hour < 24 * 5 + 3; hour++) {
      rig.clock.pass(Duration.ofHours(1));
      rig.drain();
    }
    for (int i = 0; i < 4; i++) {
      String sender = "ann" + i + "@example.org";
      assertThat(
              rig.delivered.stream()
                  .filter(report -> report.recipient().equals(sender))
                  .map(report -> report.text().contains("Action: delayed") ? "delayed" : "failed"))
          .as(sender)
          .containsExactly("delayed", "failed");
    }
    rig.assertEmpty();
  }

  /// Each that is given back is written down, which takes its time. RFC 3464 §2.3.7: that of the
  /// recipient itself, not of the notice, nor of another mail.
  @Test
  void reportsSayWhenTheLastTryWas() {
    var rig = new Rig(KEEPING_REPORTS);
    Map<String, Instant> tries = new HashMap<>();
    rig.carrier.answer((_, recipient) -> {
      tries.put(recipient.address().toString(), rig.clock.instant());
      return new Carrier.Answer.Deferred("4.4.1", Optional.empty(), "Connection refused");
    });
    for (int i = 0; i < 10; i++) {
      rig.accept("ann" + i + "@example.org", "x" + i + "@dead.example");
    }
    Set<String> seen = new TreeSet<>();
    for (int hour = 0; hour < 24 * 5 + 3; hour++) {
      rig.clock.pass(Duration.ofHours(1));
      rig.drain();
      for (Rig.Delivery report = rig.delivered.poll();
          report != null;
          report = rig.delivered.poll()) {
        Instant last =
            tries.get(
                report.recipient().replace("ann", "x").replace("example.org", "dead.example"));
        if (last == null) {
          assertThat(report.text()).doesNotContain("Last-Attempt-Date");
        } else {
          assertThat(report.text()).contains("Last-Attempt-Date: " + MailDate.format(last));
        }
        seen.add(
            (report.text().contains("Action: delayed") ? "delayed " : "failed ")
                + (last == null ? "untried" : last.equals(rig.clock.instant()) ? "now" : "before"));
      }
    }
    assertThat(seen).contains("delayed untried", "delayed before", "failed before");
  }

  @Test
  void whatWaitsInLineGoesOnAfterAReload() {
    var rig = new Rig(RELAY);
    rig.drain(); // Nobody reads the index of the queue again.
    rig.whileBusy(
        List.of("x", "y", "z"),
        () -> {
          rig.clock.passAtEachLook(Duration.ofMillis(20));
          rig.spool.waysChanged();
        });
    rig.drain();
    assertThat(rig.carriedTo()).containsExactlyInAnyOrder("first", "second", "x", "y", "z");
    rig.assertEmpty();
  }

  /// The spool has written down what became of the mail; who is told of it may be in trouble.
  @Test
  void whatIsDeliveredIsNotSentAgainWhereNobodyCanBeTold() {
    var rig = new Rig(RELAY);
    rig.drain();
    rig.spool.watchRefusals(_ -> {
      throw new StorageUnavailable("No space left");
    });
    rig.carrier.answer((_, recipient) ->
        recipient.address().localPart().equals("good")
            ? new Carrier.Answer.Delivered("mx", "250", true)
            : new Carrier.Answer.Failed("5.1.1", Optional.of("mx"), "550 no"));
    rig.spool.accept(
        rig.spool.newId(),
        new NewMail(
            Optional.empty(),
            List.of(
                Recipient.of(MailAddress.of("good@one.example")),
                Recipient.of(MailAddress.of("bad@one.example"))),
            rig.store("Subject: x\r\n\r\nx\r\n"),
            "",
            List.of(),
            NewMail.Options.NONE,
            new Origin(
                Optional.empty(),
                "",
                Optional.of(MailAddress.of("ann@example.org")),
                "ESMTPSA",
                "c1",
                rig.clock.instant())));
    rig.clock.pass(Duration.ofHours(1));
    rig.drain();
    assertThat(rig.carrier.loads()).hasSize(1);
    rig.assertEmpty();
  }

  /// Providers lock accounts that are tried in vain too often.
  @Test
  void aLoginThatIsRefusedIsNotTriedForEachMail() {
    var rig = new Rig(RELAY);
    rig.carrier.routeAll("smart.example:587");
    rig.carrier.answer(ScriptedCarrier.loginRefused());
    for (int i = 0; i < 100; i++) {
      rig.accept("ann@example.org", "x" + i + "@one.example");
    }
    assertThat(rig.carrier.loads()).hasSize(1);
    for (int minute = 0; minute < 60; minute++) {
      rig.clock.pass(Duration.ofMinutes(1));
      rig.drain();
    }
    assertThat(rig.carrier.loads()).hasSizeBetween(4, 6);
    assertThat(rig.spool.administration().destinations())
        .singleElement()
        .satisfies(smart -> {
          assertThat(smart.failures()).isBetween(4, 6);
          assertThat(smart.leftAloneUntil()).isPresent();
          assertThat(smart.answer().orElseThrow().text())
              .isEqualTo("Login failed: 535 5.7.8 Wrong");
        });
    // All go when one was let in.
    rig.carrier.answer((_, _) -> new Carrier.Answer.Delivered("smart.example", "250", true));
    for (int minute = 0; minute < 40; minute++) {
      rig.clock.pass(Duration.ofMinutes(1));
      rig.drain();
    }
    rig.assertEmpty();
    assertThat(rig.carrier.loads()).hasSizeBetween(104, 106);
  }

  @Test
  void aLoginThatIsRefusedHoldsUpNoOtherAtTheSameHost() {
    var rig = new Rig(RELAY);
    rig.carrier.routeAll("smart.example:587");
    rig.carrier.login(MailAddress::localPart);
    rig.carrier.answer((load, recipient) ->
        load.sender().orElseThrow().localPart().equals("ann")
            ? ScriptedCarrier.loginRefused().apply(load, recipient)
            : new Carrier.Answer.Delivered("smart.example", "250", true));
    for (int i = 0; i < 10; i++) {
      rig.accept("ann@example.org", "a" + i + "@one.example");
      rig.accept("ben@example.org", "b" + i + "@one.example");
    }
    assertThat(rig.carriedTo()).hasSize(11).containsOnlyOnce("a0").contains("b0", "b9");
  }

  @Test
  void isSaidOfEachLoginWhetherItIsLetIn() {
    var rig = new Rig(RELAY);
    rig.carrier.routeAll("smart.example:587");
    rig.carrier.login(MailAddress::localPart);
    rig.carrier.answer((load, recipient) ->
        load.sender().orElseThrow().localPart().equals("ann")
            ? ScriptedCarrier.loginRefused().apply(load, recipient)
            : ScriptedCarrier.deferred().apply(load, recipient));
    for (int i = 0; i < 10; i++) {
      rig.accept("ann@example.org", "a" + i + "@one.example");
    }
    DestinationState all = rig.spool.administration().destinations().getFirst();
    assertThat(all.leftAloneUntil()).as("nobody else wants to go there").isPresent();
    rig.accept("ben@example.org", "b@one.example");

    DestinationState state = rig.spool.administration().destinations().getFirst();

    assertThat(state.recipients()).isEqualTo(11);
    assertThat(state.shutOut()).isTrue();
    assertThat(state.leftAloneUntil()).isEmpty();
    assertThat(state.failures()).isZero();
    assertThat(state.doors())
        .extracting(DestinationState.Door::name, DestinationState.Door::recipients)
        .containsExactly(tuple(Optional.of("ann"), 10L), tuple(Optional.of("ben"), 1L));
    assertThat(state.doors().getFirst().leftAloneUntil()).isPresent();
    assertThat(state.doors().getFirst().answer().orElseThrow().text()).contains("535");
    assertThat(state.doors().getLast().leftAloneUntil()).isEmpty();
  }

  /// DANE or MTA-STS: what they do not prove is the same for each mail that asks for it.
  @Test
  void serversThatDoNotProveThemselvesAreNotAskedForEachMail() {
    var rig = new Rig(RELAY);
    rig.carrier.answer((load, _) ->
        load.options().wishes().tls() == Wishes.Tls.OPTIONAL
            ? new Carrier.Answer.Delivered("mx.one.example", "250", true)
            : new Carrier.Answer.Deferred(
                "4.7.5",
                Optional.of("mx.one.example"),
                "TLS failed",
                "",
                Carrier.Answer.Extent.DOOR));
    for (int i = 0; i < 100; i++) {
      rig.accept("ann@example.org", "x" + i + "@one.example");
    }
    assertThat(rig.carrier.loads()).hasSize(1);
    var open = new Wishes(Wishes.Tls.OPTIONAL, 0, Optional.empty(), Optional.empty());
    rig.accept(
        "ann@example.org",
        "Subject: hi\r\n\r\n",
        new NewMail.Options(false, false, Optional.empty(), Optional.empty(), open),
        List.of(Recipient.of(MailAddress.of("open@one.example"))));
    assertThat(rig.carriedTo()).hasSize(2).contains("open");
    assertThat(rig.spool.administration().destinations())
        .singleElement()
        .satisfies(one -> {
          assertThat(one.recipients()).isEqualTo(100);
          assertThat(one.shutOut()).isTrue();
          assertThat(one.leftAloneUntil()).isPresent();
        });
    for (int minute = 0; minute < 60; minute++) {
      rig.clock.pass(Duration.ofMinutes(1));
      rig.drain();
    }
    assertThat(rig.carrier.loads()).hasSizeBetween(5, 8);
  }

  /// A newsletter with many recipients is one mail to look up.
  @Test
  void isSaidOfMailThatAsksForLessHoweverManyRecipientsOthersHave() {
    var rig = new Rig(RELAY);
    rig.carrier.answer((load, recipient) ->
        load.options().wishes().tls() == Wishes.Tls.OPTIONAL
            ? ScriptedCarrier.deferred().apply(load, recipient)
            : new Carrier.Answer.Deferred(
                "4.7.5",
                Optional.of("mx.one.example"),
                "TLS failed",
                "",
                Carrier.Answer.Extent.DOOR));
    rig.accept(
        "ann@example.org",
        "Subject: news\r\n\r\n",
        NewMail.Options.NONE,
        IntStream.range(0, 10_001)
            .mapToObj(i -> Recipient.of(MailAddress.of("x" + i + "@one.example")))
            .toList());
    var open = new Wishes(Wishes.Tls.OPTIONAL, 0, Optional.empty(), Optional.empty());
    rig.accept(
        "ann@example.org",
        "Subject: hi\r\n\r\n",
        new NewMail.Options(false, false, Optional.empty(), Optional.empty(), open),
        List.of(Recipient.of(MailAddress.of("open@one.example"))));

    DestinationState state = rig.spool.administration().destinations().getFirst();

    assertThat(state.doors())
        .extracting(DestinationState.Door::name, DestinationState.Door::recipients)
        .containsExactly(
            tuple(Optional.empty(), 10_001L),
            tuple(Optional.of(Destinations.Key.WITHOUT_POLICY), 1L));
    assertThat(state.leftAloneUntil()).as("of all that waits").isEmpty();
  }

  /// One at a time, and not the moment after the last one was refused: the order may be for all.
  @Test
  void aLoginThatWasRefusedIsTriedAgainWhenTheOperatorSaysSo() {
    var rig = new Rig(RELAY);
    rig.carrier.routeAll("smart.example:587");
    rig.carrier.answer(ScriptedCarrier.loginRefused());
    List<MailId> mails = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      mails.add(rig.accept("ann@example.org", "x" + i + "@one.example"));
    }
    rig.clock.pass(Duration.ofSeconds(30));
    for (MailId mail : mails) {
      rig.spool.administration().carryOut(new QueueOrder.Retry(), mail, QueueFilter.ALL);
      rig.drain();
    }
    assertThat(rig.carrier.loads()).as("refused once more").hasSize(2);

    rig.carrier.answer((_, _) -> new Carrier.Answer.Delivered("smart.example", "250", true));
    rig.clock.pass(Duration.ofSeconds(1));
    rig.spool.waysChanged();
    for (MailId mail : mails) {
      rig.spool.administration().carryOut(new QueueOrder.Retry(), mail, QueueFilter.ALL);
      rig.drain();
    }
    rig.assertEmpty();
  }

  /// Such as what a route sends out from an address that is gone: others go another way.
  @Test
  void whatCouldNotBeTriedSaysNothingOfItsDestination() {
    var rig = new Rig(RELAY);
    rig.carrier.answer((load, recipient) ->
        recipient.address().localPart().equals("bad")
            ? new Carrier.Answer.Deferred(
                "4.4.1", Optional.empty(), "No such address", "", Carrier.Answer.Extent.NOWHERE)
            : ScriptedCarrier.unreachable().apply(load, recipient));
    rig.accept("", "bad@one.example");
    rig.accept("", "x@one.example");
    assertThat(rig.carriedTo()).containsExactly("bad", "x");
    assertThat(rig.spool.administration().unreachable()).hasSize(1);
    rig.clock.pass(Duration.ofHours(1));
    rig.drain();
    assertThat(rig.spool.administration().unreachable()).as("nor that it is back").hasSize(1);
  }

  /// Who writes to twenty people what is too large for their server is no spammer for that.
  @Test
  void onlyWhatTheServerItselfSaysIsARefusal() {
    var rig = new Rig(RELAY);
    List<MailAddress> refused = new ArrayList<>();
    rig.spool.watchRefusals(refused::add);
    rig.carrier.answer((_, recipient) ->
        new Carrier.Answer.Failed(
            "5.3.4",
            Optional.of("mx.example"),
            recipient.address().localPart().equals("large")
                ? "mx.example takes no messages over 1000 bytes"
                : "552 5.3.4 Too large"));
    for (String name : List.of("large", "refused")) {
      rig.spool.accept(
          rig.spool.newId(),
          new NewMail(
              Optional.empty(),
              List.of(Recipient.of(MailAddress.of(name + "@one.example"))),
              rig.store("Subject: x\r\n\r\nx\r\n"),
              "",
              List.of(),
              NewMail.Options.NONE,
              new Origin(
                  Optional.empty(),
                  "",
                  Optional.of(MailAddress.of(name + "@example.org")),
                  "ESMTPSA",
                  "c1",
                  rig.clock.instant())));
    }
    rig.drain();
    assertThat(refused).containsExactly(MailAddress.of("refused@example.org"));
  }

  @Test
  void aMailWhoseWayCouldNotBeFoundIsLookedAtAgain() {
    var rig = new Rig(RELAY);
    rig.drain();
    rig.carrier.beforeWay(() -> {
      throw new IllegalStateException("bug");
    });
    rig.accept("ann@example.org", "x@one.example");
    assertThat(rig.carrier.loads()).isEmpty();
    rig.carrier.beforeWay(() -> {});
    rig.clock.pass(Duration.ofSeconds(10));
    rig.drain();
    assertThat(rig.carriedTo()).containsExactly("x");
    rig.assertEmpty();
  }

  /// Fifty stand in line, and the line does not move; the others come and ask.
  @Test
  void whatWaitsForItsTurnIsToldOfAndGivenUpInTime() {
    var rig = new Rig(KEEPING_REPORTS);
    rig.carrier.pace(new Carrier.Pace(0, 1, Duration.ofDays(30), Duration.ZERO));
    for (int i = 0; i < 55; i++) {
      rig.accept("", "x" + i + "@slow.example");
    }
    accept(rig, "told", inTime(rig, Duration.ofMinutes(10), false));
    accept(rig, "returned", inTime(rig, Duration.ofMinutes(10), true));
    accept(rig, "usual", Wishes.NONE);

    rig.clock.pass(Duration.ofMinutes(10));
    rig.drain();
    assertThat(actions(rig, "told")).containsExactly("delayed");
    assertThat(actions(rig, "returned")).containsExactly("failed");
    assertThat(actions(rig, "usual")).isEmpty();

    for (int hour = 0; hour < 5; hour++) {
      rig.clock.pass(Duration.ofHours(1));
      rig.drain();
    }
    assertThat(actions(rig, "usual")).containsExactly("delayed");
    for (int hour = 5; hour < 24 * 5 + 1; hour++) {
      rig.clock.pass(Duration.ofHours(1));
      rig.drain();
    }
    assertThat(actions(rig, "usual")).containsExactly("delayed", "failed");
    assertThat(actions(rig, "told")).containsExactly("delayed", "failed");
    assertThat(rig.carrier.loads()).hasSize(1);
  }

  /// Its sender hears what the other side said, and not of the line in which it stood afterwards.
  @Test
  void whatWasTriedIsGivenUpForWhatWasSaidThen() {
    var rig = new Rig(KEEPING_REPORTS);
    rig.carrier.pace(new Carrier.Pace(0, 1, Duration.ofDays(30), Duration.ZERO));
    rig.carrier.answer(
        (_, _) -> new Carrier.Answer.Deferred("4.2.0", Optional.of("mx"), "450 not at full moon"));
    accept(rig, "ann", Wishes.NONE);
    for (int i = 0; i < 55; i++) {
      rig.accept("", "x" + i + "@slow.example");
    }
    for (int hour = 0; hour < 24 * 5 + 1; hour++) {
      rig.clock.pass(Duration.ofHours(1));
      rig.drain();
    }
    assertThat(rig.carrier.loads()).hasSize(1);
    assertThat(actions(rig, "ann")).containsExactly("delayed", "failed");
    assertThat(rig.delivered)
        .allSatisfy(report -> assertThat(report.text()).contains("not at full moon"));
  }

  @Test
  void whatStandsInLineIsToldOfAndReturnedInTime() {
    var rig = new Rig(KEEPING_REPORTS);
    rig.carrier.pace(new Carrier.Pace(0, 1, Duration.ofDays(30), Duration.ZERO));
    accept(rig, "first", Wishes.NONE);
    var soon = Duration.ofMillis(200);
    accept(rig, "usual", Wishes.NONE);
    accept(rig, "told", inTime(rig, soon, false));
    accept(rig, "returned", inTime(rig, soon, true));
    rig.clock.pass(soon);

    Rig.await(
        "both senders have heard of it",
        () -> {
          rig.drain();
          return rig.delivered.size() >= 2;
        });
    assertThat(actions(rig, "told")).containsExactly("delayed");
    assertThat(actions(rig, "returned")).containsExactly("failed");
    assertThat(actions(rig, "usual")).isEmpty();
    assertThat(rig.carriedTo()).containsExactly("first");
  }

  private static Wishes inTime(Rig rig, Duration time, boolean returned) {
    var by = new Wishes.DeliverBy(rig.clock.instant().plus(time), returned, false);
    return new Wishes(Wishes.Tls.USUAL, 0, Optional.empty(), Optional.of(by));
  }

  private static void accept(Rig rig, String name, Wishes wishes) {
    rig.accept(
        name + "@example.org",
        "Subject: hi\r\n\r\nbody\r\n",
        new NewMail.Options(false, false, Optional.empty(), Optional.empty(), wishes),
        List.of(Recipient.of(MailAddress.of(name + "@slow.example"))));
  }

  /// What the reports say that this sender has got.
  private static List<String> actions(Rig rig, String sender) {
    return rig.delivered.stream()
        .filter(report -> report.recipient().equals(sender + "@example.org"))
        .map(report -> report.text().contains("Action: delayed") ? "delayed" : "failed")
        .toList();
  }

  @Test
  void whoFindsNoRoomComesBackWhenItIsTheirTurn() {
    List<Custody.Claim> started = new ArrayList<>();
    var rig = new Rig(RELAY);
    var destinations =
        new Destinations(
            10, 2, (_, load) -> started.add(load), (_, _) -> {}, _ -> Instant.MAX, (_, _) -> {});
    var key = new Destinations.Key("busy.example", Carrier.Pace.USUAL);
    var now = Instant.parse("2026-11-22T12:00:00Z");
    var form = new MailForm(0, Optional.empty(), rig.store("\r\n").id(), "", List.of(), Map.of());
    var row =
        Rows.row(
            0,
            0,
            Recipient.of(MailAddress.of("x@busy.example")),
            new RecipientState.Waiting(new RecipientState.Place("root", "")),
            now);
    var mail =
        new Custody.Claim(
            new Custody(
                new QueuedMail(
                    new MailId("m1"),
                    Rows.arrival(ORIGIN, NewMail.Options.NONE),
                    List.of(form),
                    List.of(row),
                    Set.of()),
                rig.contents),
            List.of(row));
    List<Instant> turns = new ArrayList<>();
    int share = 667;
    for (int i = 0; i < 2 + share + 600; i++) {
      if (destinations.ask(key, Carrier.Pace.USUAL, mail, now)
          instanceof Destinations.Permission.LeftAlone(Instant until, var why)) {
        assertThat(why).isEmpty();
        turns.add(until);
      }
    }
    assertThat(started).hasSize(2);
    assertThat(turns).hasSize(600).isSorted();
    assertThat(Duration.between(turns.getFirst(), turns.getLast()))
        .as("two at a time, each about a second")
        .isBetween(Duration.ofSeconds(250), Duration.ofSeconds(350));
    destinations.finished(key, mail, Duration.ofSeconds(1), new Lesson.Reached(), now);
    assertThat(started).hasSize(3);
  }

  private static final Origin ORIGIN =
      new Origin(
          Optional.empty(),
          "",
          Optional.empty(),
          "local",
          "c1",
          Instant.parse("2026-11-22T12:00:00Z"));

  private static void start(Runnable work) {
    Thread.ofVirtual().start(work);
  }
}
