package org.posthorn.app.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.management.OperatingSystemMXBean;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.posthorn.message.MailId;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;

/// How much can be made durable in a second, by many threads at once. Used by one thread.
final class CommitRates {
  static final Actor ACTOR = new Actor("bench", "bench", "store");
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final int FSYNC_FILE_BYTES = 4 << 20;
  private static final long WARMING_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int ROWS = 5;
  private static final int ROW_BYTES = 150;
  private static final int MESSAGE_BYTES = 10 << 10;

  private final Figures figures;
  private final int threads;
  private final long nanos;
  private final AtomicLong names = new AtomicLong();

  CommitRates(Figures figures, int threads, int seconds) {
    this.figures = figures;
    this.threads = threads;
    this.nanos = Duration.ofSeconds(seconds).toNanos();
  }

  private interface Work {
    void once(int thread) throws IOException;
  }

  /// What the disk does by itself: a block is written and synced, again and again.
  void fsync(Path folder) throws IOException, InterruptedException {
    try (FileChannel file =
        FileChannel.open(
            folder.resolve("fsync"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      // Written over and over, so that the file's length need not be synced too.
      file.write(ByteBuffer.allocate(FSYNC_FILE_BYTES));
      file.force(true);
      ByteBuffer block = ByteBuffer.allocate(4 << 10);
      rate(
          "fsync",
          "fsync of the disk, one after the other",
          1,
          _ -> {
            file.write(
                block.rewind(), names.incrementAndGet() * block.capacity() % FSYNC_FILE_BYTES);
            file.force(false);
          });
    }
  }

  void engine(Engine engine) throws IOException, InterruptedException {
    long[] versions = new long[threads];
    long round = names.incrementAndGet();
    rate(
        "commits",
        "durable commits of 5 rows, %d threads".formatted(threads),
        threads,
        thread -> {
          commit(engine, "bench" + round + "." + thread, versions[thread]);
          versions[thread]++;
        });
  }

  /// One commit at a time, as if there were no group commit: each has a sync of its own.
  void engineAlone(Engine engine) throws IOException, InterruptedException {
    long[] versions = new long[threads];
    long round = names.incrementAndGet();
    var alone = new ReentrantLock();
    rate(
        "commitsAlone",
        "the same, one commit for each sync",
        threads,
        thread -> {
          alone.lock();
          try {
            commit(engine, "bench" + round + "." + thread, versions[thread]);
          } finally {
            alone.unlock();
          }
          versions[thread]++;
        });
  }

  void contents(ContentStore contents) throws IOException, InterruptedException {
    var sample = new SampleMessage(MESSAGE_BYTES);
    rate(
        "contents",
        "durable contents of 10 KiB",
        threads,
        _ ->
            contents.sync(
                contents.write(new ByteArrayInputStream(sample.next("a@example.org"))).id()));
  }

  /// Whole deliveries, each thread to an account of its own.
  void deliveries(StoreCommand.Rooms rooms) throws IOException, InterruptedException {
    var sample = new SampleMessage(MESSAGE_BYTES);
    Account[] accounts = new Account[threads];
    for (int i = 0; i < threads; i++) {
      accounts[i] = account(rooms.accounts(), "delivery" + i);
    }
    rate(
        "deliveries",
        "deliveries of 10 KiB, content and account",
        threads,
        thread -> {
          Account account = accounts[thread];
          var inbox = account.find(MailboxName.INBOX).orElseThrow().id();
          byte[] message = sample.next("a@example.org");
          var email =
              new NewEmail(
                  rooms.contents().write(new ByteArrayInputStream(message)),
                  "Return-Path: <bench@example.net>\r\n",
                  Flags.NONE,
                  Instant.now());
          var mail = new MailId("m" + names.incrementAndGet());
          var _ =
              account.change(ACTOR, draft -> draft.deliver(inbox, email, mail, "a@example.org", 1));
        });
  }

  static Account account(Accounts accounts, String name) {
    return accounts.create(new AccountId(name), ACTOR, new Accounts.NewAccount(name, 0, List.of()));
  }

  static double cpuSeconds() {
    return SYSTEM.getProcessCpuTime() / 1e9;
  }

  private static void commit(Engine engine, String name, long version) {
    var batch = new Batch();
    byte[] value = new byte[ROW_BYTES];
    new Random(version).nextBytes(value);
    for (int i = 0; i < ROWS; i++) {
      batch.put(Arrays.copyOf(("key" + version + "." + i).getBytes(US_ASCII), 28), value);
    }
    engine.commit(new Partition(Partition.Kind.SYSTEM, name), version, CommitId.random(), batch);
  }

  /// After a second that does not count.
  private void rate(String key, String label, int crew, Work work)
      throws IOException, InterruptedException {
    run(crew, WARMING_NANOS, work, new AtomicLong());
    double cpu = cpuSeconds();
    long begin = System.nanoTime();
    var counted = new AtomicLong();
    run(crew, nanos, work, counted);
    long done = counted.get();
    double took = (System.nanoTime() - begin) / 1e9;
    cpu = cpuSeconds() - cpu;
    figures
        .add(key + "PerSecond", label, done / took, "/s")
        .add(key + "CpuMicros", "… CPU for each", cpu * 1e6 / done, "µs");
  }

  private static void run(int crew, long nanos, Work work, AtomicLong done)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    Crew.run(
        crew,
        thread -> {
          while (System.nanoTime() - begin < nanos) {
            work.once(thread);
            done.incrementAndGet();
          }
        });
  }
}
