package org.posthorn.net;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicInteger;

/// How many clients all listeners of a process may have together: each takes one of the files that
/// the system lets the process open, and the store and the operator's socket need some too. Safe
/// for use by many threads.
final class Places {
  /// What is left to the store, to connections to others and to the operator, where there is
  /// enough.
  private static final int LEFT_TO_OTHERS = 1024;

  static final Places OF_THE_PROCESS = new Places(of(openFilesMax()));

  private final int max;
  private final AtomicInteger taken = new AtomicInteger();

  Places(int max) {
    this.max = max;
  }

  /// Half of few open files, all but a thousand of many.
  static int of(long openFilesMax) {
    return Math.clamp(
        Math.max(openFilesMax / 2, openFilesMax - LEFT_TO_OTHERS), 1, Integer.MAX_VALUE);
  }

  /// Whether there was one more; who has it leaves it.
  boolean take() {
    boolean free = taken.incrementAndGet() <= max;
    if (!free) {
      leave();
    }
    return free;
  }

  void leave() {
    taken.decrementAndGet();
  }

  /// How many there are in all.
  int max() {
    return max;
  }

  private static long openFilesMax() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getMaxFileDescriptorCount()
        : Integer.MAX_VALUE;
  }
}
