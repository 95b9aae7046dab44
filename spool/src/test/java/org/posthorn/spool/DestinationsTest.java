package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.ContentId;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.Wishes;

/// How many loads are on the way to a destination at once.
final class DestinationsTest {
  private static final int MAX = 20;
  private static final Destinations.Key KEY =
      new Destinations.Key("busy.example", Carrier.Pace.USUAL);

  private final List<Custody.Claim> started = new ArrayList<>();
  private final List<Custody.Claim> sentBack = new ArrayList<>();
  private final Map<Custody.Claim, Instant> patience = new HashMap<>();
  private final Deque<Timed> timers = new ArrayDeque<>();
  private final Destinations destinations =
      new Destinations(
          100,
          MAX,
          (_, load) -> begin(load),
          (load, _) -> sentBack.add(load),
          load -> Objects.requireNonNull(patience.getOrDefault(load, Instant.MAX)),
          (delay, wake) -> timers.add(new Timed(delay, wake)));
  private Carrier.Pace pace = Carrier.Pace.USUAL;
  private Instant now = Instant.parse("2026-11-22T12:00:00Z");

  private boolean hasThreads = true;

  private record Timed(Duration delay, Runnable wake) {}

  @Test
  void getNeverMoreInAnyTimeThanTheirRouteAllows() {
    pace = new Carrier.Pace(0, 3, Duration.ofSeconds(60), Duration.ZERO);
    List<Instant> begun = new ArrayList<>();
    offer(12);
    take(begun);
    while (begun.size() < 12) {
      Timed next = timers.removeFirst();
      now = now.plus(next.delay());
      next.wake().run();
      take(begun);
    }
    for (int i = 3; i < begun.size(); i++) {
      assertThat(Duration.between(begun.get(i - 3), begun.get(i))).isEqualTo(pace.per());
    }
    assertThat(timers).isEmpty();
  }

  @Test
  void waitBetweenTwoMailsAsTheirRouteSays() {
    pace = new Carrier.Pace(0, 0, Duration.ofSeconds(60), Duration.ofSeconds(5));
    offer(3);
    assertThat(underway()).isEqualTo(1);
    finish(new Lesson.Reached());
    assertThat(underway()).isZero();
    assertThat(timers).hasSize(1);
    now = now.plusSeconds(5);
    Timed timer = timers.removeFirst();
    assertThat(timer.delay()).isEqualTo(Duration.ofSeconds(5));
    timer.wake().run();
    assertThat(underway()).isEqualTo(1);
  }

  @Test
  void haveNoMoreConnectionsThanTheirRouteAllowsAndLeaveRoomForOthers() {
    pace = new Carrier.Pace(1, 1, Duration.ofSeconds(60), Duration.ZERO);
    List<Instant> turns = new ArrayList<>();
    for (int i = 0; i < 61; i++) {
      if (destinations.ask(KEY, pace, mail(), now)
          instanceof Destinations.Permission.LeftAlone(Instant until, var _)) {
        turns.add(until);
      }
    }
    assertThat(underway()).isEqualTo(1);
    assertThat(turns).hasSize(10);
    for (int i = 1; i < turns.size(); i++) {
      assertThat(Duration.between(turns.get(i - 1), turns.get(i))).isEqualTo(pace.per());
    }
  }

  @Test
  void beginWithFewAndGrowWithEachThatGetsThrough() {
    offer(100);
    assertThat(underway()).isEqualTo(2);
    for (int i = 1; i <= MAX; i++) {
      finish(new Lesson.Reached());
      assertThat(underway()).isEqualTo(Math.min(MAX, 2 + i));
    }
  }

