package org.posthorn.storage.collect;

import java.time.Duration;

/// How the bytes of messages that nobody has any more are freed.
public record CollectionConfig(
    /// How long after one round the next begins. 0: only when somebody asks for it, with `posthorn
    /// space collect`. Up to 90d.
    Duration every,
    /// Messages that came in less than this ago are not touched, so that whoever is about to file
    /// one has time for it. The same bytes are kept once within half of it. 1s to 90d.
    Duration grace,
    /// How many percent of a file with many messages must be of no use before it is written anew
    /// without that. A small number saves disk space, a large one saves work. 1 to 100.
    int deadPercent,
    /// How many percent of the time a round works; the rest of the time it lets others work. 1 to
    /// 100.
    int workPercent) {

  private static final Duration LONGEST = Duration.ofDays(90);

  public CollectionConfig {
    if (every.isNegative() || every.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("storage collection every: set it between 0s and 90d");
    }
    if (grace.compareTo(Duration.ofSeconds(1)) < 0 || grace.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("storage collection grace: set it between 1s and 90d");
    }
    if (deadPercent < 1 || deadPercent > 100) {
      throw new IllegalArgumentException(
          "storage collection dead-percent is %d: set it between 1 and 100".formatted(deadPercent));
    }
    if (workPercent < 1 || workPercent > 100) {
      throw new IllegalArgumentException(
          "storage collection work-percent is %d: set it between 1 and 100".formatted(workPercent));
    }
  }

  public static CollectionConfig defaults() {
    return new CollectionConfig(Duration.ofDays(1), Duration.ofDays(1), 25, 10);
  }
}
