package org.posthorn.net;

import java.time.Duration;
import java.util.OptionalInt;

/// Who may write a line into the log that could come with each connection: a few at once, then one
/// now and then that says how many were left out. Safe for use by many threads.
final class Sparing {
  private static final int AT_ONCE = 5;
  private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

  private int written;
  private int leftOut;
  private long lastNanos;

  /// How many were left out since the last line; empty: this one is too. At this time of
  /// `System.nanoTime`.
  synchronized OptionalInt turn(long nowNanos) {
    if (written >= AT_ONCE && nowNanos - lastNanos < PAUSE_NANOS) {
      leftOut++;
      return OptionalInt.empty();
    }
    written = written < AT_ONCE || nowNanos - lastNanos < AT_ONCE * PAUSE_NANOS ? written + 1 : 1;
    lastNanos = nowNanos;
    int before = leftOut;
    leftOut = 0;
    return OptionalInt.of(before);
  }
}
