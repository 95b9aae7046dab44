package org.posthorn.storage.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.storage.content.ContentStoreContract.message;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;
import org.posthorn.storage.account.SteppedClock;

/// What becomes of files when contents are collected.
final class SegmentCollectionTest {
  private static final Duration GRACE = Duration.ofDays(1);

  /// A segment holds a few dozen of the contents that are written here.
  private static final SegmentContentStore.Settings SETTINGS =
      new SegmentContentStore.Settings(
          256 << 10, 32 << 10, 8 << 20, 1 << 20, 1_000, GRACE.dividedBy(2));

  private final SteppedClock clock = new SteppedClock();
  private final Map<ContentId, byte[]> needed = new HashMap<>();
  private final Set<ContentId> others = new HashSet<>();

  @TempDir private Path directory;

  @Test
  void theDiskReallyShrinks() throws IOException {
    try (SegmentContentStore store = open()) {
      fill(store, 400);
      clock.forward(GRACE.plusSeconds(1));
      long before = bytesOnDisk();
      Reclaimed reclaimed = collect(store);
      assertThat(before - bytesOnDisk())
          .isBetween((long) (reclaimed.freedBytes() * 0.95), reclaimed.freedBytes());
      assertThat((double) reclaimed.freedBytes()).isGreaterThan(before * 0.4);
      assertNeededAreThere(store);
      assertThat(countThere(store)).isLessThan(others.size() / 20);
    }
    try (SegmentContentStore store = open()) {
      assertNeededAreThere(store);
      fill(store, 50);
      assertNeededAreThere(store);
    }
  }

  @Test
  void segmentsAreRewrittenAgainAndAgain() throws IOException {
    var random = new Random(1);
    try (SegmentContentStore store = open()) {
      fill(store, 600);
      clock.forward(GRACE.plusSeconds(1));
      while (!needed.isEmpty()) {
        collect(store);
        assertNeededAreThere(store);
        needed.keySet().removeIf(_ -> random.nextInt(3) == 0);
      }
      collect(store);
      assertThat(files("segments")).as("but a few kept by chance").hasSizeLessThan(6);
    }
  }

  @Test
  void aFileWithFewDeadContentsIsLeftAlone() throws IOException {
    try (SegmentContentStore store = open()) {
      fill(store, 200);
      clock.forward(GRACE.plusSeconds(1));
      others.forEach(id -> needed.put(id, new byte[0]));
      needed.remove(
          others.stream().filter(id -> id.value().startsWith("s1.")).findAny().orElseThrow());
      Reclaimed reclaimed = collect(store);
      assertThat(reclaimed.freedBytes()).isZero();
      assertThat(reclaimed.deadContents()).isEqualTo(1);
    }
  }

  @Test
  void theSegmentThatIsWrittenIsCollectedOnceItIsOld() throws IOException {
    try (SegmentContentStore store = open()) {
      ContentId first = store.write(new ByteArrayInputStream(message(1_000))).id();
      clock.forward(GRACE.plusSeconds(1));
      ContentId second = store.write(new ByteArrayInputStream(message(2_000))).id();
      assertThat(collect(store).freedBytes()).isZero();
      clock.forward(GRACE.plusSeconds(1));
      assertThat(collect(store).freedContents()).isEqualTo(2);
      assertThat(store.find(first)).isEmpty();
      assertThat(store.find(second)).isEmpty();
      ContentId third = store.write(new ByteArrayInputStream(message(1_000))).id();
      assertThat(third).isNotIn(first, second);
    }
  }

