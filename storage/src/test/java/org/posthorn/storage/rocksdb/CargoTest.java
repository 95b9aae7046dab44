package org.posthorn.storage.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.Written;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.Cargo;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;

/// What commits carry, and what a loss of power makes of it: a copy of the files of an engine that
/// is open is what is on the disk then.
@Timeout(120)
final class CargoTest {
  private static final Partition ANN = new Partition(Partition.Kind.ACCOUNT, "ann");

  @TempDir private Path directory;

  /// Keeps what it is brought.
  private static final class Shelf implements Cargo.Home {
    private final List<String> brought = new CopyOnWriteArrayList<>();
    private volatile Runnable settle = () -> {};

    @Override
    public void bring(ByteBuffer cargo) {
      brought.add(US_ASCII.decode(cargo).toString());
    }

    @Override
    public void settle() {
      settle.run();
    }
  }

  private record Parcel(String text, AtomicBoolean isThere) implements Cargo {
    Parcel(String text) {
      this(text, new AtomicBoolean());
    }

    @Override
    public byte[] bytes() {
      return text.getBytes(US_ASCII);
    }

    @Override
    public void arrived() {
      isThere.set(true);
    }
  }

  private Engine open(Cargo.Home home) {
    return RocksEngine.open(directory.resolve("rows"), RocksEngineTest.SETTINGS, home);
  }

  /// What the next start would find.
  private List<String> afterALossOfPower() throws IOException {
    Path copy = directory.resolve("copy");
    copy(copy);
    return broughtFrom(copy);
  }

  private static List<String> broughtFrom(Path rows) {
    var home = new Shelf();
    RocksEngine.open(rows, RocksEngineTest.SETTINGS, home).close();
    return home.brought;
  }

  private void copy(Path copy) throws IOException {
    if (Files.exists(copy)) {
      try (var old = Files.list(copy)) {
        for (Path file : old.toList()) {
          Files.delete(file);
        }
      }
    }
    Files.createDirectories(copy);
    try (var files = Files.list(directory.resolve("rows"))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
  }

  private static void commit(Engine engine, Partition partition, long version, Cargo... cargo) {
    var batch = new Batch().put(new byte[] {1}, new byte[100]).carry(List.of(cargo));
    assertThat(engine.commit(partition, version, CommitId.random(), batch))
        .isEqualTo(new Result.Applied(version + 1));
  }

  private static String text(Random random, int length) {
    var text = new StringBuilder();
    while (text.length() < length) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    return text.toString();
  }

  @Test
  void whatCommitsCarryIsBroughtInTheirOrder() throws IOException {
    var random = new Random(1);
    var carried = new ArrayList<String>();
    try (Engine engine = open(new Shelf())) {
      int version = 0;
      for (int length : new int[] {0, 1, 127, 128, 16_383, 16_384, 32_000, 40_000, 70_000}) {
        var first = new Parcel(text(random, length));
        var second = new Parcel(text(random, 1_000));
        commit(engine, ANN, version++, first, second);
        assertThat(first.isThere()).isTrue();
        assertThat(second.isThere()).isTrue();
        carried.add(first.text());
        carried.add(second.text());
        commit(engine, ANN, version++);
      }
      assertThat(afterALossOfPower()).isEqualTo(carried);
    }
  }

  @Test
  void ofManyAtATimeNothingIsMissing() throws Exception {
    var carried = new CopyOnWriteArrayList<String>();
    try (Engine engine = open(new Shelf());
        var writers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        var partition = new Partition(Partition.Kind.ACCOUNT, "p" + i);
        var random = new Random(i);
        all.add(
            writers.submit(() -> {
              for (int version = 0; version < 20; version++) {
                var parcel = new Parcel(text(random, random.nextInt(5_000)));
                commit(engine, partition, version, parcel);
                carried.add(parcel.text());
              }
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
      assertThat(afterALossOfPower()).containsExactlyInAnyOrderElementsOf(carried);
    }
  }

  @Test
  void aConflictDoesNotArrive() {
    try (Engine engine = open(new Shelf())) {
      commit(engine, ANN, 0);
      var parcel = new Parcel("late");
      var batch = new Batch().carry(List.of(parcel));
      assertThat(engine.commit(ANN, 0, CommitId.random(), batch))
          .isInstanceOf(Result.Conflict.class);
      assertThat(parcel.isThere()).isFalse();
    }
  }

  /// Cut at any byte: what is brought is what the rows that are left have carried.
  @Test
  void aTornEndBringsWhatTheRowsBeforeItCarried() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    var carried = new ArrayList<String>();
    try (Engine engine = open(new Shelf())) {
      for (int version = 0; version < 40; version++) {
        var parcel = new Parcel(text(random, random.nextInt(6_000)));
        commit(engine, ANN, version, parcel);
        carried.add(parcel.text());
      }
      for (int round = 0; round < 12; round++) {
        Path torn = directory.resolve("torn" + round);
        copy(torn);
        cutLog(torn, random);
        var home = new Shelf();
        try (Engine left = RocksEngine.open(torn, RocksEngineTest.SETTINGS, home)) {
          assertThat(home.brought)
              .as("round %d, seed %d", round, seed)
              .isEqualTo(carried.subList(0, (int) left.head(ANN).version()));
        }
      }
    }
  }

  private static void cutLog(Path rows, Random random) throws IOException {
    try (var files = Files.list(rows)) {
      Path log =
          files.filter(file -> file.toString().endsWith(".log")).max(Path::compareTo).orElseThrow();
      try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
        channel.truncate(random.nextLong(Written.bytes(log)));
      }
    }
  }

  /// The rows in memory go to a file when there are 4 MiB of them, and with them the log.
  @Test
  void theLogStaysUntilAllIsSettled() throws Exception {
    var home = new Shelf();
    var asked = new CountDownLatch(1);
    var settled = new CountDownLatch(1);
    home.settle = () -> {};
    var carried = new ArrayList<String>();
    try (Engine engine = open(home)) {
      home.settle =
          () -> {
            asked.countDown();
            awaitQuietly(settled);
          };
      int version = fill(engine, asked, carried, 60_000);
      assertThat(afterALossOfPower()).isEqualTo(carried);
      settled.countDown();
      commit(engine, ANN, version);
    }
    assertThat(broughtFrom(directory.resolve("rows"))).as("closed in peace").isEmpty();
  }

  /// RocksDB begins the next file where it likes, and zeroes may be left behind the one before.
  @Test
  void zeroesBehindAFileThatIsNotTheLastHideNothing() throws Exception {
    var home = new Shelf();
    var asked = new CountDownLatch(1);
    var settled = new CountDownLatch(1);
    var carried = new ArrayList<String>();
    Path copy = directory.resolve("copy");
    long version;
    try (Engine engine = open(home)) {
      home.settle =
          () -> {
            asked.countDown();
            awaitQuietly(settled);
          };
      version = fill(engine, asked, carried, 3_000);
      for (int i = 0; i < 20; i++) {
        var parcel = new Parcel("behind " + i);
        commit(engine, ANN, version++, parcel);
        carried.add(parcel.text());
      }
      copy(copy);
      settled.countDown();
    }
    try (var files = Files.list(copy)) {
      List<Path> logs = files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
      assertThat(logs).hasSize(2);
      Files.write(logs.getFirst(), new byte[100_000], StandardOpenOption.APPEND);
    }
    var next = new Shelf();
    try (Engine engine = RocksEngine.open(copy, RocksEngineTest.SETTINGS, next)) {
      assertThat(next.brought).isEqualTo(carried);
      assertThat(engine.head(ANN).version()).isEqualTo(version);
    }
  }

  /// What cannot be put in its place stays in the log; the engine takes nothing more.
  @Test
  void whatCannotBeSettledStopsCommitsAndStaysInTheLog() throws Exception {
    var home = new Shelf();
    var never = new CountDownLatch(1);
    var carried = new ArrayList<String>();
    Engine engine = open(home);
    home.settle =
        () -> {
          throw new StorageUnavailable("The disk is ill");
        };
    assertThatThrownBy(() -> fill(engine, never, carried, 60_000))
        .isInstanceOf(StorageUnavailable.class)
        .hasMessageContaining("The disk is ill");
    engine.close();
    // And perhaps that of the last commit, of which nobody knows.
    assertThat(afterALossOfPower().subList(0, carried.size())).isEqualTo(carried);
  }

  /// Such as when too many files were open. What the log holds stays until it is in its place.
  @Test
  void whenItCanBeSettledAgainCommitsGoOn() throws Exception {
    var home = new Shelf();
    var never = new CountDownLatch(1);
    var carried = new ArrayList<String>();
    try (Engine engine = open(home)) {
      home.settle =
          () -> {
            throw new StorageUnavailable("A content could not be synced this time");
          };
      assertThatThrownBy(() -> fill(engine, never, carried, 60_000))
          .isInstanceOf(StorageUnavailable.class)
          .hasMessageContaining("this time");
      assertThat(afterALossOfPower().subList(0, carried.size())).isEqualTo(carried);
      home.settle = () -> {};
      insist(() -> commit(engine, ANN, engine.head(ANN).version(), new Parcel("later")));
      assertThat(afterALossOfPower())
          .as("what is in its place is not kept")
          .contains("later")
          .doesNotContain(carried.getFirst());
    }
    assertThat(broughtFrom(directory.resolve("rows"))).isEmpty();
  }

  private static void insist(Runnable commit) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      try {
        commit.run();
        return;
      } catch (StorageUnavailable e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(10);
      }
    }
  }

