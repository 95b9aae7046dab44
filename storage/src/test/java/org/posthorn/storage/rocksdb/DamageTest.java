package org.posthorn.storage.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.SmallDisk;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.Written;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/// What a disk that loses power or rots leaves of the rows. How often is the property
/// `posthorn.faults`.
final class DamageTest {
  private static final int ROUNDS = 12 * Integer.getInteger("posthorn.faults", 1);
  private static final int PARTITIONS = 8;
  private static final int COMMITS = 300;
  private static final int FLIPS = Integer.getInteger("posthorn.faults", 1);

  @TempDir private Path directory;

  private final long seed = Long.getLong("posthorn.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /// Versions that were reached, by partition number; each has a row of its own.
  private final long[] versions = new long[PARTITIONS];

  /// A power cut leaves of the last write, which was not synced, any part, and any bytes.
  @Test
  void aTornLastWriteVanishesAndAllBeforeItIsThere() throws IOException {
    Path rows = directory.resolve("rows");
    Path synced = directory.resolve("synced");
    Path torn = directory.resolve("torn");
    try (Engine engine = RocksEngine.open(rows, RocksEngineTest.SETTINGS)) {
      for (int round = 0; round < ROUNDS; round++) {
        for (int i = random.nextInt(COMMITS); i >= 0; i--) {
          commit(engine);
        }
        copy(rows, synced);
        long[] before = versions.clone();
        commit(engine);
        copy(rows, torn);
        String how = tear(synced, torn);
        String what = "round %d, seed %d: %s".formatted(round, seed, how);
        try (Engine reopened = RocksEngine.open(torn, RocksEngineTest.SETTINGS)) {
          check(reopened, before, what);
        }
      }
    }
  }

  /// Of each kind of file. Either the engine does not open and says which file it is, or it reads
  /// all that it finds right, says of the rest that it cannot be read, and goes on writing.
  @Test
  void aFlippedByteIsNamedOrHurtsOnlyWhatItIsIn() throws IOException, InterruptedException {
    Path rows = directory.resolve("rows");
    Path copy = directory.resolve("copy");
    Path damaged = directory.resolve("damaged");
    for (int i = 0; i < 2; i++) {
      // The first time for a sorted file, the second time for a log.
      try (Engine engine = RocksEngine.open(rows, RocksEngineTest.SETTINGS)) {
        for (int commit = 0; commit < COMMITS; commit++) {
          commit(engine);
        }
        copy(rows, copy);
      }
    }
    List<Path> files;
    try (var all = Files.list(copy)) {
      files = all.sorted().toList();
    }
    for (Path file : files) {
      for (int round = 0; round < FLIPS && Files.size(file) > 0; round++) {
        copy(copy, damaged);
        Path target = damaged.resolve(file.getFileName());
        long at = random.nextLong(Files.size(target));
        flip(target, at);
        String what = "byte %d of %s, seed %d".formatted(at, file.getFileName(), seed);
        try (Engine engine = RocksEngine.open(damaged, RocksEngineTest.SETTINGS)) {
          checkReadable(engine, what);
          writeMuch(engine);
        } catch (StorageUnavailable refused) {
          assertThat(refused).as(what).hasMessageContaining(damaged.toString());
          assertThat(what)
              .as("no refusal without need: %s", refused)
              .doesNotContain("OPTIONS", "LOG");
        }
      }
    }
  }

  /// The log grows in steps, of zeroes, and small writes fall on those: their sync has nothing to
  /// say of the file.
  @Test
  void aSmallWriteFallsOnZeroesThatAreThere() throws IOException {
    Path rows = directory.resolve("rows");
    try (Engine engine = RocksEngine.open(rows, RocksEngineTest.SETTINGS)) {
      commit(engine);
      Path log = logs(rows).getLast();
      long size = Files.size(log);
      for (int i = 0; i < 100; i++) {
        long before = Written.bytes(log);
        commit(engine);
        assertThat(Written.bytes(log)).isGreaterThan(before);
      }
      assertThat(Files.size(log)).isEqualTo(size);
      while (Written.bytes(log) <= size) {
        commit(engine);
      }
      assertThat(Files.size(log)).isGreaterThan(Written.bytes(log) + 100_000);
      check(engine, versions.clone(), "seed " + seed);
    }
    try (Engine engine = RocksEngine.open(rows, RocksEngineTest.SETTINGS)) {
      check(engine, versions.clone(), "opened again, seed " + seed);
    }
  }

  /// After a kill too, and a file that is not the last one may have them.
  @Test
  void zeroesBehindTheLastWriteAreNoDamage() throws IOException {
    Path rows = directory.resolve("rows");
    Path killed = directory.resolve("killed");
    try (Engine engine = RocksEngine.open(rows, RocksEngineTest.SETTINGS)) {
      for (int i = 0; i < COMMITS; i++) {
        commit(engine);
      }
      copy(rows, killed);
    }
    Path log = logs(killed).getLast();
    assertThat(Files.size(log)).isGreaterThan(Written.bytes(log) + 1_000);
    assertThat(new CommitLog(log).damage()).isEmpty();
    Files.copy(log, killed.resolve("999999.log"));
    assertThat(CommitLog.mend(killed)).isEmpty();
    Files.delete(killed.resolve("999999.log"));
    try (Engine engine = RocksEngine.open(killed, RocksEngineTest.SETTINGS)) {
      check(engine, versions.clone(), "seed " + seed);
    }
  }

  private void checkReadable(Engine engine, String what) {
    for (int number = 0; number < PARTITIONS; number++) {
      for (long row = 1; row <= versions[number]; row++) {
        try {
          assertThat(engine.get(partition(number), key(row))).as(what).contains(value(row));
        } catch (StorageUnavailable unreadable) {
          assertThat(unreadable)
              .as(what)
              .hasMessageContaining("damaged")
              .hasMessageContaining(".sst");
        }
      }
    }
  }

  /// Enough for the engine to sort its files anew, which meets what is damaged.
  private void writeMuch(Engine engine) throws InterruptedException {
    var another = partition(PARTITIONS);
    for (int i = 0; i < 20; i++) {
      var batch = new Batch();
      for (int row = 0; row < 400; row++) {
        byte[] value = new byte[2_000];
        random.nextBytes(value);
        batch.put(key(random.nextInt(1_000)), value);
      }
      insist(
          () -> engine.commit(another, engine.head(another).version(), CommitId.random(), batch));
    }
  }

  /// Until the engine has noticed what is damaged and works without it.
  static void insist(Runnable commit) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (true) {
      try {
        commit.run();
        return;
      } catch (StorageUnavailable e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }
  }

  private static void flip(Path file, long at) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var one = ByteBuffer.allocate(1);
      channel.read(one, at);
      channel.write(ByteBuffer.wrap(new byte[] {(byte) ~one.get(0)}), at);
    }
  }

  /// The disk is full, and then it is not: no restart is needed.
  @Test
  void aFullDiskIsSaidAndTheEngineGoesOnWhenThereIsRoom() throws IOException, InterruptedException {
    try (var disk = SmallDisk.mount(directory.resolve("disk"), 20)) {
      Path rows = disk.path().resolve("rows");
      try (Engine engine = RocksEngine.open(rows, RocksEngineTest.SETTINGS)) {
        disk.fill(2 << 20);
        assertThatThrownBy(
                () -> {
                  for (int i = 0; i < 20_000; i++) {
                    commit(engine);
                  }
                })
            .isInstanceOf(StorageUnavailable.class)
            .hasMessageContaining("disk is full")
            .matches(full -> ((StorageUnavailable) full).isFull());
        for (int number = 0; number < PARTITIONS; number++) {
          assertThat(engine.get(partition(number), key(1))).contains(value(1));
          assertThat(engine.readableVersion(partition(number))).isPositive();
        }
        disk.free();
        insist(() -> commit(engine));
        check(engine, versions.clone(), "seed " + seed);
      }
      try (Engine engine = RocksEngine.open(rows, RocksEngineTest.SETTINGS)) {
        check(engine, versions.clone(), "opened again, seed " + seed);
      }
    }
  }

  /// RocksDB has no word for it, and what is left of a quota no file system tells.
  @Test
  void afterAQuotaWasUsedUpCommitsGoOn() throws Exception {
    var exceeded = new AtomicInteger(2);
    RocksEngine.Faults overQuota =
        () -> {
          if (exceeded.decrementAndGet() == 0) {
            throw new RocksDBException(
                new Status(
                    Status.Code.IOError,
                    Status.SubCode.None,
                    "While appending to file: /rows/000004.log: Disk quota exceeded"));
          }
        };
    Path rows = directory.resolve("rows");
    try (Engine engine = RocksEngine.open(rows, RocksEngineTest.SETTINGS, overQuota)) {
      commit(engine);
      assertThatThrownBy(() -> commit(engine))
          .isInstanceOf(StorageUnavailable.class)
          .hasMessageContaining("quota of the disk")
          .matches(full -> ((StorageUnavailable) full).isFull());
      insist(() -> commit(engine));
      check(engine, versions.clone(), "seed " + seed);
    }
    assertThat(rows.resolve("room.probe")).doesNotExist();
  }

  private void commit(Engine engine) {
    int number = random.nextInt(PARTITIONS);
    // Not what was acknowledged: a commit that failed may have been made.
    long version = engine.head(partition(number)).version();
    var batch = new Batch().put(key(version + 1), value(version + 1));
    engine.commit(partition(number), version, CommitId.random(), batch);
    versions[number] = version + 1;
  }

  private static void check(Engine engine, long[] acknowledged, String what) {
    for (int number = 0; number < PARTITIONS; number++) {
      long version = engine.head(partition(number)).version();
      assertThat(version).as(what).isBetween(acknowledged[number], acknowledged[number] + 1);
      for (long row = 1; row <= version; row++) {
        assertThat(engine.get(partition(number), key(row))).as(what).contains(value(row));
      }
    }
    long version = engine.head(partition(0)).version();
    var batch = new Batch().put(key(version + 1), value(version + 1));
    engine.commit(partition(0), version, CommitId.random(), batch);
  }

  private String tear(Path synced, Path torn) throws IOException {
    Path log = logs(torn).getLast();
    Path before = synced.resolve(log.getFileName());
    long from = Files.exists(before) ? Written.bytes(before) : 0;
    long to = Written.bytes(log);
    long at = from + random.nextLong(to - from);
    try (FileChannel file = FileChannel.open(log, StandardOpenOption.WRITE)) {
      byte[] bytes = new byte[(int) (to - at)];
      int kind = random.nextInt(3);
      if (kind == 0) {
        file.truncate(at);
      } else {
        if (kind == 1) {
          random.nextBytes(bytes);
        }
        file.write(ByteBuffer.wrap(bytes), at);
      }
      return "%s from byte %d of %d"
          .formatted(List.of("cut", "garbage", "zeroes").get(kind), at - from, to - from);
    }
  }

  private static List<Path> logs(Path rows) throws IOException {
    try (var files = Files.list(rows)) {
      return files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
    }
  }

  static void copy(Path from, Path to) throws IOException {
    List<Path> old = new ArrayList<>();
    if (Files.exists(to)) {
      try (var files = Files.walk(to)) {
        files.sorted(Comparator.reverseOrder()).forEach(old::add);
      }
    }
    for (Path file : old) {
      Files.delete(file);
    }
    Files.createDirectories(to);
    try (var files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static Partition partition(int number) {
    return new Partition(Partition.Kind.ACCOUNT, "p" + number);
  }

  private static byte[] key(long version) {
    return ("k" + version).getBytes(US_ASCII);
  }

  private static byte[] value(long version) {
    byte[] value = new byte[(int) (version * 7 % 3_000)];
    new Random(version).nextBytes(value);
    return value;
  }
}
