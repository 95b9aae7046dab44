package org.posthorn.storage.account;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.Comparator;
import java.util.Optional;

/// The heap of this process. Safe for use by many threads.
final class JavaHeap implements HeapWatch.Heap {
  private static final double TIGHT = 0.85;

  /// The answer is asked for with each message and changes with a collection of all there is.
  private static final long LOOK_NANOS = 5_000_000;

  /// The generation of objects that stay; absent where the collector does not say.
  private final Optional<MemoryPoolMXBean> old =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool ->
              pool.getType() == MemoryType.HEAP
                  && pool.isCollectionUsageThresholdSupported()
                  && pool.getUsage().getMax() > 0)
          .max(Comparator.comparingLong(pool -> pool.getUsage().getMax()));

  private volatile long lookedNanos = System.nanoTime() - LOOK_NANOS;
  private volatile boolean tight;

  JavaHeap() {
    old.ifPresent(
        pool -> pool.setCollectionUsageThreshold((long) (pool.getUsage().getMax() * TIGHT)));
  }

  @Override
  public boolean isTight() {
    long now = System.nanoTime();
    if (now - lookedNanos >= LOOK_NANOS) {
      tight = old.isPresent() && old.get().isCollectionUsageThresholdExceeded();
      lookedNanos = now;
    }
    return tight;
  }

  @Override
  public long freeBytes() {
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    return (long) (runtime.maxMemory() * TIGHT) - used;
  }

  @Override
  public void collect() {
    System.gc();
  }
}
