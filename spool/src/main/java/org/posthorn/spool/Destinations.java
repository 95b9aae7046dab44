package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.queue.QueuedRecipient.Answer;

/// Says who may be on the way to which destination. Each has a limited number of loads under way;
/// the next ones wait here, up to a limit. That number begins small, grows with each load that gets
/// through, and is halved when the destination says that it has too much: then it grows slowly. A
/// destination that nobody could reach is left alone for a while, and after that one load at a time
/// tries it until one gets through: so a dead host does not cost a try for each mail. Safe for use
/// by many threads.
final class Destinations {
  private static final Duration FIRST_BREAK = Duration.ofSeconds(30);
  private static final Duration LONGEST_BREAK = Duration.ofMinutes(30);
  private static final Duration LONGEST_QUEUE = Duration.ofHours(1);
  private static final int FIRST_AT_ONCE = 2;
  private static final int WAITING_MAX = 1_000;

  /// Of one that is slow on purpose: the others need room too.
  private static final int SLOW_WAITING_MAX = 50;

  private static final int KNOWN_MAX = 50_000;

  private final int inAllMax;
  private final int perDestinationMax;
  private final Consumer<Custody.Claim> start;
  private final Timer timer;

  /// In the order in which they were last used, so that those that nobody asks for go first.
  private final LinkedHashMap<Key, Destination> known = new LinkedHashMap<>(16, 0.75f, true);

  private final ArrayDeque<Destination> ready = new ArrayDeque<>();
  private int underway;
  private int waiting;
  private boolean stopped;

  /// `start` begins to carry a load; it is called without a lock held.
  Destinations(int inAllMax, int perDestinationMax, Consumer<Custody.Claim> start, Timer timer) {
    this.timer = timer;
    this.inAllMax = inAllMax;
    this.perDestinationMax = perDestinationMax;
    this.start = start;
  }

  /// Has [#wake] called after a while, on another thread.
  interface Timer {
    void in(Duration delay, Runnable wake);
  }

  /// What was answered to a load that wants to go.
  sealed interface Permission {
    /// It went, or waits here and will go.
    record Granted() implements Permission {}

    /// Not before `until`: `why` is what came of the last try.
    record LeftAlone(Instant until, Optional<Answer> why) implements Permission {}
  }

  /// What a load tells of its destination.
  sealed interface Result {
    /// Nobody could be reached.
    record Unreachable(Answer why) implements Result {}

    /// It has too much to do, or too many connections.
    record Crowded() implements Result {}

    record Reached() implements Result {}
  }

  /// A domain's MX, or a host that takes all.
  record Key(String name) {
    static Key of(Carrier.Way way) {
      return new Key(way.destination());
    }
  }

  private static final class Destination {
    private final Key key;
    private final Throttle throttle = new Throttle();

    /// Whether a timer will wake it.
    private boolean isTimed;

    private final ByPriority<Custody.Claim> waiting = new ByPriority<>();
    private int underway;
    private int failures;

    /// How many may be under way, while it is reached.
    private int atOnce;

    /// Loads that got through since it last grew; since it was crowded, one is not enough.
    private int successes;

    private boolean wasCrowded;
    private Instant halvedAt = Instant.MIN;
    private Instant leftAloneUntil = Instant.MIN;

    /// How long a load takes, more or less, and when the next one could begin that finds no room
    /// here: so those that are sent back come when their turn is, and not all at once.
    private Duration typical = Duration.ofSeconds(1);

    private Instant nextTurn = Instant.MIN;
    private @Nullable Answer lastFailure;
    private boolean isReady;

    Destination(Key key, int atOnce) {
      this.key = key;
      this.atOnce = atOnce;
    }

    boolean isIdle() {
      return underway == 0 && waiting.isEmpty() && failures == 0;
    }
  }