  @Test
  void areHalvedOnceForAllThatWereUnderWayWhenTheDestinationHadTooMuch() {
    offer(1_000);
    for (int i = 0; i < MAX; i++) {
      finish(new Lesson.Reached());
    }
    for (int i = 0; i < MAX; i++) {
      finish(new Lesson.Crowded());
    }
    assertThat(atOnce()).isEqualTo(MAX / 2);
    assertThat(underway()).isEqualTo(MAX / 2);
    now = now.plusSeconds(10);
    finish(new Lesson.Crowded());
    assertThat(atOnce()).isEqualTo(MAX / 4);
  }

  @Test
  void growSlowlyAfterTheDestinationHadTooMuch() {
    offer(1_000);
    for (int i = 0; i < 6; i++) {
      finish(new Lesson.Reached());
    }
    finish(new Lesson.Crowded());
    assertThat(atOnce()).isEqualTo(4);
    for (int i = 0; i < 4; i++) {
      assertThat(atOnce()).isEqualTo(4);
      finish(new Lesson.Reached());
    }
    assertThat(atOnce()).isEqualTo(5);
  }

  @Test
  void areNeverNone() {
    offer(100);
    for (int i = 0; i < 5; i++) {
      now = now.plusSeconds(10);
      finish(new Lesson.Crowded());
    }
    assertThat(atOnce()).isEqualTo(1);
    assertThat(underway()).isEqualTo(1);
  }

  @Test
  void beginWithFewAgainAfterNobodyCouldBeReached() {
    offer(1_000);
    for (int i = 0; i < MAX; i++) {
      finish(new Lesson.Reached());
    }
    finish(new Lesson.Unreachable(refused()));
    assertThat(atOnce()).isEqualTo(1);
    finish(new Lesson.Reached());
    assertThat(atOnce()).isEqualTo(3);
  }

  /// The host takes the others.
  @Test
  void sendBackFromTheLineThoseWithTheLoginThatIsRefused() {
    var ann = new Destinations.Key(KEY.name(), KEY.pace(), Optional.of("ann"));
    var ben = new Destinations.Key(KEY.name(), KEY.pace(), Optional.of("ben"));
    destinations.ask(ann, pace, mail(), now);
    destinations.ask(ann, pace, mail(), now);
    Custody.Claim ofAnn = mail();
    Custody.Claim ofBen = mail();
    destinations.ask(ann, pace, ofAnn, now);
    destinations.ask(ben, pace, ofBen, now);
    destinations.finished(ann, mail(), Duration.ofSeconds(1), new Lesson.ShutOut(refused()), now);
    assertThat(sentBack).containsExactly(ofAnn);
    assertThat(started).hasSize(3).contains(ofBen);
    assertThat(destinations.ask(ann, pace, mail(), now))
        .isInstanceOf(Destinations.Permission.LeftAlone.class);
    assertThat(destinations.standings(now)).hasSize(1);
    assertThat(destinations.leftAlone(now)).hasSize(1);
    now = now.minus(Duration.ofHours(2));
    assertThat(destinations.leftAlone(now)).as("after the clock was set back").isEmpty();
    assertThat(destinations.ask(ann, pace, mail(), now))
        .isInstanceOf(Destinations.Permission.Granted.class);
  }

  /// As when it is too busy to look at the login: what that is worth it has not said.
  @Test
  void openNoDoorBecauseTheyHadTooMuch() {
    offer(1);
    finish(new Lesson.ShutOut(refused()));
    now = now.plusSeconds(61);
    offer(1);
    finish(new Lesson.Crowded());
    offer(1);
    assertThat(started).hasSize(2);
    now = now.plusSeconds(31);
    offer(1);
    finish(new Lesson.Reached());
    offer(1);
    assertThat(started).hasSize(4);
  }

  /// Those went over connections of before the password was another, and say nothing of it.
  @Test
  void openNoDoorForThoseThatWereOnTheirWayWhenALoginWasRefused() {
    offer(2);
    finish(new Lesson.ShutOut(wrongLogin()));
    finish(new Lesson.Reached());
    offer(1);
    assertThat(started).hasSize(2);
    assertThat(standing().shutOut()).isTrue();
    now = now.plusSeconds(61);
    offer(1);
    assertThat(started).hasSize(3);
    finish(new Lesson.Reached());
    offer(1);
    assertThat(started).hasSize(4);
    assertThat(standing().shutOut()).isFalse();
  }

