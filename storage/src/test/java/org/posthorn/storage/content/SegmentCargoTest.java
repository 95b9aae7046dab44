package org.posthorn.storage.content;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.Cargo;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

/// Contents that are durable by the log of the rows, on a disk that loses power. How often is the
/// property `posthorn.faults`.
@Timeout(120)
final class SegmentCargoTest {
  private static final int TIMES = Integer.getInteger("posthorn.faults", 1);
  private static final Partition ANN = new Partition(Partition.Kind.ACCOUNT, "ann");
  private static final RocksSettings ROWS =
      new RocksSettings(8 << 20, 4 << 20, Path.of("target", "native"));
  private static final SegmentContentStore.Settings CONTENTS =
      new SegmentContentStore.Settings(150_000, 60_000, 1 << 20, 0, 0, Duration.ZERO);

  @TempDir private Path directory;

  private final FaultyDisk disk = new FaultyDisk();
  private final long seed = Long.getLong("posthorn.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /// Rows and contents of one directory; the contents come by the disk with faults.
  private final class Server implements AutoCloseable {
    private final Engine engine;
    private final SegmentContentStore contents;
    private final Map<ContentId, byte[]> acknowledged;

    Server(Path at, Map<ContentId, byte[]> acknowledged) {
      var cargo = new SegmentCargo(disk.at(at.resolve("content")));
      this.engine = RocksEngine.open(at.resolve("rows"), ROWS, cargo);
      this.contents = contents(at, cargo);
      this.acknowledged = acknowledged;
    }

    private SegmentContentStore contents(Path at, SegmentCargo cargo) {
      try {
        return SegmentContentStore.openIn(
            disk.at(at.resolve("content")),
            CONTENTS,
            ContentForm.DEFAULT,
            InstantSource.system(),
            cargo);
      } catch (StorageUnavailable e) {
        engine.close();
        throw e;
      }
    }

    ContentId write(int size) throws IOException {
      byte[] bytes = new byte[size];
      random.nextBytes(bytes);
      ContentId id = contents.write(new ByteArrayInputStream(bytes)).id();
      commit(id);
      acknowledged.put(id, bytes);
      return id;
    }

    List<Cargo> commit(ContentId id) {
      List<Cargo> cargo = contents.cargo(List.of(id));
      long version = engine.head(ANN).version();
      var batch = new Batch().put(id.value().getBytes(US_ASCII), new byte[0]).carry(cargo);
      engine.commit(ANN, version, CommitId.random(), batch);
      return cargo;
    }

    void check(String what) throws IOException {
      for (var entry : acknowledged.entrySet()) {
        assertThat(engine.get(ANN, entry.getKey().value().getBytes(US_ASCII))).as(what).isPresent();
        try (InputStream in = contents.open(entry.getKey(), 0, Long.MAX_VALUE)) {
          assertThat(in.readAllBytes()).as(what).isEqualTo(entry.getValue());
        }
      }
      contents.walk(_ -> {});
    }

    @Override
    public void close() {
      contents.close();
      engine.close();
    }
  }

  /// Small and large ones, over several segments, some of which lose their names too.
  @Test
  void whatWasAcknowledgedSurvivesLossesOfPower() throws IOException {
    for (int round = 0; round < 8 * TIMES; round++) {
      Map<ContentId, byte[]> acknowledged = new HashMap<>();
      Path at = directory.resolve("round" + round);
      for (int life = 0; life < 4; life++) {
        String what = "round %d, life %d, seed %d".formatted(round, life, seed);
        Path next = directory.resolve("round%d.%d".formatted(round, life));
        try (Server server = new Server(at, acknowledged)) {
          server.check(what);
          for (int i = random.nextInt(60); i >= 0; i--) {
            ContentId _ = server.write(size());
          }
          copy(at.resolve("rows"), next.resolve("rows"));
          disk.losePower(random);
          copy(at.resolve("content"), next.resolve("content"));
        }
        at = next;
      }
      try (Server server = new Server(at, acknowledged)) {
        server.check("round %d, in the end, seed %d".formatted(round, seed));
      }
    }
  }

  private int size() {
    return switch (random.nextInt(8)) {
      case 0 -> 16_000 + random.nextInt(1_000);
      case 1 -> 50_000 + random.nextInt(30_000);
      default -> random.nextInt(12_000);
    };
  }

  /// The power goes again while the contents are brought back.
  @Test
  void aLossOfPowerAmidBringingBackTakesNothing() throws IOException {
    Map<ContentId, byte[]> acknowledged = new HashMap<>();
    Path first = directory.resolve("first");
    Path lost = directory.resolve("lost");
    try (Server server = new Server(first, acknowledged)) {
      for (int i = 0; i < 40; i++) {
        ContentId _ = server.write(9_000);
      }
      copy(first.resolve("rows"), lost.resolve("rows"));
    }
    for (int step = 0; step < 60; step += 1 + random.nextInt(6)) {
      Path at = directory.resolve("step" + step);
      copy(lost.resolve("rows"), at.resolve("rows"));
      var left = new AtomicInteger(step);
      // What is only a note, and the folders that have it.
      Set<Path> notes =
          Stream.of("", "newest-segment", "large-contents", "content/large", "content/large/HERE")
              .map(at::resolve)
              .collect(Collectors.toSet());
      disk.fault((_, path) -> {
        if (!notes.contains(path) && left.decrementAndGet() < 0) {
          throw new IOException("power cut");
        }
      });
      try (Server _ = new Server(at, acknowledged)) {
        assertThat(left.get()).isNotNegative();
      } catch (StorageUnavailable e) {
        assertThat(left.get()).as("only then: %s", e).isNegative();
      }
      disk.losePower(random);
      disk.fault((_, _) -> {});
      try (Server server = new Server(at, acknowledged)) {
        server.check("step %d, seed %d".formatted(step, seed));
      }
    }
  }

  @Test
  void aSmallContentCostsNoSyncOfItsOwnAndALargeOneDoes() throws IOException {
    try (Server server = new Server(directory, new HashMap<>())) {
      var syncs = new AtomicInteger();
      disk.fault((step, _) -> {
        if (step == FaultyDisk.Step.SYNC) {
          syncs.incrementAndGet();
        }
      });
      for (int i = 0; i < 10; i++) {
        ContentId _ = server.write(5_000);
      }
      assertThat(syncs).hasValue(0);
      ContentId _ = server.write(30_000);
      assertThat(syncs).hasPositiveValue();
    }
  }

  /// One message to many is carried by the first commit that names it.
  @Test
  void whatWasCarriedIsDurableForTheNextCommitToo() throws IOException {
    try (Server server = new Server(directory, new HashMap<>())) {
      ContentId id = server.contents.write(new ByteArrayInputStream(new byte[3_000])).id();
      assertThat(server.commit(id)).hasSize(1);
      assertThat(server.commit(id)).isEmpty();
      var syncs = new AtomicInteger();
      disk.fault((_, _) -> syncs.incrementAndGet());
      server.contents.sync(id);
      assertThat(syncs).hasValue(0);
      disk.fault((_, _) -> {});
    }
  }

  /// So that the log need not be kept for long, and little is left to sync when it is to go.
  @Test
  void muchThatIsNotSyncedIsSyncedInTheBackground() throws Exception {
    try (Server server = new Server(directory, new HashMap<>())) {
      var synced = new CountDownLatch(1);
      disk.fault((step, _) -> {
        if (step == FaultyDisk.Step.SYNC) {
          synced.countDown();
        }
      });
      while (synced.getCount() > 0) {
        ContentId _ = server.write(14_000);
      }
      server.check("while it goes on");
    }
  }

  /// A disk that says that a sync failed may have dropped the bytes: the log has them.
  @Test
  void aSyncThatFailsLaterLosesNothing() throws IOException {
    Map<ContentId, byte[]> acknowledged = new HashMap<>();
    Path first = directory.resolve("first");
    Path next = directory.resolve("next");
    var server = new Server(first, acknowledged);
    disk.fault((step, _) -> {
      if (step == FaultyDisk.Step.SYNC) {
        throw new IOException("Input/output error");
      }
    });
    assertThatThrownBy(() -> writeForEver(server)).isInstanceOf(StorageUnavailable.class);
    assertThat(acknowledged).hasSizeGreaterThan(100);
    server.close();
    disk.losePower(random);
    disk.fault((_, _) -> {});
    copy(first, next);
    try (Server again = new Server(next, acknowledged)) {
      again.check("seed " + seed);
    }
  }

  /// What a sync that failed has dropped can still be read from memory, and the next sync says that
  /// it is done: so the log's bytes are written again, whatever can be read.
  @Test
  void afterASyncThatFailedTheNextStartDoesNotBelieveWhatItReads() throws IOException {
    Map<ContentId, byte[]> acknowledged = new HashMap<>();
    var server = new Server(directory, acknowledged);
    disk.fault((step, path) -> {
      if (step == FaultyDisk.Step.SYNC && path.toString().endsWith(".segment")) {
        throw new IOException("Input/output error");
      }
    });
    assertThatThrownBy(() -> writeForEver(server)).isInstanceOf(StorageUnavailable.class);
    server.close();
    disk.fault((_, _) -> {});
    try (Server again = new Server(directory, acknowledged)) {
      again.check("seed " + seed);
    }
    disk.losePower(random);
    try (Server again = new Server(directory, acknowledged)) {
      again.check("after a loss of power, seed " + seed);
    }
  }

  private static void writeForEver(Server server) throws IOException {
    while (true) {
      ContentId _ = server.write(14_000);
    }
  }

  /// What the log has of it comes back behind the bytes that cannot be read.
  @Test
  void whatTheLogHasComesBackBehindABeginThatCannotBeRead() throws IOException {
    Map<ContentId, byte[]> acknowledged = new HashMap<>();
    Path next = directory.resolve("next");
    ContentId first;
    try (Server server = new Server(directory.resolve("first"), acknowledged)) {
      first = server.write(9_000);
      for (int i = 0; i < 5; i++) {
        ContentId _ = server.write(9_000);
      }
      copy(directory.resolve("first"), next);
    }
    Path segment = next.resolve("content/segments/0000000.segment");
    byte[] bytes = Files.readAllBytes(segment);
    Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 0);
    Files.write(segment, bytes);
    disk.badSectors(segment, 0, Segment.HEADER_BYTES + RecordForm.HEADER_BYTES);
    acknowledged.remove(first);
    try (Server server = new Server(next, acknowledged)) {
      server.check("seed " + seed);
      assertThat(server.contents.faults()).hasSize(1);
    }
  }

