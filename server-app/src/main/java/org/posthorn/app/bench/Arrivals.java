package org.posthorn.app.bench;

import java.io.IOException;
import java.time.Duration;
import org.posthorn.message.Counted;

/// Waits for messages that a server has accepted.
final class Arrivals {
  private static final Duration POLL = Duration.ofMillis(20);

  private Arrivals() {}

  @FunctionalInterface
  interface Count {
    long now() throws IOException;
  }

  /// Returns when as many `there` as are `expected`; until then for as long as they go on arriving,
  /// since a server may be slow. Throws `IOException` when none has come for the time of
  /// `patience`: the rest is lost.
  static void await(Count there, long expected, Duration patience)
      throws IOException, InterruptedException {
    long last = -1;
    long since = System.nanoTime();
    for (long now = there.now(); now < expected; now = there.now()) {
      if (now > last) {
        last = now;
        since = System.nanoTime();
      }
      if (System.nanoTime() - since > patience.toNanos()) {
        throw new IOException(
            "%d of %d deliveries are missing, and none has come for %s"
                .formatted(expected - now, expected, Counted.of(patience.toSeconds(), "second")));
      }
      Thread.sleep(POLL);
    }
  }
}