  /// As behind one name with several machines, of which one has a certificate that has ended.
  @Test
  void areNotShutByOneInManyThatDoesNotProveItself() {
    for (int i = 0; i < 10; i++) {
      offer(1);
      finish(new Lesson.Reached());
      offer(2);
      finish(new Lesson.ShutOut(unproven()));
      finish(new Lesson.ShutOut(unproven()));
      assertThat(standing().shutOut()).isFalse();
    }
    assertThat(started).hasSize(30);
    offer(1);
    finish(new Lesson.ShutOut(unproven()));
    assertThat(standing().shutOut()).as("three in a row").isTrue();
    now = now.plusSeconds(61);
    offer(1);
    finish(new Lesson.ShutOut(unproven()));
    assertThat(standing().failures()).as("as many as before were let in").isEqualTo(2);
  }

  private QueuedRecipient.Answer unproven() {
    return new QueuedRecipient.Answer(
        "4.7.5", Optional.of("mx.example"), "TLS failed: it has expired", now, false);
  }

  private QueuedRecipient.Answer wrongLogin() {
    return new QueuedRecipient.Answer(
        "4.7.8", Optional.of("smart.example"), "Login failed: 535 5.7.8 Wrong", now, false);
  }

  @Test
  void areHalvedAlsoWhenTheyHaveTooMuchAtTheDoor() {
    offer(1_000);
    for (int i = 0; i < MAX; i++) {
      finish(new Lesson.Reached());
    }
    finish(
        new Lesson.ShutOut(
            new QueuedRecipient.Answer(
                "4.7.0", Optional.of("smart.example"), "421 4.7.0 Too many", now, false)));
    assertThat(atOnce()).isEqualTo(MAX / 2);
    assertThat(sentBack).isNotEmpty();
  }

  /// The password may be right by now.
  @Test
  void areNotShutByThoseThatSetOutBeforeLoginsChanged() {
    offer(2);
    now = now.plusMillis(500);
    destinations.startAnew(now);
    now = now.plusMillis(100);
    offer(1);
    finish(new Lesson.ShutOut(refused()));
    assertThat(sentBack).isEmpty();
    assertThat(started).hasSize(3);
    assertThat(standing().failures()).isZero();
    now = now.plusSeconds(5);
    finish(new Lesson.ShutOut(refused()));
    offer(1);
    assertThat(started).hasSize(3);
    assertThat(standing().failures()).isEqualTo(1);
  }

  @Test
  void areNotSaidToBeShutOnceLoginsChanged() {
    offer(1);
    finish(new Lesson.ShutOut(refused()));
    assertThat(standing().shutOut()).isTrue();
    destinations.startAnew(now);
    assertThat(standing().shutOut()).isFalse();
    assertThat(standing().failures()).isZero();
    offer(1);
    now = now.plusSeconds(2);
    finish(new Lesson.ShutOut(refused()));
    assertThat(standing().shutOut()).isTrue();
    assertThat(standing().failures()).as("it is left alone for longer").isEqualTo(2);
  }

  @Test
  void areSaidToBeShutWithTheLoginThatIsRefusedNow() {
    var ann = new Destinations.Key(KEY.name(), KEY.pace(), Optional.of("ann"));
    var ben = new Destinations.Key(KEY.name(), KEY.pace(), Optional.of("ben"));
    for (var key : List.of(ann, ann, ben)) {
      destinations.ask(key, pace, mail(), now);
      destinations.finished(key, mail(), Duration.ofSeconds(1), new Lesson.ShutOut(refused()), now);
      now = now.plusSeconds(130);
    }
    now = now.minusSeconds(130);
    assertThat(standing().failures()).isEqualTo(1);
    assertThat(destinations.leftAlone(now)).containsEntry(KEY.name(), now.plusSeconds(60));
  }