  /// What the log has of it is not written over what may be there.
  @Test
  void aSegmentWhoseBeginCannotBeReadIsLeftAlone() throws IOException {
    Map<ContentId, byte[]> acknowledged = new HashMap<>();
    Path next = directory.resolve("next");
    try (Server server = new Server(directory.resolve("first"), acknowledged)) {
      for (int i = 0; i < 5; i++) {
        ContentId _ = server.write(9_000);
      }
      copy(directory.resolve("first"), next);
    }
    Path segment = next.resolve("content/segments/0000000.segment");
    byte[] before = Files.readAllBytes(segment);
    disk.badSectors(segment, 0, Segment.HEADER_BYTES);
    try (Server server = new Server(next, acknowledged)) {
      ContentId _ = server.write(9_000);
      server.check("behind it");
    }
    assertThat(segment).hasBinaryContent(before);
    disk.badSectors(segment, 0, 0);
    try (Server server = new Server(next, acknowledged)) {
      server.check("on another disk");
    }
  }

  /// What was rewritten without its dead stays as it is, also while the log still has some of it.
  @Test
  void aCollectedSegmentIsLeftAlone() throws IOException {
    Map<ContentId, byte[]> acknowledged = new HashMap<>();
    Path first = directory.resolve("first");
    Path next = directory.resolve("next");
    Path damaged = directory.resolve("damaged");
    try (Server server = new Server(first, acknowledged)) {
      var kept = new ArrayList<ContentId>();
      for (int i = 0; i < 60; i++) {
        ContentId id = server.write(9_000);
        if (i % 3 == 0) {
          kept.add(id);
        }
      }
      try (CollectionRound round = server.contents.collect(100)) {
        kept.forEach(round::needs);
        Reclaimed reclaimed =
            round.reclaim(
                new CollectionRound.Rules(Instant.now().plusSeconds(60), 0.1, /* tryOut= */ false),
                () -> {});
        assertThat(reclaimed.freedContents()).isPositive();
      }
      acknowledged.keySet().retainAll(kept);
      copy(first, next);
      copy(first, damaged);
    }
    try (Server server = new Server(next, acknowledged)) {
      server.check("seed " + seed);
    }
    Path segment = damaged.resolve("content/segments/0000000.segment");
    byte[] bytes = Files.readAllBytes(segment);
    bytes[9] ^= 1;
    Files.write(segment, bytes);
    try (Server server = new Server(damaged, acknowledged)) {
      server.check("with a damaged begin, seed " + seed);
    }
    assertThat(segment).hasBinaryContent(bytes);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(folder)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(file, to.resolve(from.relativize(file)));
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
