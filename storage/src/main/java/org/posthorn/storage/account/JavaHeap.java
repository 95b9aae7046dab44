package org.posthorn.storage.account;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.Comparator;
import java.util.Optional;

/// The heap of this process. Safe for use by many threads.
final class JavaHeap implements HeapWatch.Heap {
  private static final double TIGHT = 0.85;

  /// The generation of objects that stay; absent where the collector does not say.
  private final Optional<MemoryPoolMXBean> old =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool ->
              pool.getType() == MemoryType.HEAP
                  && pool.isCollectionUsageThresholdSupported()
                  && pool.getUsage().getMax() > 0)
          .max(Comparator.comparingLong(pool -> pool.getUsage().getMax()));

  JavaHeap() {
    old.ifPresent(
        pool -> pool.setCollectionUsageThreshold((long) (pool.getUsage().getMax() * TIGHT)));
  }

  @Override
  public boolean isTight() {
    return old.isPresent() && old.get().isCollectionUsageThresholdExceeded();
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