  /// Until the engine wants to write to a file. Returns the version then.
  private static int fill(Engine engine, CountDownLatch asked, List<String> carried, int bytes) {
    var random = new Random(2);
    int version = 0;
    while (asked.getCount() > 0) {
      byte[] value = new byte[bytes];
      random.nextBytes(value);
      var parcel = new Parcel(text(random, 500));
      var batch = new Batch().put(new byte[] {(byte) version}, value).carry(List.of(parcel));
      assertThat(engine.commit(ANN, version, CommitId.random(), batch))
          .isEqualTo(new Result.Applied(version + 1));
      carried.add(parcel.text());
      version++;
    }
    return version;
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void withoutAHomeNothingIsCarried() {
    try (Engine engine = RocksEngine.open(directory.resolve("rows"), RocksEngineTest.SETTINGS)) {
      var batch = new Batch().carry(List.of(new Parcel("lost")));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.commit(ANN, 0, CommitId.random(), batch))
          .withMessageContaining("no home");
    }
  }

  /// A home that cannot take what is in the log: the engine stays closed, and the log as it is.
  @Test
  void anUnwillingHomeKeepsTheEngineClosed() throws IOException {
    Path copy = directory.resolve("unwilling");
    try (Engine engine = open(new Shelf())) {
      commit(engine, ANN, 0, new Parcel("precious"));
      copy(copy);
    }
    var home = new Shelf();
    home.settle =
        () -> {
          throw new StorageUnavailable("No room");
        };
    assertThatThrownBy(() -> RocksEngine.open(copy, RocksEngineTest.SETTINGS, home))
        .isInstanceOf(StorageUnavailable.class)
        .hasMessageContaining("No room");
    assertThat(broughtFrom(copy)).containsExactly("precious");
  }
}
