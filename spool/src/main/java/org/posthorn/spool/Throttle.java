package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import org.posthorn.spool.Carrier.Pace;

/// When the next mail may set out, by a [Pace]: never more than its number of mails in any such
/// time. Used under its owner's lock.
final class Throttle {
  private Pace pace = Pace.USUAL;

  /// When the last mails set out, as many as the pace counts.
  private final ArrayDeque<Instant> begun = new ArrayDeque<>();

  private Instant pausedUntil = Instant.MIN;

  void use(Pace other) {
    pace = other;
    while (begun.size() > pace.mails()) {
      begun.removeFirst();
    }
  }

  Pace pace() {
    return pace;
  }

  boolean isOpen(Instant now) {
    return !opensAt(now).isAfter(now);
  }

  /// At the earliest `now`.
  Instant opensAt(Instant now) {
    comeBackTo(now);
    Instant at = later(now, pausedUntil);
    return pace.mails() > 0 && begun.size() >= pace.mails()
        ? later(at, begun.getFirst().plus(pace.per()))
        : at;
  }

  void begin(Instant now) {
    pausedUntil = pace.pause().isZero() ? Instant.MIN : now.plus(pace.pause());
    if (pace.mails() > 0) {
      begun.addLast(now);
      if (begun.size() > pace.mails()) {
        begun.removeFirst();
      }
    }
  }

  /// When the clock was set back, what seems to be yet to come has just been.
  private void comeBackTo(Instant now) {
    int ahead = 0;
    while (!begun.isEmpty() && begun.getLast().isAfter(now)) {
      begun.removeLast();
      ahead++;
    }
    for (; ahead > 0; ahead--) {
      begun.addLast(now);
    }
    Instant latest = now.plus(pace.pause());
    pausedUntil = pausedUntil.isAfter(latest) ? latest : pausedUntil;
  }

  /// How long one mail takes of the time of all.
  Duration share() {
    Duration each = pace.mails() > 0 ? pace.per().dividedBy(pace.mails()) : Duration.ZERO;
    return each.compareTo(pace.pause()) > 0 ? each : pace.pause();
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
