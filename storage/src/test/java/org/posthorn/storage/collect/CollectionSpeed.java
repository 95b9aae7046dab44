package org.posthorn.storage.collect;

import com.sun.management.OperatingSystemMXBean;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

/// Measures what collection costs: `CollectionSpeed DIRECTORY rounds|deliveries MESSAGES
/// [SECONDS]`. `rounds` fills segments and collects until nothing changes any more. `deliveries`
/// files messages with a collector that is never idle and without one in turn, so many seconds
/// each, and compares medians and pairs. No test; run by hand when something here changes.
final class CollectionSpeed {
  private static final Actor ACTOR = new Actor("ann@example.org", "speed", "1");
  private static final int ACCOUNTS = 16;
  private static final int TURNS = 25;
  private static final int MESSAGE_BYTES = 4 << 10;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final InstantSource clock = InstantSource.system();
  private final Path directory;
  private final ContentStore contents;
  private final Accounts accounts;
  private final Engine engine;

  private CollectionSpeed(Path directory) {
    this.directory = directory;
    this.engine =
        RocksEngine.open(
            directory.resolve("rows"),
            new RocksSettings(32 << 20, 8 << 20, directory.resolve("native")));
    this.contents =
        SegmentContentStore.openIn(
            directory.resolve("content"),
            new SegmentContentStore.Settings(2 << 20, 256 << 10, 32 << 20, 8 << 20),
            clock);
    this.accounts = new Accounts(engine, contents, clock, AccountsConfig.defaults());
    for (int i = 0; i < ACCOUNTS; i++) {
      var _ = accounts.create(id(i), ACTOR, new Accounts.NewAccount("", 0, List.of()));
    }
  }

  public static void main(String[] args) throws Exception {
    var speed = new CollectionSpeed(Path.of(args[0]));
    speed.fill(Integer.parseInt(args[2]));
    switch (args[1]) {
      case "rounds" -> speed.rounds();
      case "deliveries" -> speed.deliveries(args.length > 3 ? Integer.parseInt(args[3]) : 1);
      default -> throw new IllegalArgumentException(args[1]);
    }
    speed.accounts.close();
    speed.contents.close();
    speed.engine.close();
  }

  private static AccountId id(int number) {
    return new AccountId("speed" + number);
  }

