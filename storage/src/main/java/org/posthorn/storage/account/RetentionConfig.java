package org.posthorn.storage.account;

import java.time.Duration;

/// How long messages stay in mailboxes that are there to be emptied, for domains and mailboxes that
/// say nothing else.
public record RetentionConfig(
    /// After this time messages leave Trash. 0: never; up to 36500 days.
    Duration trash,
    /// After this time messages leave Junk. 0: never; up to 36500 days.
    Duration junk) {
  private static final Duration MAX = Duration.ofDays(36_500);

  public RetentionConfig {
    check("trash", trash);
    check("junk", junk);
  }

  /// Nothing leaves by itself.
  public static RetentionConfig defaults() {
    return new RetentionConfig(Duration.ZERO, Duration.ZERO);
  }

  private static void check(String name, Duration time) {
    if (time.isNegative() || time.compareTo(MAX) > 0) {
      throw new IllegalArgumentException(
          "accounts retention %s is %s: set it between 0 and %s".formatted(name, time, MAX));
    }
  }
}
