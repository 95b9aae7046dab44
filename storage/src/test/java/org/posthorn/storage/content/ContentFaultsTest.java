package org.posthorn.storage.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.storage.content.ContentStoreContract.message;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;
import org.posthorn.storage.SmallDisk;
import org.posthorn.storage.StorageUnavailable;

/// What contents do on a disk that is full, loses power, rots or is slow. How often is the property
/// `posthorn.faults`.
final class ContentFaultsTest {
  private static final int TIMES = Integer.getInteger("posthorn.faults", 1);
  private static final int LARGE = 20_000;
  private static final SegmentContentStore.Settings SETTINGS =
      new SegmentContentStore.Settings(100_000, LARGE, 1 << 20, 0, 0, Duration.ZERO);

  @TempDir private Path directory;

  private final FaultyDisk disk = new FaultyDisk();
  private final long seed = Long.getLong("posthorn.seed", System.nanoTime());
  private final Random random = new Random(seed);

  private static final class PowerCut extends IOException {
    private static final long serialVersionUID = 1L;

    PowerCut() {
      super("power cut");
    }
  }

  private static SegmentContentStore open(Path at) {
    return SegmentContentStore.openIn(at, SETTINGS, InstantSource.system());
  }

  private static int size(Random random) {
    return random.nextInt(10) == 0 ? LARGE + random.nextInt(60_000) : 1 + random.nextInt(LARGE / 2);
  }

  /// At the n-th write, sync or new name, for each n: half of it is done, and so are the next few.
  /// What was written before can be read, and when there is room the same store goes on.
  @Test
  void aFullDiskIsSaidAndNothingElseIsHurt() throws IOException {
    for (int n = 1; n <= 60; n++) {
      Path at = directory.resolve("full" + n);
      var steps = new AtomicInteger();
      int first = n;
      Map<ContentId, byte[]> written = new HashMap<>();
      boolean refused = false;
      var sizes = new Random(n);
      try (SegmentContentStore store = open(disk.at(at))) {
        disk.fault((step, _) -> {
          int now = steps.incrementAndGet();
          if (step != FaultyDisk.Step.SYNC && now >= first && now < first + 4) {
            throw new IOException("No space left on device");
          }
        });
        for (int i = 0; i < 30; i++) {
          byte[] bytes = message(size(sizes));
          try {
            ContentId id = store.write(new ByteArrayInputStream(bytes)).id();
            store.sync(id);
            written.put(id, bytes);
          } catch (StorageUnavailable full) {
            assertThat(full).hasMessageContaining("The disk is full");
            assertThat(full.isFull()).isTrue();
            refused = true;
          }
        }
        disk.fault((_, _) -> {});
        check(store, written, "full at step " + n);
      }
      assertThat(refused).as("step %d", n).isTrue();
      assertThat(written).hasSizeGreaterThan(20);
      try (SegmentContentStore store = open(at)) {
        check(store, written, "opened again, full at step " + n);
      }
    }
  }

  /// The power goes at a random step. What was synced is there; what was not is there, or is not,
  /// or is said to be damaged, and never something else.
  @Test
  void whatWasSyncedSurvivesALossOfPower() throws IOException {
    for (int round = 0; round < 40 * TIMES; round++) {
      Path at = directory.resolve("power" + round);
      String what = "round %d, seed %d".formatted(round, seed);
      Map<ContentId, byte[]> synced = new HashMap<>();
      Map<ContentId, byte[]> unsure = new HashMap<>();
      for (int life = 0; life < 3; life++) {
        writeUntilPowerGoes(at, synced, unsure);
        disk.losePower(random);
        disk.fault((_, _) -> {});
        try (SegmentContentStore store = open(at)) {
          check(store, synced, what);
          for (var entry : unsure.entrySet()) {
            assertThat(bytesOrDamage(store, entry.getKey())).as(what).isIn(entry.getValue(), null);
          }
          store.walk(_ -> {});
        }
      }
    }
  }