  Permission ask(Key key, Carrier.Pace pace, Custody.Claim load, Instant now) {
    synchronized (this) {
      Destination destination = destination(key);
      if (!pace.equals(Carrier.Pace.USUAL)) {
        destination.throttle.use(pace);
      }
      if (destination.leftAloneUntil.isAfter(now)) {
        return new Permission.LeftAlone(
            destination.leftAloneUntil, Optional.ofNullable(destination.lastFailure));
      }
      if (stopped || !mayStart(destination, now)) {
        if (stopped || isFull(destination)) {
          return new Permission.LeftAlone(turn(destination, now), Optional.empty());
        }
        destination.waiting.add(load, load.custody().options().wishes().priority());
        waiting++;
        makeReady(destination);
        wakeInTime(destination, now);
        return new Permission.Granted();
      }
      begin(destination, now);
    }
    start.accept(load);
    return new Permission.Granted();
  }

  /// A load came back after `took`. Starts the next ones.
  void finished(Key key, Duration took, Result result, Instant now) {
    synchronized (this) {
      Destination destination = destination(key);
      destination.underway--;
      underway--;
      destination.typical = destination.typical.multipliedBy(7).plus(took).dividedBy(8);
      switch (result) {
        case Result.Unreachable(Answer why) -> failed(destination, why, now);
        case Result.Crowded() -> crowded(destination, now.minus(took), now);
        case Result.Reached() -> grow(destination);
      }
      makeReady(destination);
    }
    startWaiting(now);
  }

  /// A destination that is slow on purpose may get its next mail.
  private void wake(Key key, Instant now) {
    synchronized (this) {
      Destination destination = destination(key);
      destination.isTimed = false;
      makeReady(destination);
    }
    startWaiting(now);
  }

  /// Whoever comes back makes a destination ready, but nobody may be under way.
  private void wakeInTime(Destination destination, Instant now) {
    Instant opens = destination.throttle.opensAt(now);
    if (opens.isAfter(now) && !destination.isTimed && !destination.waiting.isEmpty()) {
      destination.isTimed = true;
      timer.in(Duration.between(now, opens), () -> wake(destination.key, opens));
    }
  }

  private boolean isFull(Destination destination) {
    return waiting >= WAITING_MAX
        || (destination.throttle.pace().isSlow() && destination.waiting.size() >= SLOW_WAITING_MAX);
  }

  /// Loads that wait here go back to the queue: they are given to `back`.
  void stop(Consumer<Custody.Claim> back) {
    ArrayDeque<Custody.Claim> all = new ArrayDeque<>();
    synchronized (this) {
      stopped = true;
      for (Destination destination : known.values()) {
        destination.waiting.drainTo(all::add);
      }
      waiting = 0;
      ready.clear();
    }
    all.forEach(back);
  }

  synchronized int underwayCount() {
    return underway;
  }

  /// Destinations that are left alone now, and until when.
  synchronized Map<String, Instant> leftAlone(Instant now) {
    Map<String, Instant> names = new LinkedHashMap<>();
    for (Destination destination : known.values()) {
      if (destination.leftAloneUntil.isAfter(now)) {
        names.put(destination.key.name(), destination.leftAloneUntil);
      }
    }
    return names;
  }

  /// How it stands with one destination now.
  record Standing(
      int underway,
      int atOnceMax,
      int failures,
      Optional<Instant> leftAloneUntil,
      Optional<Answer> lastFailure) {}

  /// All destinations that are known, by name.
  synchronized Map<String, Standing> standings(Instant now) {
    Map<String, Standing> all = new HashMap<>();
    for (Destination each : known.values()) {
      all.put(
          each.key.name(),
          new Standing(
              each.underway,
              atOnceMax(each),
              each.failures,
              Optional.of(each.leftAloneUntil).filter(until -> until.isAfter(now)),
              Optional.ofNullable(each.lastFailure)));
    }
    return all;
  }

  /// An operator wants it to be tried now.
  synchronized void forgive(Key key) {
    Destination destination = known.get(key);
    if (destination != null) {
      destination.leftAloneUntil = Instant.MIN;
    }
  }

