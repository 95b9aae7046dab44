package org.posthorn.spool.plugin;

import java.time.Duration;

/// What happens when a mailet, a matcher or a gate of a plugin fails, hangs or is slow.
public record PluginConfig(
    /// How long one call may take; `time-limit` at a step says it for that step. What takes longer
    // is
    /// given up, and the mail is tried again later. 100 ms to an hour.
    Duration timeLimit,
    /// So many failures within `window`, when they are at least half of all calls, and it is
    // isolated:
    /// nobody calls it, and mail waits in front of it. 1 to 10,000.
    int failures,
    /// See `failures`. A second to a day.
    Duration window,
    /// After this time one mail tries it again; each time that this fails, the time doubles, up to
    /// sixteen times as long. A second to an hour.
    Duration pause,
    /// How many calls into one plugin there may be at the same time; more wait for a second, and
    // then
    /// the mail is tried again later. 1 to 1,000.
    int calls,
    /// How many calls that were given up may still be running in one plugin; with more of them it
    // is
    /// isolated at once. 1 to 1,000.
    int abandoned) {
  private static final int COUNT_MAX = 1_000;

  public PluginConfig {
    within("time-limit", timeLimit, Duration.ofMillis(100), Duration.ofHours(1));
    within("window", window, Duration.ofSeconds(1), Duration.ofDays(1));
    within("pause", pause, Duration.ofSeconds(1), Duration.ofHours(1));
    within("failures", failures, 10_000);
    within("calls", calls, COUNT_MAX);
    within("abandoned", abandoned, COUNT_MAX);
  }

  public static PluginConfig defaults() {
    return new PluginConfig(
        Duration.ofSeconds(30), 10, Duration.ofMinutes(5), Duration.ofMinutes(1), 50, 8);
  }

  private static void within(String name, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          "spool plugins %s is %d: set it between 1 and %d".formatted(name, value, max));
    }
  }

  private static void within(String name, Duration value, Duration min, Duration max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          "spool plugins %s is %s: set it between %s and %s".formatted(name, value, min, max));
    }
  }
}
