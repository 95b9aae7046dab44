package org.posthorn.spool;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.posthorn.storage.queue.QueuedRecipient.Answer;

/// How it stands with one of the [Destinations] now. `doors` are those at which it lets nobody in,
/// or did not when that was tried last; then `failures` and `lastFailure` are of the worst of them.
record DestinationStanding(
    int underway,
    int atOnceMax,
    int failures,
    Optional<Instant> leftAloneUntil,
    Optional<Answer> lastFailure,
    Map<Optional<String>, Lockouts.Lockout> doors) {
  boolean shutOut() {
    return !doors.isEmpty();
  }

  /// Of one name, by routes with different limits.
  DestinationStanding with(DestinationStanding other) {
    DestinationStanding worse = failures >= other.failures ? this : other;
    return new DestinationStanding(
        underway + other.underway,
        atOnceMax + other.atOnceMax,
        worse.failures,
        worse.leftAloneUntil,
        worse.lastFailure,
        worse.doors);
  }
}
