package org.posthorn.app.bench;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/// How long things took, in about 3 % steps. Safe for use by many threads.
final class Latencies {
  private static final int STEPS = 32;

  private final AtomicLongArray counts = new AtomicLongArray(64 * STEPS);

  void add(long nanos) {
    counts.incrementAndGet(step(Math.max(1, nanos)));
  }

  /// The time within which this part of all (0 to 1) was done; zero when there was nothing.
  Duration within(double part) {
    long rank = Math.max(1, (long) Math.ceil(part * count()));
    long seen = 0;
    for (int i = 0; i < counts.length(); i++) {
      seen += counts.get(i);
      if (seen >= rank) {
        return Duration.ofNanos(value(i));
      }
    }
    return Duration.ZERO;
  }

  long count() {
    long all = 0;
    for (int i = 0; i < counts.length(); i++) {
      all += counts.get(i);
    }
    return all;
  }

  /// The power of two below, and where between it and the next.
  private static int step(long nanos) {
    int power = 63 - Long.numberOfLeadingZeros(nanos);
    long within = power < 5 ? 0 : (nanos >>> (power - 5)) - STEPS;
    return power * STEPS + (int) within;
  }

  private static long value(int step) {
    int power = step / STEPS;
    long within = step % STEPS;
    return power < 5 ? 1L << power : (STEPS + within) << (power - 5);
  }
}
