package org.posthorn.storage.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.management.OperatingSystemMXBean;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLongArray;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;

/// Measures durable commits and contents: `StorageSpeed DIRECTORY [THREADS] [SECONDS]`, on virtual
/// threads, each with a partition of its own. No test; run by hand when something here changes.
final class StorageSpeed {
  private static final int ROWS = 5;

  private StorageSpeed() {}

  private interface Work {
    void once(int thread, long turn) throws IOException;
  }

  @SuppressWarnings("SystemOut") // The answer of a program that is run by hand.
  public static void main(String[] args) throws InterruptedException {
    var directory = Path.of(args[0]);
    int threads = args.length > 1 ? Integer.parseInt(args[1]) : 64;
    int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
    try (Engine engine = RocksEngine.open(directory.resolve("rows"), RocksEngineTest.SETTINGS);
        ContentStore contents =
            SegmentContentStore.openIn(
                directory.resolve("content"),
                new SegmentContentStore.Settings(256 << 20, 256 << 10, 32 << 20, 8 << 20),
                InstantSource.system())) {
      byte[] message = new byte[10 << 10];
      new Random(1).nextBytes(message);
      long[] versions = new long[threads];
      Work commits = (thread, turn) -> commit(engine, versions, thread, turn);
      Work messages =
          (_, _) -> contents.sync(contents.write(new ByteArrayInputStream(message)).id());
      Work both =
          (thread, turn) -> {
            contents.sync(contents.write(new ByteArrayInputStream(message)).id());
            commit(engine, versions, thread, turn);
          };
      for (int round = 0; round < 3; round++) {
        System.out.println(measure("commits of 5 rows", threads, seconds, commits));
        System.out.println(measure("contents of 10 KiB", threads, seconds, messages));
        System.out.println(measure("content, then commit", threads, seconds, both));
      }
    }
  }

  private static void commit(Engine engine, long[] versions, int thread, long turn) {
    var partition = new Partition(Partition.Kind.ACCOUNT, "speed" + thread);
    if (versions[thread] == 0) {
      versions[thread] = engine.head(partition).version();
    }
    var batch = new Batch();
    for (int i = 0; i < ROWS; i++) {
      byte[] key = Arrays.copyOf(("key" + turn + "." + i).getBytes(US_ASCII), 28);
      byte[] value = new byte[150];
      new Random(turn).nextBytes(value);
      batch.put(key, value);
    }
    engine.commit(partition, versions[thread], CommitId.random(), batch);
    versions[thread]++;
  }

  private static String measure(String what, int threads, int seconds, Work work)
      throws InterruptedException {
    var done = new AtomicLongArray(threads);
    var finished = new CountDownLatch(threads);
    long cpu = cpuNanos();
    long start = System.nanoTime();
    long end = start + seconds * 1_000_000_000L;
    for (int i = 0; i < threads; i++) {
      int thread = i;
      Thread.startVirtualThread(() -> {
        try {
          for (long turn = 0; System.nanoTime() < end; turn++) {
            work.once(thread, turn);
            done.incrementAndGet(thread);
          }
        } catch (IOException e) {
          throw new IllegalStateException(e);
        } finally {
          finished.countDown();
        }
      });
    }
    finished.await();
    double tookSeconds = (System.nanoTime() - start) / 1e9;
    double cpuMicros = (cpuNanos() - cpu) / 1e3;
    long all = 0;
    for (int i = 0; i < threads; i++) {
      all += done.get(i);
    }
    return String.format(
        Locale.ROOT, "%-22s %8.0f /s  %7.1f CPU us each", what, all / tookSeconds, cpuMicros / all);
  }

  private static long cpuNanos() {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime();
  }
}