  /// Every fifth message is in no account, so that there is something to free.
  private void fill(int messages) throws IOException, InterruptedException {
    var next = new AtomicLong();
    atOnce(thread -> {
      for (long i = next.getAndIncrement(); i < messages; i = next.getAndIncrement()) {
        if (i % 5 == 0) {
          contents.sync(contents.write(new ByteArrayInputStream(message())).id());
        } else {
          deliver(thread);
        }
      }
    });
    try (Stream<Path> files = Files.list(directory.resolve("content/segments"))) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
      }
    }
    Thread.sleep(1_100);
  }

  private void rounds() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("content/segments"))) {
      tell("%d segments", files.count());
    }
    try (Collector collector = collector(100)) {
      for (int i = 1; i <= 4; i++) {
        long cpu = SYSTEM.getProcessCpuTime();
        PastRound round = collector.collect(fast(), (_, _) -> {}).orElseThrow();
        tell(
            "round %d: %5d ms, %5d CPU ms, %d named, %d files skipped, %d contents freed",
            i,
            round.took().toMillis(),
            (SYSTEM.getProcessCpuTime() - cpu) / 1_000_000,
            round.named(),
            round.reclaimed().skippedFiles(),
            round.reclaimed().freedContents());
      }
    }
  }

  private static Collector.Wish fast() {
    return new Collector.Wish(false, true);
  }

  /// `collectorShare` is how much of one core the collector took.
  private record Turn(double perSecond, double cpuMicros, double collectorShare) {}

  private void deliveries(int seconds) throws InterruptedException {
    var _ = turn(5 * seconds);
    List<Turn> without = new ArrayList<>();
    List<Turn> with = new ArrayList<>();
    for (int i = 0; i < TURNS; i++) {
      // Each comes first as often as second.
      if (i % 2 == 0) {
        without.add(turn(seconds));
        with.add(collecting(seconds));
      } else {
        with.add(collecting(seconds));
        without.add(turn(seconds));
      }
    }
    tell("without collection: %s", median(without));
    tell("with collection:    %s", median(with));
    tell(
        "of pairs, with by without: rate %.3f, CPU each %.3f",
        median(i -> with.get(i).perSecond() / without.get(i).perSecond()),
        median(i -> with.get(i).cpuMicros() / without.get(i).cpuMicros()));
  }

  private Turn collecting(int seconds) throws InterruptedException {
    Collector collector = collector(CollectionConfig.defaults().workPercent());
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                while (true) {
                  var _ = collector.collect(new Collector.Wish(false, false), (_, _) -> {});
                }
              } catch (CancellationException _) {
                // It was closed.
              }
            });
    Turn turn = turn(seconds, thread.threadId());
    collector.close();
    thread.join();
    return turn;
  }

  private Turn turn(int seconds) throws InterruptedException {
    return turn(seconds, -1);
  }

  private Turn turn(int seconds, long collector) throws InterruptedException {
    var done = new AtomicLong();
    long cpu = SYSTEM.getProcessCpuTime();
    long collecting = cpuNanos(collector);
    long start = System.nanoTime();
    long end = start + seconds * 1_000_000_000L;
    atOnce(thread -> {
      while (System.nanoTime() < end) {
        deliver(thread);
        done.incrementAndGet();
      }
    });
    double took = (System.nanoTime() - start) / 1e9;
    long collected = cpuNanos(collector) - collecting;
    long delivering = SYSTEM.getProcessCpuTime() - cpu - collected;
    return new Turn(
        done.get() / took, delivering / 1e3 / Math.max(1, done.get()), collected / 1e9 / took);
  }

  /// 0 of a thread that is none.
  private static long cpuNanos(long thread) {
    return thread < 0 ? 0 : ManagementFactory.getThreadMXBean().getThreadCpuTime(thread);
  }

  private static double median(IntToDoubleFunction figure) {
    return IntStream.range(0, TURNS).mapToDouble(figure).sorted().toArray()[TURNS / 2];
  }

  private static String median(List<Turn> turns) {
    double[] rates = turns.stream().mapToDouble(Turn::perSecond).sorted().toArray();
    double[] cpu = turns.stream().mapToDouble(Turn::cpuMicros).sorted().toArray();
    double[] shares = turns.stream().mapToDouble(Turn::collectorShare).sorted().toArray();
    return String.format(
        Locale.ROOT,
        "%6.0f deliveries/s (%.0f to %.0f), %6.1f CPU us each (%.1f to %.1f), collector %.1f %% of a core",
        rates[TURNS / 2],
        rates[0],
        rates[TURNS - 1],
        cpu[TURNS / 2],
        cpu[0],
        cpu[TURNS - 1],
        100 * shares[TURNS / 2]);
  }

  private Collector collector(int workPercent) {
    var config = new CollectionConfig(Duration.ofDays(1), Duration.ofSeconds(1), 25, workPercent);
    return new Collector(
        contents, List.of(accounts::contents), engine, clock, config, Duration.ZERO);
  }

  private void deliver(int thread) throws IOException {
    Account account = accounts.find(id(thread)).orElseThrow();
    MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
    var content = contents.write(new ByteArrayInputStream(message()));
    account.change(
        ACTOR, draft -> draft.append(inbox, new NewEmail(content, "", Flags.NONE, Instant.EPOCH)));
  }

  private static byte[] message() {
    byte[] bytes = new byte[MESSAGE_BYTES];
    new Random(ThreadLocalRandom.current().nextLong()).nextBytes(bytes);
    byte[] header = "Subject: speed\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(header, 0, bytes, 0, header.length);
    return bytes;
  }

  private interface Work {
    void run(int thread) throws IOException;
  }

  private static void atOnce(Work work) throws InterruptedException {
    var finished = new CountDownLatch(ACCOUNTS);
    IntStream.range(0, ACCOUNTS)
        .forEach(thread ->
            Thread.startVirtualThread(() -> {
              try {
                work.run(thread);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              } finally {
                finished.countDown();
              }
            }));
    finished.await();
  }

  @SuppressWarnings({"SystemOut", "AnnotateFormatMethod"}) // The answer of a program run by hand.
  private static void tell(String text, Object... values) {
    System.out.println(String.format(Locale.ROOT, text, values));
  }
}
