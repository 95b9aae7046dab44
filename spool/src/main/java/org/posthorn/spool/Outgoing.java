package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Carrier.Answer;
import org.posthorn.spool.chain.Chain;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RecipientState.Place;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The outgoing queue: hands recipients of one mail that go the same way to the [Carrier] and
/// writes down what the other side said. Safe for use by many threads.
final class Outgoing {
  private static final Logger log = LoggerFactory.getLogger(Outgoing.class);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);

  private final Carrier carrier;
  private final Ways ways;
  private final Custodies custodies;
  private final Settlement settlement;
  private final Aftermath.Desk desk;
  private final InstantSource clock;
  private volatile Consumer<MailAddress> onRefusal = _ -> {};
  private final Destinations destinations;

  /// `starter` runs what it is given on a thread of its own.
  Outgoing(
      Carrier carrier,
      Custodies custodies,
      Settlement settlement,
      Reports reports,
      Story story,
      InstantSource clock,
      SpoolConfig config,
      Consumer<Runnable> starter) {
    this.carrier = carrier;
    this.ways = new Ways(carrier);
    this.custodies = custodies;
    this.settlement = settlement;
    this.desk =
        new Aftermath.Desk(
            settlement, reports, story, Terms.Kinds.of(config), login -> onRefusal.accept(login));
    this.clock = clock;
    this.destinations =
        new Destinations(
            config.outgoing(),
            config.outgoingPerDestination(),
            (key, load) -> starter.accept(() -> carry(key, load)),
            this::returned,
            this::nextDate,
            Outgoing::wakeAfter);
  }

  /// Whether the time of these recipients is up (RFC 2852): then they are on their way back to the
  /// sender, and released.
  boolean returnsOverdue(Custody.Claim claim) {
    Instant now = clock.instant();
    if (!claim.custody().options().wishes().isOverdue(now) || isAtItsEnd(claim)) {
      return false;
    }
    try {
      var aftermath = new Aftermath(desk, claim, now);
      aftermath.overdue();
      aftermath.settle();
    } finally {
      settlement.release(claim.custody(), claim.numbers());
    }
    return true;
  }

  /// Whether it is being reported already, wherever the chain leads it then, or nobody hears of it
  /// any more.
  private static boolean isAtItsEnd(Custody.Claim claim) {
    return claim.state() instanceof RecipientState.Waiting(Place(String processor, String _))
        && (processor.equals(Chain.BOUNCES)
            || processor.equals(Chain.DEAD_LETTERS)
            || claim.rows().stream().allMatch(Rows::hasFailed));
  }

  /// Recipients of one mail whose way ends at one server go together, whatever their domains are.
  List<Custody.Claim> together(List<Custody.Claim> claims) {
    if (claims.size() < 2) {
      return claims;
    }
    Map<Object, Custody.Claim> bundles = new LinkedHashMap<>();
    for (Custody.Claim claim : claims) {
      bundles.merge(bundle(claim), claim, Custody.Claim::with);
    }
    return List.copyOf(bundles.values());
  }

  private record Bundle(int form, Carrier.Way way) {}

  private Object bundle(Custody.Claim claim) {
    if (claim.state() instanceof RecipientState.Outgoing(_, var via) && via.isEmpty()) {
      Carrier.Way way = way(claim);
      return way.together() ? new Bundle(claim.form(), way) : claim;
    }
    return claim;
  }

  /// Takes over claimed recipients; they are settled and released in the end. Throws when nobody
  /// can tell their way: then they are only released.
  void offer(Custody.Claim load) {
    Carrier.Way way;
    try {
      way = way(load);
    } catch (RuntimeException | Error e) {
      load.letGo();
      throw e;
    }
    Deque<Custody.Claim> left = new ArrayDeque<>(load.pieces(way.counted()));
    try {
      while (!left.isEmpty()) {
        Custody.Claim piece = left.removeFirst();
        custodies.pinAgain(piece.custody());
        switch (destinations.ask(key(piece, way), way.pace(), piece, clock.instant())) {
          case Destinations.Permission.Granted _ -> {}
          case Destinations.Permission.LeftAlone why -> {
            // Those behind it would hear the same, and are written down with it.
            Custody.Claim rest = left.stream().reduce(piece, Custody.Claim::with);
            left.clear();
            sendBack(rest, why);
          }
        }
      }
    } finally {
      left.forEach(Custody.Claim::letGo);
    }
  }

  /// One of many that waited: the others are to come back too, whatever happens to this one.
  private void returned(Custody.Claim load, Destinations.Permission.LeftAlone why) {
    try {
      sendBack(load, why);
    } catch (RuntimeException | Error e) {
      log.atError().addKeyValue("mail", load.custody().id()).setCause(e).log("not-postponed");
    }
  }

  private void sendBack(Custody.Claim load, Destinations.Permission.LeftAlone why) {
    try {
      postpone(load, why);
    } finally {
      custodies.unpin(load.custody());
    }
  }

  /// When something is to be done about one of them, whether their turn has come or not.
  private Instant nextDate(Custody.Claim load) {
    Custody custody = load.custody();
    Terms terms = desk.terms().of(custody.form(load.form()).sender(), load.priority());
    Instant begins = load.begins();
    return load.rows().stream()
        .map(row -> terms.nextDate(custody.options().wishes(), begins, row.delayTold()))
        .min(Comparator.naturalOrder())
        .orElse(Instant.MAX);
  }

  private Carrier.Way way(Custody.Claim load) {
    return ways.of(
        load.custody().form(load.form()).sender(), (RecipientState.Outgoing) load.state());
  }

  private static Destinations.Key key(Custody.Claim load, Carrier.Way way) {
    Custody custody = load.custody();
    return Destinations.Key.of(way, custody.form(load.form()).sender(), custody.options().wishes());
  }

  private static void wakeAfter(Duration delay, Runnable wake) {
    Thread.ofVirtual()
        .name("outgoing-pace")
        .start(() -> {
          try {
            Thread.sleep(delay);
            wake.run();
          } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
          }
        });
  }

  void watchRefusals(Consumer<MailAddress> watch) {
    onRefusal = watch;
  }

  void stop() {
    destinations.stop(load -> {
      settlement.release(load.custody(), load.numbers());
      custodies.unpin(load.custody());
    });
  }

  /// True when nothing is under way any more, false at `deadline` (of `System.nanoTime`).
  boolean awaitIdle(long deadline) throws InterruptedException {
    while (destinations.underwayCount() > 0 && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return destinations.underwayCount() == 0;
  }

  /// Ways are others from now on, for what waits too.
  void waysChanged() {
    destinations.startAnew(clock.instant());
  }

  Ways ways() {
    return ways;
  }

  Reports reports() {
    return desk.reports();
  }

  Destinations destinations() {
    return destinations;
  }

  private void carry(Destinations.Key destination, Custody.Claim load) {
    long begin = System.nanoTime();
    Lesson lesson = new Lesson.Nothing();
    Optional<Map<Recipient, Answer>> answers = Optional.empty();
    boolean settled = false;
    try {
      answers = tried(load);
      Instant now = clock.instant();
      lesson = answers.map(all -> Lesson.of(all, now)).orElse(lesson);
      var aftermath = new Aftermath(desk, load, now);
      answers.ifPresentOrElse(aftermath::answered, aftermath::overdue);
      settle(load, aftermath);
      settled = true;
    } catch (RuntimeException | Error e) {
      log.atError().addKeyValue("mail", load.custody().id()).setCause(e).log("relaying-failed");
      settled = settleQuietly(load, answers.orElse(Map.of()), "Internal error: " + e);
    } finally {
      if (settled) {
        release(load);
      } else { // By its row it is due: it would be sent again and again.
        wakeAfter(AFTER_FAILURE, () -> release(load));
      }
      destinations.finished(
          destination, load, Duration.ofNanos(System.nanoTime() - begin), lesson, clock.instant());
    }
  }

  private void release(Custody.Claim load) {
    settlement.release(load.custody(), load.numbers());
    custodies.unpin(load.custody());
  }

  /// While the store fails this goes on until the spool stops. Then it may have been written, and
  /// what is written now brings recipients back that have their mail: the next start finds out.
  private static void settle(Custody.Claim load, Aftermath aftermath) {
    try {
      aftermath.settle();
    } catch (StorageUnavailable e) {
      log.atWarn().addKeyValue("mail", load.custody().id()).setCause(e).log("stopped-unsettled");
    }
  }

  /// Empty if its time ran out while it waited for its turn.
  private Optional<Map<Recipient, Answer>> tried(Custody.Claim load) {
    return load.custody().options().wishes().isOverdue(clock.instant())
        ? Optional.empty()
        : Optional.of(carrier.carry(load(load)));
  }

  private static Carrier.Load load(Custody.Claim load) {
    Custody custody = load.custody();
    var state = (RecipientState.Outgoing) load.state();
    return new Carrier.Load(
        custody.id(),
        custody.form(load.form()).sender(),
        load.rows().stream().map(Rows::recipient).toList(),
        state.domain(),
        Rows.smarthost(state.via()),
        custody.message(load.form()),
        load.options());
  }

  /// The destination is left alone. The loads that go back together come again a little apart.
  private void postpone(Custody.Claim load, Destinations.Permission.LeftAlone why) {
    try {
      Instant now = clock.instant();
      // Writing down those before it takes its time: it may be over.
      long leftMillis = Math.max(0, Duration.between(now, why.until()).toMillis());
      long jitterMillis = ThreadLocalRandom.current().nextLong(leftMillis / 10 + 1);
      var aftermath = new Aftermath(desk, load, now);
      aftermath.postponed(why.until().plusMillis(jitterMillis), why.why());
      aftermath.settle();
    } finally {
      settlement.release(load.custody(), load.numbers());
    }
  }

  /// Our own mistake, such as a content that is damaged: not the fault of the destination. Who has
  /// the mail by these answers is done all the same. False when that cannot be written down either.
  private boolean settleQuietly(Custody.Claim load, Map<Recipient, Answer> answers, String why) {
    try {
      var aftermath = new Aftermath(desk, load, clock.instant());
      aftermath.gotNowhere(
          answers, new Answer.Deferred("4.3.0", Optional.empty(), why, "", Answer.Extent.NOWHERE));
      aftermath.settle();
      return true;
    } catch (RuntimeException | Error e) {
      log.atError().addKeyValue("mail", load.custody().id()).setCause(e).log("not-settled");
      return false;
    }
  }
}
