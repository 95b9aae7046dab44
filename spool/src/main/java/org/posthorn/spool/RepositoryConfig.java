package org.posthorn.spool;

import java.time.Duration;

/// What is said of one repository.
public record RepositoryConfig(
    /// How long mail stays in it, from when it was put there; then it is thrown away. 0: until
    /// somebody takes it out, as for every repository that is not named here. At least an hour.
    Duration keep) {
  private static final Duration LEAST = Duration.ofHours(1);

  public RepositoryConfig {
    if (!keep.isZero() && keep.compareTo(LEAST) < 0) {
      throw new IllegalArgumentException(
          "repositories keep is %s: set it to 0 or at least 1h".formatted(keep));
    }
  }

  public static RepositoryConfig defaults() {
    return new RepositoryConfig(Duration.ZERO);
  }
}