  @Test
  void areComeToInOtherWaysWithAndWithoutTls() {
    var ways = new Ways(new ScriptedCarrier());
    assertThat(
            List.of("STARTTLS", "OPPORTUNISTIC").stream()
                .map(tls -> new RecipientState.Via("smart.example", 25, tls, Optional.empty()))
                .map(via -> new RecipientState.Outgoing(Domain.of("x.example"), Optional.of(via)))
                .map(state -> key(ways.of(Optional.empty(), state))))
        .doesNotHaveDuplicates();
  }

  @Test
  void callTheOthersWhenOneWasTakenOutOfTheLine() {
    offer(2);
    Custody.Claim one = mail();
    Custody.Claim other = mail();
    destinations.ask(KEY, pace, one, now);
    destinations.ask(KEY, pace, other, now);
    assertThat(destinations.inLine(one.custody())).containsExactly(0);
    assertThat(destinations.takeOut(one.custody(), Set.of(1))).isEmpty();

    assertThat(destinations.takeOut(one.custody(), Set.of(0))).containsExactly(one);

    assertThat(destinations.inLine(one.custody())).isEmpty();
    assertThat(destinations.takeOut(one.custody(), Set.of(0))).isEmpty();
    finish(new Lesson.Reached());
    finish(new Lesson.Reached());
    assertThat(started).hasSize(3).contains(other).doesNotContain(one);
  }

  /// Else the room would be used up after a while.
  @Test
  void haveRoomForAnotherWhenOneWasTakenOutOfTheLine() {
    offer(2);
    for (int i = 0; i < 3_000; i++) {
      Custody.Claim load = mail();
      assertThat(destinations.ask(KEY, pace, load, now))
          .isInstanceOf(Destinations.Permission.Granted.class);
      assertThat(destinations.takeOut(load.custody(), Set.of(0))).hasSize(1);
    }
  }

  @Test
  void sendBackWhatWaitsWhenNobodyCouldBeReached() {
    offer(100);
    finish(new Lesson.Unreachable(refused()));
    finish(new Lesson.Unreachable(refused()));
    assertThat(started).hasSize(2);
    assertThat(sentBack).hasSize(98);
    assertThat(underway()).isZero();
  }

  @Test
  void sendBackWhatWaitsAndTakeAnotherPaceWhenWaysHaveChanged() {
    pace = new Carrier.Pace(1, 0, Duration.ofSeconds(60), Duration.ZERO);
    offer(5);
    assertThat(underway()).isEqualTo(1);
    destinations.startAnew(now);
    assertThat(sentBack).hasSize(4);
    finish(new Lesson.Reached());
    pace = Carrier.Pace.USUAL;
    offer(5);
    assertThat(underway()).isEqualTo(3);
  }

  /// 667 wait and take 30 ms each, ten at a time: 2 s. Who comes back after 30 s leaves the
  /// destination idle for most of them.
  @Test
  void callThoseThatFoundNoRoomBeforeTheyAreIdle() {
    offer(2);
    for (int i = 0; i < 200; i++) {
      destinations.finished(KEY, mail(), Duration.ofMillis(30), new Lesson.Reached(), now);
      offer(1);
    }
    for (int i = 0; i < 900; i++) {
      if (destinations.ask(KEY, pace, mail(), now)
          instanceof Destinations.Permission.LeftAlone(Instant until, var _)) {
        assertThat(until).isBeforeOrEqualTo(now.plusSeconds(3));
      }
    }
  }

