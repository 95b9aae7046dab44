package org.posthorn.mailets.gate;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Questions that nobody answered: for a minute they are not worth asking again. The first
/// recipient of a mail waits for a list that is down as long as the DNS may take, and the others do
/// not. Bounded; safe for use by many threads.
final class Unanswered {
  private static final Duration KEPT = Duration.ofMinutes(1);
  private static final int NAMES_MAX = 10_000;

  private final InstantSource clock;
  private final Map<String, Instant> since = new ConcurrentHashMap<>();

  Unanswered(InstantSource clock) {
    this.clock = clock;
  }

  boolean has(String name) {
    Instant asked = since.get(name);
    return asked != null && isFresh(asked);
  }

  void add(String name) {
    if (since.size() >= NAMES_MAX) {
      since.values().removeIf(asked -> !isFresh(asked));
    }
    if (since.size() < NAMES_MAX) {
      since.put(name, clock.instant());
    }
  }

  /// A time that is still to come is one of a clock that was ahead.
  private boolean isFresh(Instant asked) {
    Duration passed = Duration.between(asked, clock.instant());
    return !passed.isNegative() && passed.compareTo(KEPT) < 0;
  }
}
