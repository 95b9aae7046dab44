package org.posthorn.storage.follow;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/// Whether the processors have time for work that can wait. Used by one thread.
interface Lull {
  /// So long there must be between two questions for the second to mean something.
  Duration LOOK = Duration.ofMillis(50);

  /// Whether they had time to spare since this was last asked.
  boolean isNow();

  /// Work waits at most so long for a lull.
  Duration patience();

  /// For work that never waits.
  static Lull always() {
    return new Lull() {
      @Override
      public boolean isNow() {
        return true;
      }

      @Override
      public Duration patience() {
        return Duration.ZERO;
      }
    };
  }

  /// Of the processors that this process may use, whoever uses them.
  static Lull ofProcessors(Duration patience) {
    return new Lull() {
      /// Busier than this, no processor is left for a further thread: it takes time from the
      /// others.
      private static final double BUSY =
          Math.max(0.5, 1 - 1.0 / Runtime.getRuntime().availableProcessors());

      private final OperatingSystemMXBean system =
          ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

      @Override
      public boolean isNow() {
        return system.getCpuLoad() < BUSY;
      }

      @Override
      public Duration patience() {
        return patience;
      }
    };
  }
}
