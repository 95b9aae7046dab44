package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.queue.QueuedRecipient.Answer;

/// What [Destinations] knows of one of them. Used under its lock.
final class Destination {
  private static final Duration FIRST_BREAK = Duration.ofSeconds(30);
  private static final Duration LONGEST_BREAK = Duration.ofMinutes(30);
  private static final Duration LONGEST_QUEUE = Duration.ofHours(1);
  private static final Duration SHORTEST_TURN = Duration.ofSeconds(1);
  private static final int FIRST_AT_ONCE = 2;

  final Destinations.Key key;
  final Lanes<Destinations.Waiting> waiting = new Lanes<>();
  final Throttle throttle = new Throttle();
  final Lockouts lockouts = new Lockouts();
  int underway;

  /// Ways have changed since its pace was named.
  boolean isPaceOld;

  /// A timer will wake it.
  boolean isTimed;

  /// It is among those whose waiting loads are looked at next.
  boolean isReady;

  private final int atOnceMax;
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

  /// From one load that came back to the next while others waited, more or less. One long step, as
  /// when the machine or the destination stalls, is no measure of those that come.
  private Optional<Duration> step = Optional.empty();

  private Instant steppedAt = Instant.MAX;
  private Instant nextTurn = Instant.MIN;
  private @Nullable Answer lastFailure;

  Destination(Destinations.Key key, int atOnceMax) {
    this.key = key;
    this.atOnceMax = atOnceMax;
    this.atOnce = Math.min(FIRST_AT_ONCE, atOnceMax);
  }

  /// Nobody is on the way there or wants to go.
  boolean isIdle() {
    return underway == 0 && waiting.isEmpty();
  }

  boolean hasRoom(Instant now) {
    return underway < atOnceNow() && throttle.isOpen(now);
  }

  /// One at a time tries a destination that nobody could reach.
  private int atOnceNow() {
    int wanted = throttle.pace().atOnce();
    int most = wanted > 0 ? Math.min(wanted, atOnce) : atOnce;
    return failures > 0 ? 1 : most;
  }

  /// What is further away than the longest break was meant by a clock that has been set back.
  boolean isLeftAlone(Instant now) {
    return leftAloneUntil.isAfter(now) && !leftAloneUntil.isAfter(now.plus(LONGEST_BREAK));
  }

  Destinations.Permission.LeftAlone leftAlone() {
    return new Destinations.Permission.LeftAlone(leftAloneUntil, Optional.ofNullable(lastFailure));
  }

  void forgive() {
    leftAloneUntil = Instant.MIN;
  }

  DestinationStanding standing(Instant now) {
    Map<Optional<String>, Lockouts.Lockout> doors = failures > 0 ? Map.of() : lockouts.known();
    return Lockouts.worst(doors.values(), now)
        .map(shut ->
            new DestinationStanding(
                underway,
                atOnceNow(),
                shut.failures(),
                Optional.of(shut.until()).filter(_ -> shut.isInForce(now)),
                Optional.of(shut.why()),
                doors))
        .orElseGet(() ->
            new DestinationStanding(
                underway,
                atOnceNow(),
                failures,
                Optional.of(leftAloneUntil).filter(_ -> isLeftAlone(now)),
                Optional.ofNullable(lastFailure),
                doors));
  }

  /// When a load that finds no room may come again: when half of those that wait will be gone, and
  /// then one after the other. Where none wait, it is the sender who has too many: after a while.
  Instant turn(Instant now) {
    if (waiting.isEmpty()) {
      return now.plus(FIRST_BREAK);
    }
    Duration each = longer(step.orElseGet(() -> typical.dividedBy(atOnceNow())), throttle.share());
    Instant soonest = now.plus(longer(SHORTEST_TURN, each.multipliedBy(waiting.size() / 2)));
    Instant latest = now.plus(LONGEST_QUEUE);
    Instant next = nextTurn.isAfter(soonest) ? nextTurn : soonest;
    nextTurn = next.plus(each);
    return next.isAfter(latest) ? latest : next;
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  /// A load came back, after this time.
  void took(Duration time, Instant now) {
    typical = typical.multipliedBy(7).plus(time).dividedBy(8);
    if (waiting.isEmpty()) {
      steppedAt = Instant.MAX;
      nextTurn = Instant.MIN;
      return;
    }
    if (!now.isBefore(steppedAt)) {
      Duration last = Duration.between(steppedAt, now);
      step = Optional.of(step.map(before -> nearer(before, last)).orElse(last));
    }
    steppedAt = now;
  }

  private static Duration nearer(Duration before, Duration last) {
    Duration most = before.multipliedBy(4).plusMillis(1);
    return before.multipliedBy(31).plus(last.compareTo(most) < 0 ? last : most).dividedBy(32);
  }

  void failed(Answer why, Instant now) {
    if (isLeftAlone(now)) {
      return; // Several were under way; it counts as one failure.
    }
    Duration pause = FIRST_BREAK.multipliedBy(1L << Math.min(failures, 10));
    failures++;
    steppedAt = Instant.MAX;
    atOnce = Math.min(FIRST_AT_ONCE, atOnce);
    lastFailure = why;
    leftAloneUntil = now.plus(pause.compareTo(LONGEST_BREAK) > 0 ? LONGEST_BREAK : pause);
  }

  /// Loads that set out before the last halving knew nothing of it: they count no more. A halving
  /// that is yet to come was before the clock was set back.
  void crowded(Instant began, Instant now) {
    reached();
    wasCrowded = true;
    successes = 0;
    if (!began.isBefore(halvedAt) || halvedAt.isAfter(now)) {
      atOnce = Math.max(1, atOnce / 2);
      halvedAt = now;
    }
  }

  void grow() {
    reached();
    successes++;
    int needed = wasCrowded ? atOnce : 1;
    if (atOnce < atOnceMax && successes >= needed) {
      atOnce++;
      successes = 0;
    }
  }

  void reached() {
    failures = 0;
    lastFailure = null;
    leftAloneUntil = Instant.MIN;
  }
}
