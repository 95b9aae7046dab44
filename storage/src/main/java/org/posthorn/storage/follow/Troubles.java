package org.posthorn.storage.follow;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// What stands in the way of what, so that it is told once and not each time that it is tried
/// again; and told again when it has lasted for an hour. What goes well in between is no reason to
/// tell it sooner: on a full disk this and that still fits. Used by one thread.
final class Troubles {
  private static final long TOLD_NANOS = Duration.ofHours(1).toNanos();

  /// A pause is doubled so often at most.
  private static final int DOUBLINGS_MAX = 4;

  private final LongSupplier nanos;
  private final Map<String, Told> told = new HashMap<>();
  private final Map<String, Integer> inARow = new HashMap<>();

  private record Told(String causes, long atNanos) {}

  Troubles(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /// Whether this is another trouble than the one that was told before.
  boolean isNew(String work, Throwable why) {
    inARow.merge(work, 1, Integer::sum);
    long now = nanos.getAsLong();
    told.values().removeIf(before -> now - before.atNanos >= TOLD_NANOS);
    var trouble = new Told(causes(why), now);
    Told before = told.putIfAbsent(work, trouble);
    if (before != null && before.causes.equals(trouble.causes)) {
      return false;
    }
    told.put(work, trouble);
    return true;
  }

  /// It went well.
  void isOver(String work) {
    inARow.remove(work);
  }

  /// How long to wait before it is tried again: longer each time that it fails.
  long pauseNanos(String work, long firstNanos) {
    int doublings = Math.clamp(inARow.getOrDefault(work, 1) - 1, 0, DOUBLINGS_MAX);
    return firstNanos << doublings;
  }

  private static String causes(Throwable why) {
    var causes = new StringBuilder();
    for (Throwable cause = why; cause != null; cause = cause.getCause()) {
      causes.append(cause).append('\n');
    }
    return causes.toString();
  }
}
