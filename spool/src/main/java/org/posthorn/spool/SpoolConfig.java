package org.posthorn.spool;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/// How mail in transit is worked on and retried.
public record SpoolConfig(
    /// How many mails go through the chain at the same time. 1 to 10,000.
    int workers,
    /// How many mails are on their way to other servers at the same time. 1 to 10,000.
    int outgoing,
    /// How many of them to the same destination at most: it begins with two, each mail that gets
    /// through makes it one more, and a destination that says it has too much (421) halves it. 1 to
    /// 1,000.
    int outgoingPerDestination,
    /// How long to wait after each failed try to hand a mail to another server; the last one counts
    /// for all further tries. Each at least a second.
    List<Duration> relayRetries,
    /// After this time a mail that no server takes goes back to its sender. A minute to 30 days.
    Duration giveUpAfter,
    /// After this time the sender is told, once, that it takes longer. 0: never.
    Duration delayNoticeAfter,
    /// How long to wait after each failed try of a step of the chain; after the last one the mail
    /// goes to the dead letters. Each at least a second.
    List<Duration> chainRetries,
    /// How long a stop waits for work that has begun. 0 to 10 minutes.
    Duration stopGrace) {
  private static final int WORKERS_MAX = 10_000;
  private static final int PER_DESTINATION_MAX = 1_000;
  private static final Duration GIVE_UP_MAX = Duration.ofDays(30);
  private static final Duration GRACE_MAX = Duration.ofMinutes(10);

  public SpoolConfig {
    relayRetries = List.copyOf(relayRetries);
    chainRetries = List.copyOf(chainRetries);
    within("workers", workers, WORKERS_MAX);
    within("outgoing", outgoing, WORKERS_MAX);
    within("outgoing-per-destination", outgoingPerDestination, PER_DESTINATION_MAX);
    retries("relay-retries", relayRetries);
    retries("chain-retries", chainRetries);
    if (giveUpAfter.compareTo(Duration.ofMinutes(1)) < 0
        || giveUpAfter.compareTo(GIVE_UP_MAX) > 0) {
      throw new IllegalArgumentException(
          "spool give-up-after is %s: set it between 1m and 30d".formatted(giveUpAfter));
    }
    if (delayNoticeAfter.isNegative()) {
      throw new IllegalArgumentException(
          "spool delay-notice-after is %s: set it to 0 or more".formatted(delayNoticeAfter));
    }
    if (stopGrace.isNegative() || stopGrace.compareTo(GRACE_MAX) > 0) {
      throw new IllegalArgumentException(
          "spool stop-grace is %s: set it between 0s and 10m".formatted(stopGrace));
    }
  }

  public static SpoolConfig defaults() {
    return new SpoolConfig(
        100,
        200,
        10,
        minutes(5, 15, 30, 60, 120, 240),
        Duration.ofDays(5),
        Duration.ofHours(4),
        minutes(1, 5, 15, 60, 240, 720),
        Duration.ofSeconds(10));
  }

  private static List<Duration> minutes(int... minutes) {
    return Arrays.stream(minutes).mapToObj(Duration::ofMinutes).toList();
  }

  private static void within(String name, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          "spool %s is %d: set it between 1 and %d".formatted(name, value, max));
    }
  }

  private static void retries(String name, List<Duration> delays) {
    if (delays.isEmpty()
        || delays.stream().anyMatch(delay -> delay.compareTo(Duration.ofSeconds(1)) < 0)) {
      throw new IllegalArgumentException(
          "spool %s is %s: set one or more times of at least 1s each".formatted(name, delays));
    }
  }
}