  private void writeUntilPowerGoes(
      Path at, Map<ContentId, byte[]> synced, Map<ContentId, byte[]> unsure) throws IOException {
    var left = new AtomicInteger(random.nextInt(60));
    disk.fault((_, _) -> {
      if (left.decrementAndGet() < 0) {
        throw new PowerCut();
      }
    });
    try (SegmentContentStore store = open(disk.at(at))) {
      while (left.get() >= 0) {
        byte[] bytes = message(size(random));
        ContentId id = store.write(new ByteArrayInputStream(bytes)).id();
        unsure.put(id, bytes);
        if (random.nextInt(3) > 0) {
          store.sync(id);
          synced.put(id, bytes);
        }
      }
    } catch (StorageUnavailable e) {
      assertThat(left.get()).as("only then: %s", e).isNegative();
    }
  }

  private static byte @Nullable [] bytesOrDamage(SegmentContentStore store, ContentId id)
      throws IOException {
    try (InputStream in = store.open(id, 0, Long.MAX_VALUE)) {
      return in.readAllBytes();
    } catch (ContentDamaged | ContentMissing | UncheckedIOException | StorageUnavailable _) {
      return null;
    }
  }

  private static void check(SegmentContentStore store, Map<ContentId, byte[]> there, String what)
      throws IOException {
    for (var entry : there.entrySet()) {
      try (InputStream in = store.open(entry.getKey(), 0, Long.MAX_VALUE)) {
        assertThat(in.readAllBytes()).as(what).isEqualTo(entry.getValue());
      }
    }
  }

