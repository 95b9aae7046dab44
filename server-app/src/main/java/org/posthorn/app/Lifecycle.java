package org.posthorn.app;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What was started, to be ended in reverse order, once. Safe for use by many threads: whoever
/// comes second waits until all has ended.
final class Lifecycle {
  private static final Logger log = LoggerFactory.getLogger(Lifecycle.class);

  private final Deque<Started> started = new ArrayDeque<>();

  /// Ends one thing.
  interface End {
    void end() throws Exception;
  }

  private record Started(String name, End end) {}

  /// From now on `name` is something to end.
  synchronized void started(String name, End end) {
    started.push(new Started(name, end));
  }

  /// Ends everything, the last first; true when there was something. What fails to end is logged
  /// and does not keep the others.
  synchronized boolean end() {
    boolean any = !started.isEmpty();
    while (!started.isEmpty()) {
      Started next = started.pop();
      long begin = System.nanoTime();
      try {
        next.end().end();
      } catch (Exception e) {
        log.atError().addKeyValue("what", next.name()).setCause(e).log("failed to stop");
      }
      log.atDebug()
          .addKeyValue("what", next.name())
          .addKeyValue("took", Duration.ofNanos(System.nanoTime() - begin))
          .log("ended");
    }
    return any;
  }
}