  private void startWaiting(Instant now) {
    while (true) {
      Custody.Claim next;
      synchronized (this) {
        Destination destination = ready.poll();
        if (destination == null) {
          return;
        }
        destination.isReady = false;
        if (destination.waiting.isEmpty()) {
          continue;
        }
        if (underway >= inAllMax) {
          destination.isReady = true;
          ready.addFirst(destination);
          return;
        }
        if (!mayStart(destination, now)) {
          wakeInTime(destination, now);
          continue; // Whoever comes back from there makes it ready again.
        }
        next = Objects.requireNonNull(destination.waiting.poll());
        waiting--;
        begin(destination, now);
        makeReady(destination);
      }
      start.accept(next);
    }
  }

  private static Instant turn(Destination destination, Instant now) {
    Instant soonest = now.plus(FIRST_BREAK);
    Instant latest = now.plus(LONGEST_QUEUE);
    Instant next = destination.nextTurn.isAfter(soonest) ? destination.nextTurn : soonest;
    Duration each = destination.typical.dividedBy(destination.atOnce);
    Duration share = destination.throttle.share();
    destination.nextTurn = next.plus(share.compareTo(each) > 0 ? share : each);
    return next.isAfter(latest) ? latest : next;
  }

  private void makeReady(Destination destination) {
    if (!destination.isReady && !destination.waiting.isEmpty()) {
      destination.isReady = true;
      ready.add(destination);
    }
  }

  private void begin(Destination destination, Instant now) {
    destination.throttle.begin(now);
    destination.underway++;
    underway++;
  }

  private boolean mayStart(Destination destination, Instant now) {
    return underway < inAllMax
        && destination.underway < atOnceMax(destination)
        && destination.throttle.isOpen(now);
  }

  private static int atOnceMax(Destination destination) {
    int wanted = destination.throttle.pace().atOnce();
    int most = wanted > 0 ? Math.min(wanted, destination.atOnce) : destination.atOnce;
    return destination.failures > 0 ? 1 : most;
  }

  private static void failed(Destination destination, Answer why, Instant now) {
    if (destination.leftAloneUntil.isAfter(now)) {
      return; // Several were under way; it counts as one failure.
    }
    Duration pause = FIRST_BREAK.multipliedBy(1L << Math.min(destination.failures, 10));
    destination.failures++;
    destination.atOnce = Math.min(FIRST_AT_ONCE, destination.atOnce);
    destination.lastFailure = why;
    destination.leftAloneUntil =
        now.plus(pause.compareTo(LONGEST_BREAK) > 0 ? LONGEST_BREAK : pause);
  }

  /// Loads that set out before the last halving knew nothing of it: they count no more.
  private static void crowded(Destination destination, Instant began, Instant now) {
    reached(destination);
    destination.wasCrowded = true;
    destination.successes = 0;
    if (!began.isBefore(destination.halvedAt)) {
      destination.atOnce = Math.max(1, destination.atOnce / 2);
      destination.halvedAt = now;
    }
  }

  private void grow(Destination destination) {
    reached(destination);
    destination.successes++;
    int needed = destination.wasCrowded ? destination.atOnce : 1;
    if (destination.atOnce < perDestinationMax && destination.successes >= needed) {
      destination.atOnce++;
      destination.successes = 0;
    }
  }

  private static void reached(Destination destination) {
    destination.failures = 0;
    destination.lastFailure = null;
    destination.leftAloneUntil = Instant.MIN;
  }

  private Destination destination(Key key) {
    Destination destination = known.get(key);
    if (destination == null) {
      destination = new Destination(key, Math.min(FIRST_AT_ONCE, perDestinationMax));
      known.put(key, destination);
      if (known.size() > KNOWN_MAX) {
        known.values().removeIf(old -> old.isIdle() && !old.key.equals(key));
      }
    }
    return destination;
  }
}