  /// Anywhere in any file: the contents that it is in are said to be damaged, all others are read.
  @Test
  void aFlippedByteHurtsOnlyTheContentThatItIsIn() throws IOException {
    Map<ContentId, byte[]> written = new HashMap<>();
    try (SegmentContentStore store = open(directory)) {
      for (int i = 0; i < 40; i++) {
        byte[] bytes = message(size(random));
        ContentId id = store.write(new ByteArrayInputStream(bytes)).id();
        store.sync(id);
        written.put(id, bytes);
      }
    }
    List<Path> files;
    try (var all = Files.walk(directory)) {
      files = all.filter(file -> file.toString().matches(".*\\.(segment|content)")).toList();
    }
    for (int round = 0; round < 100 * TIMES; round++) {
      Path file = files.get(random.nextInt(files.size()));
      long at = random.nextInt(10) == 0 ? random.nextInt(28) : random.nextLong(Files.size(file));
      flip(file, at);
      String what = "byte %d of %s, seed %d".formatted(at, file, seed);
      Set<ContentId> hurt = new HashSet<>();
      try (SegmentContentStore store = open(directory)) {
        for (var entry : written.entrySet()) {
          byte[] there = bytesOrDamage(store, entry.getKey());
          if (there == null) {
            hurt.add(entry.getKey());
          } else {
            assertThat(there).as(what).isEqualTo(entry.getValue());
          }
        }
        byte[] more = message(1_000);
        ContentId id = store.write(new ByteArrayInputStream(more)).id();
        store.sync(id);
        check(store, Map.of(id, more), what);
      }
      boolean headOfSegment = file.toString().endsWith(".segment") && at < Segment.HEADER_BYTES;
      assertThat(hurt).as(what).hasSizeLessThanOrEqualTo(headOfSegment ? written.size() : 1);
      flip(file, at);
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

  /// Each sync takes 200 ms: those that wait share it, and who only writes or reads does not wait.
  @Test
  void aSlowDiskIsSharedAndHoldsUpNobodyElse() throws Exception {
    int writers = 64;
    var syncs = new AtomicInteger();
    try (SegmentContentStore store = open(disk.at(directory));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      ContentId there = store.write(new ByteArrayInputStream(message(1_000))).id();
      disk.fault((step, path) -> {
        if (step == FaultyDisk.Step.SYNC && path.toString().endsWith(".segment")) {
          syncs.incrementAndGet();
          LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
      });
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < writers; i++) {
        all.add(
            threads.submit(() -> {
              store.sync(store.write(new ByteArrayInputStream(message(500))).id());
              return null;
            }));
      }
      while (syncs.get() == 0) {
        Thread.onSpinWait();
      }
      int before = syncs.get();
      store.write(new ByteArrayInputStream(message(700)));
      assertThat(store.open(there, 0, 1_000)).hasBinaryContent(message(1_000));
      assertThat(syncs.get()).as("nobody waited for a sync").isLessThanOrEqualTo(before + 1);
      for (Future<?> one : all) {
        one.get();
      }
      assertThat(syncs).hasValueLessThan(writers / 4);
    }
  }

  /// After a sync that failed nobody knows what is on the disk: it is said, and nothing is taken as
  /// durable until the store is opened again.
  @Test
  void afterAFailedSyncNothingIsDurableUntilTheStoreIsOpenedAgain() throws IOException {
    try (SegmentContentStore store = open(disk.at(directory))) {
      ContentId first = store.write(new ByteArrayInputStream(message(1_000))).id();
      store.sync(first);
      assertThat(store.writesStopped()).isEmpty();
      disk.fault((step, _) -> {
        if (step == FaultyDisk.Step.SYNC) {
          throw new IOException("Input/output error");
        }
      });
      ContentId second = store.write(new ByteArrayInputStream(message(2_000))).id();
      assertThatThrownBy(() -> store.sync(second))
          .isInstanceOf(StorageUnavailable.class)
          .hasMessageContaining("restart");
      disk.fault((_, _) -> {});
      assertThatThrownBy(() -> store.sync(second)).isInstanceOf(StorageUnavailable.class);
      assertThat(store.writesStopped())
          .contains("A sync of the disk failed: repair it, then restart Posthorn");
      assertThat(store.open(first, 0, 1_000)).hasBinaryContent(message(1_000));
    }
    try (SegmentContentStore store = open(directory)) {
      ContentId third = store.write(new ByteArrayInputStream(message(3_000))).id();
      store.sync(third);
    }
  }

  /// The log of rows has its room beforehand, so they do not say it.
  @Test
  void saysThatNothingCanBeWrittenWhileItIsSo() throws IOException {
    try (SegmentContentStore store = open(disk.at(directory))) {
      for (int size : new int[] {1_000, 300_000}) {
        disk.fault((step, _) -> {
          if (step == FaultyDisk.Step.WRITE) {
            throw new IOException("No space left on device");
          }
        });
        assertThatThrownBy(() -> store.write(new ByteArrayInputStream(message(size))))
            .isInstanceOf(StorageUnavailable.class);
        assertThat(store.writesStopped()).contains("The disk is full: free space on it");
        disk.fault((_, _) -> {});
        store.sync(store.write(new ByteArrayInputStream(message(size))).id());
        assertThat(store.writesStopped()).isEmpty();
      }
    }
  }

  /// Nobody need send a message first.
  @Test
  void aFullDiskIsSaidAfterAStartToo() throws IOException {
    try (var small = SmallDisk.mount(directory.resolve("disk"), 16)) {
      Path at = small.path().resolve("content");
      try (SegmentContentStore store = open(at)) {
        assertThat(store.writesStopped()).isEmpty();
      }
      small.fill(0);
      try (SegmentContentStore store = open(at)) {
        assertThat(store.writesStopped()).contains("The disk is full: free space on it");
        small.free();
        assertThat(store.writesStopped()).isEmpty();
      }
    }
  }

  /// It is kept as it is: another disk may read it. What is behind the bad sector is read on this
  /// one too.
  @Test
  void aSegmentWhoseBeginCannotBeReadIsLeftAndTheStoreGoesOn() throws IOException {
    byte[] bytes = message(9_000);
    byte[] other = message(1_000);
    ContentId lost;
    ContentId behind;
    try (SegmentContentStore store = open(directory)) {
      lost = store.write(new ByteArrayInputStream(bytes)).id();
      behind = store.write(new ByteArrayInputStream(other)).id();
      store.sync(behind);
    }
    Path first = SegmentContentStore.segments(directory).resolve("0000000.segment");
    byte[] before = Files.readAllBytes(first);
    disk.badSectors(first, 0, Segment.HEADER_BYTES + RecordForm.HEADER_BYTES);
    ContentId next;
    try (SegmentContentStore store = open(disk.at(directory))) {
      next = store.write(new ByteArrayInputStream(bytes)).id();
      store.sync(next);
      check(store, Map.of(next, bytes, behind, other), "behind it");
      assertThatThrownBy(() -> store.find(lost)).isInstanceOf(StorageUnavailable.class);
      var unreadable = new ArrayList<Path>();
      store.walk(
          new SegmentContentStore.Visitor() {
            @Override
            public void content(SegmentContentStore.Found found) {
              assertThat(found.id()).isIn(behind, next);
            }

            @Override
            public void unreadable(Path file, IOException why) {
              unreadable.add(file);
            }
          });
      assertThat(unreadable).hasSize(1);
      assertThat(store.faults()).singleElement().asString().contains(first.toString());
    }
    assertThat(first).hasBinaryContent(before);
    try (SegmentContentStore store = open(directory)) {
      check(store, Map.of(lost, bytes, behind, other, next, bytes), "on another disk");
    }
  }

  /// More is read at once than a small content has.
  @Test
  void aBadSectorHurtsNoContentBeforeIt() throws IOException {
    byte[] bytes = message(1_000);
    ContentId id;
    Path segment;
    long end;
    try (SegmentContentStore store = open(directory)) {
      id = store.write(new ByteArrayInputStream(bytes)).id();
      segment = SegmentContentStore.segments(directory).resolve("0000000.segment");
      end = Files.size(segment);
      store.write(new ByteArrayInputStream(message(5_000)));
    }
    try (SegmentContentStore store = open(disk.at(directory))) {
      disk.badSectors(segment, end, end + 4_096);
      assertThat(store.find(id)).isPresent();
      assertThat(store.open(id, 0, 1_000)).hasBinaryContent(bytes);
    }
  }

  /// Whether bytes are on the disk is doubtful only when a sync was tried.
  @Test
  void whatCannotBeOpenedToBeSyncedIsSyncedLater() throws IOException {
    Map<ContentId, byte[]> synced = new HashMap<>();
    try (SegmentContentStore store = open(disk.at(directory))) {
      for (int size : new int[] {1_000, LARGE * 2}) {
        byte[] bytes = message(size);
        ContentId id = store.write(new ByteArrayInputStream(bytes)).id();
        disk.tooManyOpenFiles(true);
        assertThatThrownBy(() -> store.sync(id))
            .isInstanceOf(StorageUnavailable.class)
            .hasMessageNotContaining("restart");
        disk.tooManyOpenFiles(false);
        store.sync(id);
        synced.put(id, bytes);
      }
      disk.losePower(random);
      check(store, synced, "seed " + seed);
    }
    try (SegmentContentStore store = open(directory)) {
      check(store, synced, "opened again, seed " + seed);
    }
  }

  @Test
  void aSegmentThatWasClosedMeanwhileHasNothingToSync() throws IOException {
    Segment segment = Segment.create(directory, 1);
    try (Syncer syncer = Syncer.start()) {
      segment.reserve();
      segment.write(Segment.HEADER_BYTES, ByteBuffer.allocate(100));
      syncer.sync(segment);
      segment.file().letGo();
      syncer.sync(segment);
      syncer.checkWorks();
    }
  }

  @Test
  void whoHasUsedUpAQuotaOfTheDiskHasAFullOne() {
    try (SegmentContentStore store = open(disk.at(directory))) {
      disk.fault((_, _) -> {
        throw new IOException("Disk quota exceeded");
      });
      assertThatThrownBy(() -> store.write(new ByteArrayInputStream(message(1_000))))
          .isInstanceOfSatisfying(
              StorageUnavailable.class, full -> assertThat(full.isFull()).isTrue());
      disk.fault((_, _) -> {});
    }
  }
}