  /// A millisecond each, then all connections say nothing for half a minute, as when the machine is
  /// busy with something else: thousands that come then are not put off for an hour.
  @Test
  void areNotPutOffForLongBecauseOfOneStall() {
    offer(600);
    for (int i = 0; i < 400; i++) {
      now = now.plusMillis(1);
      destinations.finished(KEY, mail(), Duration.ofMillis(20), new Lesson.Reached(), now);
      offer(1);
    }
    now = now.plusSeconds(30);
    for (int i = 0; i < MAX; i++) {
      destinations.finished(KEY, mail(), Duration.ofSeconds(30), new Lesson.Reached(), now);
      offer(1);
    }
    for (int i = 0; i < 3_000; i++) {
      if (destinations.ask(KEY, pace, mail(), now)
          instanceof Destinations.Permission.LeftAlone(Instant until, var _)) {
        assertThat(until).isBeforeOrEqualTo(now.plusSeconds(30));
      }
    }
  }

  @Test
  void keepTheRoomOfALoadForWhichThereIsNoThread() {
    offer(3);
    int many = underway();
    hasThreads = false;
    finish(new Lesson.Reached());
    assertThat(sentBack).as("waited in line").hasSize(1);
    assertThat(underway()).isEqualTo(many - 1);
    assertThat(destinations.ask(KEY, pace, mail(), now))
        .isEqualTo(new Destinations.Permission.LeftAlone(now.plusSeconds(10), Optional.empty()));
    assertThat(underway()).isEqualTo(many - 1);

    hasThreads = true;
    offer(1);
    assertThat(underway()).isEqualTo(many);
  }

  @Test
  void giveBackInTimeWhatMustNotWaitAnyLonger() {
    offer(2);
    Custody.Claim soon = mail();
    Custody.Claim later = mail();
    Custody.Claim usual = mail();
    patience.put(later, now.plusSeconds(100));
    patience.put(soon, now.plusSeconds(30));
    List.of(later, usual, soon).forEach(load -> destinations.ask(KEY, pace, load, now));

    Timed first = timers.removeLast();
    assertThat(first.delay()).isEqualTo(Duration.ofSeconds(30));
    first.wake().run();
    assertThat(sentBack).containsExactly(soon);
    now = now.plusSeconds(60);
    timers.removeFirst().wake().run();
    assertThat(sentBack).containsExactly(soon);
    now = now.plusSeconds(40);
    while (!timers.isEmpty()) {
      timers.removeFirst().wake().run();
    }
    assertThat(sentBack).containsExactly(soon, later);
    assertThat(destinations.inLine(usual.custody())).containsExactly(0);

    assertThat(destinations.ask(KEY, pace, soon, now))
        .isInstanceOf(Destinations.Permission.LeftAlone.class);
  }

  /// Two senders, say, of whom one is to go slowly.
  @Test
  void keepTheLimitsOfTwoRoutesToOneDomainApart() {
    var slow = new Carrier.Pace(0, 3, Duration.ofSeconds(60), Duration.ZERO);
    var fast = new Carrier.Pace(3, 0, Duration.ofSeconds(60), Duration.ZERO);
    List<Custody.Claim> slowMails = new ArrayList<>();
    int fastBegun = 0;
    int slowBegun = 0;
    for (int i = 0; i < 10; i++) {
      slowMails.add(mail());
      destinations.ask(keyOf(slow), slow, slowMails.getLast(), now);
      destinations.ask(keyOf(fast), fast, mail(), now);
      while (!started.isEmpty()) {
        Custody.Claim load = started.removeFirst();
        boolean isSlow = slowMails.contains(load);
        slowBegun += isSlow ? 1 : 0;
        fastBegun += isSlow ? 0 : 1;
        destinations.finished(
            keyOf(isSlow ? slow : fast), load, Duration.ofSeconds(1), new Lesson.Reached(), now);
      }
    }
    assertThat(slowBegun).isEqualTo(3);
    assertThat(fastBegun).isEqualTo(10);
  }

  private static Destinations.Key keyOf(Carrier.Pace pace) {
    return key(new Carrier.Way("busy.example", "its MX", "", pace, false, 0, Optional.empty()));
  }

