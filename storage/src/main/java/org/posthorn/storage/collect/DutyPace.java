package org.posthorn.storage.collect;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import org.posthorn.storage.content.Pace;

/// Works a share of the time and rests the other: on a machine that is busy with other things a
/// piece of work takes longer, and so does the rest after it. Used by one thread.
final class DutyPace implements Pace {
  private static final long SHORTEST_REST_NANOS = Duration.ofMillis(10).toNanos();

  private final int workPercent;
  private final Rest rest;
  private long worksSince = System.nanoTime();

  /// Waits so long; false when the work is to end.
  interface Rest {
    boolean take(Duration time);
  }

  DutyPace(int workPercent, Rest rest) {
    this.workPercent = workPercent;
    this.rest = rest;
  }

  @Override
  public void pause() {
    long worked = System.nanoTime() - worksSince;
    long due = worked * (100 - workPercent) / workPercent;
    if (due >= SHORTEST_REST_NANOS || workPercent == 100) {
      if (!rest.take(Duration.ofNanos(due))) {
        throw new CancellationException("The server stops");
      }
      worksSince = System.nanoTime();
    }
  }
}
