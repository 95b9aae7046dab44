package org.posthorn.storage.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.DurableEngineContract;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.EngineContract;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.rocksdb.RocksDBException;

final class RocksEngineTest implements DurableEngineContract {
  private static final Set<Thread.State> RESTING =
      Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);

  static final RocksSettings SETTINGS =
      new RocksSettings(8 << 20, 4 << 20, Path.of("target", "native"));

  @TempDir private Path directory;

  @Override
  public Engine reopenedEngine() {
    return RocksEngine.open(directory, SETTINGS);
  }

  @Test
  void aSecondEngineOnTheSameDirectoryIsToldThatThereIsOne() {
    try (Engine first = reopenedEngine()) {
      assertThatThrownBy(this::reopenedEngine)
          .isInstanceOf(StorageUnavailable.class)
          .hasMessageContaining("Another Posthorn runs on this data directory");
      assertThat(first.commit(EngineContract.ANN, 0, CommitId.random(), new Batch()))
          .isEqualTo(new Result.Applied(1));
    }
  }

  @Test
  void aNewerFormatIsRefusedAndLeftUntouched() throws IOException {
    reopenedEngine().close();
    Files.writeString(directory.resolve("FORMAT"), "posthorn rows 2\n");
    Map<Path, Long> before = files();
    assertThatThrownBy(this::reopenedEngine)
        .isInstanceOf(StorageUnavailable.class)
        .hasMessageContaining("posthorn rows 2");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void aDirectoryWithForeignRowsIsRefused() throws IOException {
    reopenedEngine().close();
    Files.delete(directory.resolve("FORMAT"));
    assertThatThrownBy(this::reopenedEngine)
        .isInstanceOf(StorageUnavailable.class)
        .hasMessageContaining("FORMAT");
  }

  @Test
  void theNativeLibraryIsUnpackedOnce() throws IOException {
    reopenedEngine().close();
    List<Path> libraries;
    try (var walk = Files.walk(SETTINGS.nativeLibraryDirectory())) {
      libraries = walk.filter(Files::isRegularFile).toList();
    }
    assertThat(libraries).hasSize(1);
    assertThat(libraries.getFirst().getFileName().toString()).startsWith("librocksdbjni");
  }

  @Test
  void aNativeLibraryThatACrashHasCutShortIsUnpackedAgain(@TempDir Path folder) throws IOException {
    NativeLibrary.load(folder);
    Path library;
    try (var walk = Files.walk(folder)) {
      library = walk.filter(Files::isRegularFile).findFirst().orElseThrow();
    }
    byte[] whole = Files.readAllBytes(library);
    Path other = folder.resolve("other");
    Files.write(other, Arrays.copyOf(whole, whole.length / 2));
    Files.move(other, library, StandardCopyOption.REPLACE_EXISTING);
    NativeLibrary.load(folder);
    assertThat(Files.size(library)).isEqualTo(whole.length);
    Files.write(other, Arrays.copyOf(Arrays.copyOf(whole, whole.length / 2), whole.length));
    Files.move(other, library, StandardCopyOption.REPLACE_EXISTING);
    NativeLibrary.load(folder);
    assertThat(library).hasBinaryContent(whole);
  }

  @Test
  void afterAFailedWriteNothingIsCommittedUntilTheEngineIsReopened() {
    var writes = new AtomicInteger();
    RocksEngine.Faults secondFails =
        () -> {
          if (writes.incrementAndGet() == 2) {
            throw new RocksDBException("Input/output error");
          }
        };
    Batch batch = new Batch().put("k".getBytes(UTF_8), "v".getBytes(UTF_8));
    try (Engine engine = RocksEngine.open(directory, SETTINGS, secondFails)) {
      engine.commit(EngineContract.ANN, 0, CommitId.random(), batch);
      assertThatThrownBy(() -> engine.commit(EngineContract.ANN, 1, CommitId.random(), new Batch()))
          .isInstanceOf(StorageUnavailable.class)
          .hasRootCauseMessage("Input/output error");
      assertThatThrownBy(() -> engine.commit(EngineContract.BOB, 0, CommitId.random(), new Batch()))
          .isInstanceOf(StorageUnavailable.class);
      assertThatThrownBy(() -> engine.head(EngineContract.ANN))
          .isInstanceOf(StorageUnavailable.class);
      assertThat(engine.get(EngineContract.ANN, "k".getBytes(UTF_8))).isPresent();
      assertThat(writes).hasValue(2);
    }
    try (Engine engine = reopenedEngine()) {
      assertThat(engine.head(EngineContract.ANN).version()).isEqualTo(1);
      assertThat(engine.commit(EngineContract.ANN, 1, CommitId.random(), new Batch()))
          .isEqualTo(new Result.Applied(2));
    }
  }

  @Test
  void commitsThatWaitShareOneWrite() throws Exception {
    var writes = new AtomicInteger();
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    RocksEngine.Faults slow =
        () -> {
          writes.incrementAndGet();
          inside.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    try (RocksEngine engine = RocksEngine.open(directory, SETTINGS, slow);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> first = threads.submit(() -> commit(engine, "first"));
      inside.await();
      List<Future<Result>> others =
          IntStream.range(0, 100)
              .mapToObj(i -> threads.submit(() -> commit(engine, "p" + i)))
              .toList();
      while (engine.waitingCount() < 100) {
        Thread.onSpinWait();
      }
      goOn.countDown();
      first.get();
      for (Future<Result> other : others) {
        assertThat(other.get()).isEqualTo(new Result.Applied(1));
      }
    }
    assertThat(writes).hasValue(2);
  }

  @Test
  void aSystemThreadThatFindsNobodyWritingWritesItself() {
    List<Thread> writers = new CopyOnWriteArrayList<>();
    try (var engine =
        RocksEngine.open(directory, SETTINGS, () -> writers.add(Thread.currentThread()))) {
      awaitRestingCommitters();
      commit(engine, "alone");
      assertThat(writers).containsExactly(Thread.currentThread());
    }
  }

  /// A committer that has only just started looks for what waits before it rests, and may be the
  /// one that writes it.
  private static void awaitRestingCommitters() {
    while (Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("posthorn-committer"))
        .anyMatch(thread -> !RESTING.contains(thread.getState()))) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aVirtualThreadLeavesTheWritingToTheCommitter() throws Exception {
    List<Thread> writers = new CopyOnWriteArrayList<>();
    try (var engine =
        RocksEngine.open(directory, SETTINGS, () -> writers.add(Thread.currentThread()))) {
      Thread.startVirtualThread(() -> commit(engine, "alone")).join();
    }
    assertThat(writers).extracting(Thread::getName).containsOnly("posthorn-committer");
  }

  @Test
  void noCommitOfEitherKindOfThreadIsForgotten() throws Exception {
    int commits = 100;
    List<Partition> partitions =
        IntStream.range(0, 16)
            .mapToObj(i -> new Partition(Partition.Kind.ACCOUNT, "p" + i))
            .toList();
    try (Engine engine = reopenedEngine()) {
      List<Thread> threads =
          partitions.stream()
              .map(partition ->
                  partition.name().hashCode() % 2 == 0
                      ? Thread.ofPlatform().start(() -> commitOften(engine, partition, commits))
                      : Thread.ofVirtual().start(() -> commitOften(engine, partition, commits)))
              .toList();
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(partitions)
          .allSatisfy(partition -> assertThat(engine.head(partition).version()).isEqualTo(commits));
    }
  }

  private static void commitOften(Engine engine, Partition partition, int commits) {
    for (int version = 0; version < commits; version++) {
      engine.commit(partition, version, CommitId.random(), new Batch());
    }
  }

  private static Result commit(Engine engine, String partition) {
    return engine.commit(
        new Partition(Partition.Kind.ACCOUNT, partition), 0, CommitId.random(), new Batch());
  }

  private Map<Path, Long> files() throws IOException {
    try (var list = Files.list(directory)) {
      return list.collect(
          Collectors.toMap(
              file -> file, file -> file.toFile().lastModified() + file.toFile().length()));
    }
  }
}
