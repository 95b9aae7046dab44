package org.posthorn.storage.story;

import java.time.Duration;

/// What is written down of each mail, for `posthorn trace`.
public record StoryConfig(
    /// Whether anything is.
    boolean enabled,
    /// How long it is kept. 1h to 3650d.
    Duration keep,
    /// How many bytes it takes on disk at most; the oldest goes first. A mail takes some 150 bytes.
    /// 32 MB to 1 TB.
    long maxBytes) {
  private static final long LEAST_BYTES = 32L << 20;
  private static final long MOST_BYTES = 1L << 40;

  public StoryConfig {
    if (keep.compareTo(Duration.ofHours(1)) < 0 || keep.compareTo(Duration.ofDays(3650)) > 0) {
      throw new IllegalArgumentException(
          "story keep is %s: set it between 1h and 3650d".formatted(keep));
    }
    if (maxBytes < LEAST_BYTES || maxBytes > MOST_BYTES) {
      throw new IllegalArgumentException(
          "story max-bytes is %d: set it between 32MB and 1TB".formatted(maxBytes));
    }
  }

  public static StoryConfig defaults() {
    return new StoryConfig(true, Duration.ofDays(30), 2L << 30);
  }
}
