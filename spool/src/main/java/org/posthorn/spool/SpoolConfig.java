package org.posthorn.spool;

import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.posthorn.spool.plugin.PluginConfig;

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
    Duration stopGrace,
    /// For which mail for other servers these times are others.
    Patience patience,
    /// What happens when a plugin misbehaves.
    PluginConfig plugins) {
  /// For which mail for other servers the times are others.
  public record Patience(
      /// Mail that its sender gave a priority above 0 (MT-PRIORITY, RFC 6710).
      Kind urgent,
      /// Mail with a priority below 0.
      Kind nonUrgent,
      /// Mail without a sender: reports, such as bounces. Nobody hears that they take long.
      Kind reports) {
    static final Kind AS_USUAL = new Kind(List.of(), Optional.empty(), Optional.empty());

    public static Patience defaults() {
      return new Patience(
          new Kind(
              minutes(1, 3, 10, 30, 60),
              Optional.of(Duration.ofDays(2)),
              Optional.of(Duration.ofMinutes(30))),
          AS_USUAL,
          new Kind(List.of(), Optional.of(Duration.ofDays(2)), Optional.empty()));
    }
  }

  /// What counts for one kind of mail.
  public record Kind(
      /// As `spool.relay-retries`, which counts if there are none.
      List<Duration> retries,
      /// As `spool.give-up-after`, which counts without it.
      Optional<Duration> giveUpAfter,
      /// As `spool.delay-notice-after`, which counts without it.
      Optional<Duration> delayNoticeAfter) {
    public Kind {
      retries = List.copyOf(retries);
      if (!retries.isEmpty()) {
        requireRetries("patience retries", retries);
      }
      giveUpAfter.ifPresent(SpoolConfig::requireEnd);
      delayNoticeAfter.ifPresent(SpoolConfig::requireNotice);
    }
  }

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
    requireRetries("relay-retries", relayRetries);
    requireRetries("chain-retries", chainRetries);
    requireEnd(giveUpAfter);
    requireNotice(delayNoticeAfter);
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
        Duration.ofSeconds(10),
        Patience.defaults(),
        PluginConfig.defaults());
  }

  /// The longest that any mail waits here for other servers to take it.
  public Duration longestWait() {
    return Stream.concat(
            Stream.of(giveUpAfter),
            Stream.of(patience.urgent(), patience.nonUrgent(), patience.reports())
                .flatMap(kind -> kind.giveUpAfter().stream()))
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  private static void requireEnd(Duration giveUpAfter) {
    if (giveUpAfter.compareTo(Duration.ofMinutes(1)) < 0
        || giveUpAfter.compareTo(GIVE_UP_MAX) > 0) {
      throw new IllegalArgumentException(
          "spool give-up-after is %s: set it between 1m and 30d".formatted(giveUpAfter));
    }
  }

  private static void requireNotice(Duration delayNoticeAfter) {
    if (delayNoticeAfter.isNegative()) {
      throw new IllegalArgumentException(
          "spool delay-notice-after is %s: set it to 0 or more".formatted(delayNoticeAfter));
    }
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

  private static void requireRetries(String name, List<Duration> delays) {
    if (delays.isEmpty()
        || delays.stream().anyMatch(delay -> delay.compareTo(Duration.ofSeconds(1)) < 0)) {
      throw new IllegalArgumentException(
          "spool %s is %s: set one or more times of at least 1s each".formatted(name, delays));
    }
  }
}