  @Test
  void noIdIsGivenOutTwice() throws IOException {
    Set<ContentId> given = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      try (SegmentContentStore store = open()) {
        for (int k = 0; k < 5; k++) {
          byte[] bytes = message(1_000 + i * 10 + k);
          assertThat(given.add(store.write(new ByteArrayInputStream(bytes)).id())).isTrue();
        }
        clock.forward(GRACE.plusSeconds(1));
        collect(store);
      }
    }
  }

  @Test
  void whoeverReadsGoesOnReading() throws IOException {
    try (SegmentContentStore store = open()) {
      fill(store, 200);
      clock.forward(GRACE.plusSeconds(1));
      Map<InputStream, byte[]> reading = new HashMap<>();
      for (var content : needed.entrySet()) {
        InputStream in = store.open(content.getKey(), 0, Long.MAX_VALUE);
        assertThat(in.readNBytes(10)).hasSize(10);
        reading.put(in, content.getValue());
      }
      var gone = others.iterator().next();
      InputStream ofGone = store.open(gone, 0, Long.MAX_VALUE);
      collect(store);
      for (var one : reading.entrySet()) {
        try (InputStream in = one.getKey()) {
          byte[] rest = in.readAllBytes();
          assertThat(rest).isEqualTo(Arrays.copyOfRange(one.getValue(), 10, one.getValue().length));
        }
      }
      ofGone.readAllBytes();
      ofGone.close();
      assertNeededAreThere(store);
    }
  }

  @Test
  void aWalkReadsRewrittenSegments() throws IOException {
    try (SegmentContentStore store = open()) {
      fill(store, 200);
      clock.forward(GRACE.plusSeconds(1));
      collect(store);
      assertWalkFindsTheNeeded(store);
    }
  }

  @Test
  void notesStayAsLongAsTheirContents() throws IOException {
    try (SegmentContentStore store = open()) {
      fill(store, 100);
      Stream.concat(needed.keySet().stream(), others.stream())
          .forEach(id -> store.note(List.of(new Note(id, "a", 1, "ann", "INBOX", 0, "", ""))));
      fill(store, 100);
      clock.forward(GRACE.plusSeconds(1));
      for (Path file : files("segments")) {
        Files.setLastModifiedTime(file, FileTime.from(clock.instant().minus(GRACE.plusSeconds(1))));
      }
      collect(store);
      assertNeededAreThere(store);
      Set<ContentId> noted = new HashSet<>();
      Set<ContentId> found = new HashSet<>();
      store.walk(
          new SegmentContentStore.Visitor() {
            @Override
            public void content(SegmentContentStore.Found content) {
              found.add(content.id());
            }

            @Override
            public void note(Note note) {
              noted.add(note.content());
            }
          });
      assertThat(noted).hasSizeBetween(50, 60);
      assertThat(found).containsAll(noted);
    }
  }

  @Test
  void aDamagedIndexIsMadeAnewFromTheRecords() throws IOException {
    try (SegmentContentStore store = open()) {
      fill(store, 200);
      clock.forward(GRACE.plusSeconds(1));
      collect(store);
    }
    Path first = Segment.path(directory.resolve("segments"), 0);
    flip(first, Files.size(first) - 30);
    try (SegmentContentStore store = open()) {
      assertNeededAreThere(store);
      assertWalkFindsTheNeeded(store);
    }
  }

  @Test
  void aDamagedContentStaysDamagedAndIsNotLost() throws IOException {
    try (SegmentContentStore store = open()) {
      fill(store, 200);
    }
    Path first = Segment.path(directory.resolve("segments"), 0);
    List<ContentId> inFirst =
        needed.keySet().stream().filter(id -> id.value().startsWith("s1.0.")).toList();
    ContentId damaged = inFirst.get(inFirst.size() / 2);
    long offset = Long.parseLong(damaged.value().substring(5), 16);
    flip(first, offset + 3);
    needed.remove(damaged);
    clock.forward(GRACE.plusSeconds(1));
    try (SegmentContentStore store = open()) {
      assertThat(collect(store).freedBytes()).isPositive();
      assertThat(Files.size(first)).isLessThan(200 << 10);
      assertThatThrownBy(() -> store.find(damaged)).hasMessageContaining("damaged");
      assertNeededAreThere(store);
    }
  }

  @Test
  void aSegmentThatCannotBeReadStopsNothingElse() throws IOException {
    try (SegmentContentStore store = open()) {
      fill(store, 200);
    }
    Path second = Segment.path(directory.resolve("segments"), 1);
    Files.write(second, new byte[(int) Files.size(second)]);
    clock.forward(GRACE.plusSeconds(1));
    try (SegmentContentStore store = open()) {
      Reclaimed reclaimed = collect(store);
      assertThat(reclaimed.failures()).isEqualTo(1);
      assertThat(reclaimed.freedBytes()).isPositive();
    }
  }

  /// The records tell what stood there, and the file that is written anew has it again.
  @Test
  void aSegmentWithADamagedBeginIsRewrittenLikeOthers() throws IOException {
    try (SegmentContentStore store = open()) {
      fill(store, 200);
    }
    flip(Segment.path(directory.resolve("segments"), 1), 0);
    clock.forward(GRACE.plusSeconds(1));
    try (SegmentContentStore store = open()) {
      assertNeededAreThere(store);
      assertThat(store.faults()).hasSize(1);
      assertThat(collect(store).failures()).isZero();
      assertNeededAreThere(store);
      assertThat(store.faults()).isEmpty();
      assertThat(store.inspect()).isEmpty();
    }
    try (SegmentContentStore store = open()) {
      assertNeededAreThere(store);
      assertThat(store.inspect()).isEmpty();
    }
  }

  /// Also where newer ones are missing: a folder without any is taken for a lost one.
  @Test
  void theLastSegmentThereIsIsNotDeleted() throws IOException {
    Path at = directory.resolve("content");
    try (SegmentContentStore store = openWithItsHome(at)) {
      fill(store, 200);
      needed.keySet().forEach(store::sync);
      others.forEach(store::sync);
    }
    needed.clear();
    List<Path> before = segments(at);
    Files.delete(before.getLast());
    clock.forward(GRACE.plusSeconds(1));
    try (SegmentContentStore store = openWithItsHome(at)) {
      assertThat(store.faults()).singleElement().asString().contains("are missing");
      assertThat(collect(store).failures()).isZero();
      assertThat(segments(at)).isNotEmpty().doesNotContainAnyElementsOf(before);
    }
    assertThat(new ContentFolder(at).missing()).isEmpty();
    try (SegmentContentStore store = openWithItsHome(at)) {
      fill(store, 10);
      assertNeededAreThere(store);
    }
  }

  private SegmentContentStore openWithItsHome(Path at) {
    var cargo = new SegmentCargo(at);
    return SegmentContentStore.openIn(at, SETTINGS, ContentForm.DEFAULT, clock, cargo);
  }

  private static List<Path> segments(Path at) throws IOException {
    try (Stream<Path> files = Files.list(SegmentContentStore.segments(at))) {
      return files.sorted().toList();
    }
  }

  @Test
  void aRewrittenSegmentWithADamagedBeginIsReadAllTheSame() throws IOException {
    try (SegmentContentStore store = open()) {
      fill(store, 200);
      clock.forward(GRACE.plusSeconds(1));
      collect(store);
    }
    flip(Segment.path(directory.resolve("segments"), 0), 20);
    try (SegmentContentStore store = open()) {
      assertNeededAreThere(store);
      assertWalkFindsTheNeeded(store);
      assertThat(store.faults()).hasSize(1);
    }
  }

  /// The power goes at each step of a collection in turn; afterwards everything that is needed is
  /// there, and the next collection does the rest.
  @Test
  void aCrashAtAnyStepLosesNothing() throws IOException {
    for (StoppingDisk.Last last : StoppingDisk.Last.values()) {
      boolean stopped = true;
      for (int steps = 0; stopped; steps++) {
        needed.clear();
        others.clear();
        Path at = directory.resolve(last + "-" + steps);
        var disk = new StoppingDisk(steps, last);
        try (SegmentContentStore store = open(at, Disk.REAL)) {
          fill(store, 70);
        }
        clock.forward(GRACE.plusSeconds(1));
        try (SegmentContentStore store = open(at, disk)) {
          collect(store);
          assertNeededAreThere(store);
        }
        stopped = disk.hasStopped();
        try (SegmentContentStore store = open(at, Disk.REAL)) {
          assertNeededAreThere(store);
          collect(store);
          assertNeededAreThere(store);
          assertThat(countThere(store)).as("%s %d", last, steps).isLessThan(8);
        }
        try (Stream<Path> files = Files.walk(at)) {
          assertThat(files.filter(file -> file.toString().endsWith(".part"))).isEmpty();
        }
      }
    }
  }

  /// Room ends at each write of a collection in turn: it says so, nothing is hurt, no half of a
  /// file takes room, and the next one does the rest.
  @Test
  void aFullDiskAmidACollectionHurtsNothing() throws IOException {
    long failures = 1;
    for (int steps = 0; failures > 0; steps++) {
      needed.clear();
      others.clear();
      Path at = directory.resolve("full-" + steps);
      int room = steps;
      var full =
          new Disk() {
            private int writes;
            private boolean hasRoom;

            @Override
            public void write(DataFile file, long position, ByteBuffer bytes) throws IOException {
              if (!hasRoom && writes++ >= room) {
                bytes.limit(bytes.position() + bytes.remaining() / 2);
                file.write(position, bytes);
                throw new IOException("No space left on device");
              }
              file.write(position, bytes);
            }
          };
      try (SegmentContentStore store = open(at, full)) {
        fill(store, 70);
        clock.forward(GRACE.plusSeconds(1));
        failures = collect(store).failures();
        assertNeededAreThere(store);
        try (Stream<Path> files = Files.walk(at)) {
          assertThat(files.filter(file -> file.toString().endsWith(".part"))).isEmpty();
        }
        full.hasRoom = true;
        collect(store);
        assertNeededAreThere(store);
        assertThat(countThere(store)).as("%d", steps).isLessThan(8);
      }
      try (SegmentContentStore store = open(at, Disk.REAL)) {
        assertNeededAreThere(store);
      }
    }
  }

  /// Random writes, repeated ones, collections and restarts, against a model.
  @Test
  void theModelHolds() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    Map<ContentId, byte[]> model = new HashMap<>();
    SegmentContentStore store = open();
    try {
      for (int i = 0; i < 2_000; i++) {
        switch (random.nextInt(20)) {
          case 0 -> {
            store.close();
            store = open();
          }
          case 1 -> clock.forward(Duration.ofHours(random.nextInt(40)));
          case 2 -> {
            needed.keySet().removeIf(_ -> random.nextInt(4) == 0);
            collect(store);
            assertNeededAreThere(store);
          }
          default -> {
            byte[] bytes = message(14 + random.nextInt(1 << random.nextInt(1, 17)));
            ContentId id = store.write(new ByteArrayInputStream(bytes)).id();
            byte[] before = model.put(id, bytes);
            assertThat(before == null || Arrays.equals(before, bytes))
                .as("seed %d: %s", seed, id)
                .isTrue();
            store.sync(id);
            needed.put(id, bytes);
          }
        }
      }
      assertNeededAreThere(store);
    } finally {
      store.close();
    }
  }

  private SegmentContentStore open() {
    return open(directory, Disk.REAL);
  }

  private SegmentContentStore open(Path at, Disk disk) {
    return SegmentContentStore.openIn(at, SETTINGS, ContentForm.DEFAULT, clock, disk);
  }

  /// So many contents, every second one needed; a few are large.
  private void fill(ContentStore store, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      byte[] bytes =
          message(i % 10 == 7 || i % 20 == 12 ? 40_000 + i : 3_000 + needed.size() + others.size());
      ContentId id = store.write(new ByteArrayInputStream(bytes)).id();
      if (i % 2 == 0) {
        needed.put(id, bytes);
      } else {
        others.add(id);
      }
    }
  }

  private Reclaimed collect(ContentStore store) {
    try (CollectionRound round = store.collect(1_000)) {
      needed.keySet().forEach(round::needs);
      Instant olderThan = clock.instant().minus(GRACE);
      return round.reclaim(new CollectionRound.Rules(olderThan, 0.25, false), Pace.FULL);
    }
  }

  private void assertNeededAreThere(ContentStore store) throws IOException {
    for (var content : needed.entrySet()) {
      try (InputStream in = store.open(content.getKey(), 0, Long.MAX_VALUE)) {
        assertThat(in.readAllBytes()).as(content.getKey().value()).isEqualTo(content.getValue());
      }
      assertThat(store.find(content.getKey()).orElseThrow().sizeBytes())
          .isEqualTo(content.getValue().length);
    }
  }

  private long countThere(ContentStore store) {
    return others.stream().filter(id -> store.find(id).isPresent()).count();
  }

  private void assertWalkFindsTheNeeded(SegmentContentStore store) {
    Set<ContentId> found = new HashSet<>();
    List<String> damage = new ArrayList<>();
    store.walk(one -> {
      found.add(one.id());
      one.damage().ifPresent(damage::add);
    });
    assertThat(damage).isEmpty();
    assertThat(found).containsAll(needed.keySet());
  }

  private List<Path> files(String folder) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve(folder))) {
      return files.toList();
    }
  }

  private long bytesOnDisk() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      long bytes = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
      return bytes;
    }
  }

  private static void flip(Path file, long position) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var one = ByteBuffer.allocate(1);
      channel.read(one, position);
      channel.write(ByteBuffer.wrap(new byte[] {(byte) ~one.get(0)}), position);
    }
  }
}
