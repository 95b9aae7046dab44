package org.posthorn.app;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.List;
import org.posthorn.spool.plugin.Plugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends the process where it is out of memory for good, so that whoever looks after it starts it
/// anew: when a thread of the server dies of it, and when the heap stays full. What a plugin asks
/// for in vain fails that call alone. Nothing that was acknowledged is lost either way.
public final class OutOfMemory {
  private static final Logger log = LoggerFactory.getLogger(OutOfMemory.class);
  private static final Duration EVERY = Duration.ofSeconds(10);
  private static final double FULL = 0.97;
  private static final int TIMES = 3;

  /// As the JVM's own `-XX:+ExitOnOutOfMemoryError`.
  private static final int STATUS = 3;

  private OutOfMemory() {}

  /// For the rest of the process.
  public static void endsTheProcess() {
    Thread.setDefaultUncaughtExceptionHandler(OutOfMemory::died);
    Thread.ofPlatform().name("posthorn-memory").daemon().start(OutOfMemory::look);
  }

  private static void died(Thread thread, Throwable cause) {
    boolean isPlugins = Plugin.isThread(thread);
    if (cause instanceof OutOfMemoryError && !isPlugins) {
      Runtime.getRuntime().halt(STATUS); // First: a word in the log needs memory.
    }
    log.atError().addKeyValue("thread", thread.getName()).setCause(cause).log("thread-died");
  }

  private static void look() {
    long collections = 0;
    int full = 0;
    try {
      while (true) {
        Thread.sleep(EVERY);
        long now = collections();
        full = now > collections && isFull() ? full + 1 : 0;
        collections = now;
        if (full >= TIMES) {
          log.atError().log("out-of-memory");
          Runtime.getRuntime().halt(STATUS);
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static long collections() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionCount)
        .sum();
  }

  /// Whether a collection of all there is found hardly anything to free: those of the old objects.
  private static boolean isFull() {
    List<MemoryUsage> old =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
            .map(MemoryPoolMXBean::getCollectionUsage)
            .filter(usage -> usage != null && usage.getMax() > 0)
            .toList();
    return old.stream().anyMatch(usage -> usage.getUsed() > FULL * usage.getMax());
  }
}
