package org.posthorn.mailets.gate;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.posthorn.mailet.Memory;

/// So many in so long a time, and so many at once: a token bucket for each key, remembered over
/// restarts. Safe for use by many threads.
record Bucket(Memory memory, InstantSource clock, int count, Duration every, int burst) {
  private static final double ROUNDING = 1e-6;

  /// No count is kept longer: the time until a bucket is full may be more than a `long` can hold.
  private static final Duration KEEP_MAX = Duration.ofDays(36_500);

  /// Whether there is one more for that key; then it is taken.
  boolean take(String key) {
    var allowed = new AtomicBoolean();
    memory.update(Keys.bounded(key), untilFull(), before -> Optional.of(taken(before, allowed)));
    return allowed.get();
  }

  private double perMilli() {
    return count / (every.toSeconds() * 1_000.0 + every.toMillisPart());
  }

  private Duration untilFull() {
    return Duration.ofMillis(
        (long) Math.min(burst / perMilli() + 1_000, (double) KEEP_MAX.toMillis()));
  }

  /// What is left in the bucket, and when that was: `3.5@1790000000000`.
  private String taken(Optional<String> before, AtomicBoolean allowed) {
    long now = clock.millis();
    double tokens = burst;
    if (before.isPresent()) {
      int at = before.get().indexOf('@');
      double left = Double.parseDouble(before.get().substring(0, at));
      long since = Math.max(0, now - Long.parseLong(before.get().substring(at + 1)));
      tokens = Math.min(burst, left + since * perMilli());
    }
    allowed.set(tokens >= 1 - ROUNDING);
    return (allowed.get() ? Math.max(0, tokens - 1) : tokens) + "@" + now;
  }
}