  private static Destinations.Key key(Carrier.Way way) {
    return Destinations.Key.of(way, Optional.empty(), Wishes.NONE);
  }

  @Test
  void areNotLeftAloneForLongerWhenTheClockIsSetBack() {
    offer(1);
    finish(new Lesson.Unreachable(refused()));
    offer(1);
    assertThat(started).hasSize(1);
    now = now.minus(Duration.ofHours(2));
    assertThat(destinations.leftAlone(now)).isEmpty();
    offer(1);
    assertThat(started).hasSize(2);
  }

  @Test
  void goOnByTheirPaceWhenTheClockIsSetBack() {
    for (Carrier.Pace each :
        List.of(
            new Carrier.Pace(0, 1, Duration.ofSeconds(60), Duration.ZERO),
            new Carrier.Pace(0, 0, Duration.ofSeconds(60), Duration.ofSeconds(5)))) {
      pace = each;
      destinations.startAnew(now);
      offer(1);
      finish(new Lesson.Reached());
      started.clear();
      now = now.minus(Duration.ofHours(2));
      offer(1);
      Timed timer = timers.removeFirst();
      assertThat(timer.delay()).isEqualTo(pace.mails() > 0 ? pace.per() : pace.pause());
      now = now.plus(timer.delay());
      timer.wake().run();
      assertThat(started).hasSize(1);
      finish(new Lesson.Reached());
    }
  }

  @Test
  void areHalvedAlsoAfterTheClockWasSetBack() {
    offer(1_000);
    for (int i = 0; i < MAX; i++) {
      finish(new Lesson.Reached());
    }
    finish(new Lesson.Crowded());
    assertThat(atOnce()).isEqualTo(MAX / 2);
    now = now.minus(Duration.ofHours(2));
    finish(new Lesson.Crowded());
    assertThat(atOnce()).isEqualTo(MAX / 4);
  }

  private void begin(Custody.Claim load) {
    if (!hasThreads) {
      throw new RejectedExecutionException("No thread to be had");
    }
    started.add(load);
  }

  private QueuedRecipient.Answer refused() {
    return new QueuedRecipient.Answer("4.4.1", Optional.empty(), "Connection refused", now, false);
  }

  /// Ends all that were started, until no more are.
  private void take(List<Instant> begun) {
    while (!started.isEmpty()) {
      begun.add(now);
      started.removeFirst();
      finish(new Lesson.Reached());
    }
  }

  private void offer(int count) {
    for (int i = 0; i < count; i++) {
      destinations.ask(KEY, pace, mail(), now);
    }
  }

  /// Each load took a second.
  private void finish(Lesson result) {
    destinations.finished(KEY, mail(), Duration.ofSeconds(1), result, now);
  }

  private int underway() {
    return destinations.underwayCount();
  }

  private int atOnce() {
    return standing().atOnceMax();
  }

  private DestinationStanding standing() {
    return Objects.requireNonNull(destinations.standings(now).get(KEY.name()));
  }

  private static Custody.Claim mail() {
    var origin =
        new Origin(
            Optional.empty(),
            "",
            Optional.empty(),
            "local",
            "c1",
            Instant.parse("2026-11-22T12:00:00Z"));
    QueuedRecipient row =
        Rows.row(
            0,
            0,
            Recipient.of(MailAddress.of("x@example.com")),
            new RecipientState.Outgoing(Domain.of("example.com"), Optional.empty()),
            origin.received());
    var form = new MailForm(0, Optional.empty(), new ContentId("c1"), "", List.of(), Map.of());
    return new Custody.Claim(
        new Custody(
            new QueuedMail(
                new MailId("m1"),
                Rows.arrival(origin, NewMail.Options.NONE),
                List.of(form),
                List.of(row),
                Set.of()),
            new InMemoryContentStore()),
        List.of(row));
  }
}
