package org.posthorn.spool;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/// How long to wait after each failed try. A wait is up to a tenth longer than configured, so that
/// what failed together does not come back together.
record RetrySchedule(List<Duration> delays, boolean goesOnForEver) {
  private static final long JITTER = 10;

  /// The wait after failed try number `attempt` (the first is 1); empty when there are no more.
  Optional<Duration> after(int attempt) {
    if (attempt > delays.size() && !goesOnForEver) {
      return Optional.empty();
    }
    Duration delay = delays.get(Math.clamp(attempt, 1, delays.size()) - 1);
    long jitterMillis = ThreadLocalRandom.current().nextLong(delay.toMillis() / JITTER + 1);
    return Optional.of(delay.plusMillis(jitterMillis));
  }
}
