package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.posthorn.storage.queue.QueuedRecipient.Answer;

/// The doors ([Carrier.Way]) at which one destination lets nobody in, whatever the mail is; for the
/// servers of a domain it is what a mail asks them to prove ([Destinations.Key]). Such a door is
/// left alone for a while, longer each time, and then one load tries it: providers lock accounts
/// for which too many logins fail. Used under its owner's lock.
final class Lockouts {
  private static final Duration FIRST_BREAK = Duration.ofMinutes(1);
  private static final Duration LONGEST_BREAK = Duration.ofMinutes(30);

  /// So long the others wait to hear of the one that tries it.
  private static final Duration TRY = Duration.ofSeconds(30);

  /// Login or password are wrong (RFC 4954 §6).
  private static final String LOGIN_REFUSED = "4.7.8";

  /// Of TLS, or of the DNS by which a server proves itself. One machine of several behind a name
  /// may be wrong, and no account is locked for it.
  private static final Set<String> UNPROVEN = Set.of("4.7.4", "4.7.5", "4.4.3");

  private static final int UNPROVEN_IN_A_ROW = 3;

  private final Map<Optional<String>, Lockout> all = new HashMap<>();

  /// Doors at which somebody was let in, and how many were not since then.
  private final Map<Optional<String>, Integer> open = new HashMap<>();

  /// Since when logins may be others.
  private Instant anew = Instant.MIN;

  /// `at` was the last try, and `why` is what came of it, or of the one before while it `isTried`.
  record Lockout(int failures, Answer why, Instant at, Instant until, boolean isTried) {
    /// What is further away than the longest break was meant by a clock that has been set back.
    boolean isInForce(Instant now) {
      return until.isAfter(now) && !until.isAfter(now.plus(LONGEST_BREAK));
    }

    private Lockout tried(Instant now) {
      return new Lockout(failures, why, now, now.plus(TRY), /* isTried= */ true);
    }

    private Lockout until(Instant other) {
      return new Lockout(failures, why, at, other, isTried);
    }
  }

  Optional<Destinations.Permission.LeftAlone> of(Optional<String> door, Instant now) {
    Lockout lockout = all.get(door);
    return lockout != null && lockout.isInForce(now)
        ? Optional.of(
            new Destinations.Permission.LeftAlone(lockout.until(), Optional.of(lockout.why())))
        : Optional.empty();
  }

  /// A load is on its way to this door.
  void begins(Optional<String> door, Instant now) {
    all.computeIfPresent(door, (_, lockout) -> lockout.tried(now));
  }

  /// Said to a load that set out when it `began`.
  void shutOut(Optional<String> door, Answer why, Instant began, Instant now) {
    if (began.isBefore(anew) && !anew.isAfter(now)) {
      return; // It may have been shown a password that is no longer ours.
    }
    Lockout before = all.get(door);
    if (before != null && !before.isTried() && before.isInForce(now)) {
      return; // Several were under way; it counts as one failure.
    }
    int since = open.getOrDefault(door, UNPROVEN_IN_A_ROW) + 1;
    if (UNPROVEN.contains(why.status()) && since < UNPROVEN_IN_A_ROW) {
      open.put(door, since);
      return;
    }
    open.remove(door);
    int failures = before == null ? 0 : before.failures();
    Duration pause = FIRST_BREAK.multipliedBy(1L << Math.min(failures, 10));
    Instant until = now.plus(pause.compareTo(LONGEST_BREAK) > 0 ? LONGEST_BREAK : pause);
    all.put(door, new Lockout(failures + 1, why, now, until, /* isTried= */ false));
  }

  /// Somebody was let in; or was on the way over a connection of before when a login was refused.
  void letIn(Optional<String> door, Instant now) {
    Lockout lockout = all.get(door);
    if (lockout == null
        || lockout.isTried()
        || !lockout.isInForce(now)
        || !lockout.why().status().equals(LOGIN_REFUSED)) {
      all.remove(door);
      open.put(door, 0);
    }
  }

  /// An operator wants it to be tried now. That may be said of each of a thousand mails, so it is
  /// not done the moment after the last try.
  void forgive(Optional<String> door) {
    all.computeIfPresent(
        door,
        (_, lockout) -> {
          Instant soonest = lockout.at().plus(TRY);
          return lockout.until().isAfter(soonest) ? lockout.until(soonest) : lockout;
        });
  }

  /// Logins may be others now: each is tried with the next load.
  void startAnew(Instant now) {
    anew = now;
    open.clear();
    all.replaceAll((_, lockout) -> lockout.until(Instant.MIN));
  }

  /// By door. What has not been tried since logins changed is not known, and may never be tried
  /// again.
  Map<Optional<String>, Lockout> known() {
    Map<Optional<String>, Lockout> known = new HashMap<>(all);
    known.values().removeIf(lockout -> lockout.until().equals(Instant.MIN));
    return known;
  }

  /// One that is in force, if there is any.
  static Optional<Lockout> worst(Collection<Lockout> of, Instant now) {
    return of.stream()
        .max(
            Comparator.comparing((Lockout lockout) -> lockout.isInForce(now))
                .thenComparingInt(Lockout::failures));
  }
}
