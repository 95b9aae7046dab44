package org.posthorn.storage.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.storage.content.ContentStoreContract.message;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.message.ContentId;

/// A segment whose first bytes are not what was written.
final class LostBeginTest {
  private static final SegmentContentStore.Settings SETTINGS =
      new SegmentContentStore.Settings(1 << 20, 60_000, 1 << 20, 0, 0, Duration.ZERO);

  @TempDir private Path directory;

  private final Random random = new Random(1);
  private final Map<ContentId, byte[]> written = new HashMap<>();

  @Test
  void aSaltThatDoesTheSameIsToldByAHeader() {
    for (int i = 0; i < 100; i++) {
      long salt = random.nextLong();
      byte[] any = new byte[random.nextInt(1_000)];
      random.nextBytes(any);
      ByteBuffer header = header(random.nextLong(), random.nextLong(), random.nextInt(), salt);
      assertThat(RecordForm.checksum(LostBegin.saltOf(header), ByteBuffer.wrap(any)))
          .isEqualTo(RecordForm.checksum(salt, ByteBuffer.wrap(any)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 15, 20, 27})
  void oneBitOfTheBeginLosesNothing(int at) throws IOException {
    fill();
    byte[] bytes = Files.readAllBytes(segment(0));
    bytes[at] ^= 1;
    Files.write(segment(0), bytes);
    try (SegmentContentStore store = open()) {
      check(store);
      var _ = write(store, message(500));
      check(store);
      assertThat(store.faults()).singleElement().asString().contains(segment(0) + " are damaged");
    }
    assertThat(segment(1)).as("what comes now goes to another one").exists();
    try (SegmentContentStore store = open()) {
      check(store);
      assertThat(store.inspect()).hasSize(1);
    }
  }

  /// Of a whole sector those records are lost that were in it.
  @Test
  void whatIsBehindIsFoundWhateverBecameOfTheFirstRecords() throws IOException {
    fill();
    byte[] bytes = Files.readAllBytes(segment(0));
    byte[] sector = new byte[4_096];
    random.nextBytes(sector);
    System.arraycopy(sector, 0, bytes, 0, sector.length);
    Files.write(segment(0), bytes);
    try (SegmentContentStore store = open()) {
      for (ContentId id : written.keySet()) {
        if (offset(id) < sector.length) {
          assertThatThrownBy(() -> store.find(id))
              .isInstanceOf(UncheckedIOException.class)
              .hasMessageContaining("damaged");
        }
      }
      written.keySet().removeIf(id -> offset(id) < sector.length);
      assertThat(written).hasSizeGreaterThan(10);
      check(store);
    }
  }

  /// Somebody may send bytes that are records of this place, by a salt that they chose.
  @Test
  void aMessageThatLooksLikeRecordsDecidesNothing() throws IOException {
    ContentId first;
    try (SegmentContentStore store = open()) {
      first = write(store, message(900));
      var forged = ByteBuffer.wrap(message(9_000));
      long begin = Files.size(segment(0)) + RecordForm.HEADER_BYTES;
      for (int at = 100; at < 8_000; at += 200) {
        forged.position(at).put(forged(begin + at, 42));
      }
      forged.position(20).put(header(begin + 20, 0, 0, 42));
      forged.position(8_100).put(header(begin + 8_100, 1_000_000, 200, 42));
      var _ = write(store, forged.array());
      for (int i = 0; i < 5; i++) {
        var _ = write(store, message(2_000 + i));
      }
    }
    byte[] bytes = Files.readAllBytes(segment(0));
    Arrays.fill(bytes, 0, Segment.HEADER_BYTES + RecordForm.HEADER_BYTES, (byte) 0);
    // The record with the forged ones in it begins with a header that is not right.
    int second =
        (int) written.keySet().stream().mapToLong(LostBeginTest::offset).sorted().toArray()[1];
    byte[] whole = bytes.clone();
    bytes[second] ^= 1;
    Files.write(segment(0), bytes);
    written.remove(first);
    ContentId hit = new Place.InSegment(0, second).id();
    byte[] inHit = written.remove(hit);
    try (SegmentContentStore store = open()) {
      check(store);
    }
    Files.write(segment(0), whole);
    written.put(hit, inHit);
    try (SegmentContentStore store = open()) {
      check(store);
    }
  }

  /// Between two messages of one sender there may be those of all others.
  @Test
  void aRecordThatBeginsInOneMessageAndEndsInAnotherDecidesNothing() throws IOException {
    try (SegmentContentStore store = open()) {
      var begins = ByteBuffer.wrap(oneLine(9_000));
      var ends = ByteBuffer.wrap(oneLine(9_001));
      var first = write(store, begins.array().clone());
      for (int i = 0; i < 5; i++) {
        var _ = write(store, message(2_000 + i));
      }
      long between = Files.size(segment(0)) - offset(first);
      written.clear();

      long at = Files.size(segment(0)) + RecordForm.HEADER_BYTES + 4_000;
      var place = new Place.InSegment(0, at);
      int contentBytes = (int) between;
      var blocks =
          new Blocks(
              contentBytes, contentBytes, entries(new Blocks.Entry(contentBytes, false, false, 7)));
      var layout = new RecordForm.Layout.InBlocks(blocks, false);
      var structure = new BlockCodec.Beside(ByteBuffer.allocate(0), 0, false);
      var trailer = new RecordForm.Trailer(place.code(), contentBytes, 0, 0, "", layout);
      var end = ByteBuffer.allocate(RecordForm.endBytes(0, blocks));
      RecordForm.putEnd(end, trailer, layout, structure, 42);
      int bytes = RecordForm.HEADER_BYTES + contentBytes + end.flip().remaining();
      begins.position(4_000).put(header(place.code(), bytes, end.remaining(), 42));
      ends.position(4_000 + RecordForm.HEADER_BYTES).put(end);
      var hit = write(store, begins.array());
      written.remove(hit);
      for (int i = 0; i < 5; i++) {
        var _ = write(store, message(2_000 + i));
      }
      var last = write(store, ends.array());
      assertThat(offset(last) - offset(hit)).as("what the forged one counts on").isEqualTo(between);
      lose(offset(hit) + RecordForm.HEADER_BYTES);
    }
    try (SegmentContentStore store = open()) {
      check(store);
    }
  }

  /// With a body of one line, so that its structure is the same with other bytes far down in it.
  private static byte[] oneLine(int size) {
    byte[] bytes = message(size);
    for (int i = 14; i < size; i++) {
      bytes[i] = bytes[i] == '\n' || bytes[i] == '\r' ? (byte) 'x' : bytes[i];
    }
    return bytes;
  }

  private static byte[] entries(Blocks.Entry entry) {
    var entries = new Blocks.Builder();
    entries.add(entry);
    return entries.build(1, 1).entries();
  }

  /// All before is zeroes.
  private void lose(long before) throws IOException {
    byte[] bytes = Files.readAllBytes(segment(0));
    Arrays.fill(bytes, 0, (int) before, (byte) 0);
    Files.write(segment(0), bytes);
  }

  /// Each of the forged records has a salt of its own.
  @Test
  @Timeout(20)
  void manySaltsAreCountedTogether() throws IOException {
    byte[] large = new byte[900_000];
    random.nextBytes(large);
    var settings =
        new SegmentContentStore.Settings(16 << 20, 1 << 20, 8 << 20, 0, 0, Duration.ZERO);
    ContentId first;
    try (SegmentContentStore store =
        SegmentContentStore.openIn(directory, settings, InstantSource.system())) {
      first = write(store, large);
      for (int i = 0; i < 10; i++) {
        large[0]++;
        var _ = write(store, large.clone());
      }
    }
    written.remove(first);
    byte[] bytes = Files.readAllBytes(segment(0));
    Arrays.fill(bytes, 0, Segment.HEADER_BYTES + RecordForm.HEADER_BYTES, (byte) 0);
    var forged = ByteBuffer.wrap(bytes);
    for (int i = 0; i < 5_000; i++) {
      int at = 200 + i * 150;
      forged.position(at).put(forged(at, i));
    }
    Files.write(segment(0), bytes);
    try (SegmentContentStore store = open()) {
      check(store);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void theLastOneIsOpenOnce() throws IOException {
    fill();
    byte[] bytes = Files.readAllBytes(segment(0));
    bytes[0] ^= 1;
    Files.write(segment(0), bytes);
    try (SegmentContentStore store = open()) {
      check(store);
      assertThat(openFiles()).filteredOn(segment(0).toRealPath()::equals).hasSize(1);
    }
    assertThat(openFiles()).doesNotContain(segment(0).toRealPath());
  }

  private static List<Path> openFiles() throws IOException {
    List<Path> open = new ArrayList<>();
    try (var links = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path link : links) {
        try {
          open.add(Files.readSymbolicLink(link));
        } catch (NoSuchFileException _) {
          // Closed meanwhile.
        }
      }
    }
    return open;
  }

  @Test
  void aFileWithNothingInItIsNamed() throws IOException {
    fill();
    Files.write(segment(0), new byte[50_000]);
    try (SegmentContentStore store = open()) {
      assertThatThrownBy(() -> store.find(written.keySet().iterator().next()))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("damaged");
      assertThat(store.faults())
          .singleElement()
          .asString()
          .contains(
              "No message can be found in " + segment(0), "backup restore", "move the file away");
    }
  }

  /// A content of no bytes that stands at this offset.
  private static ByteBuffer forged(long offset, long salt) {
    var place = new Place.InSegment(0, offset);
    var blocks = new Blocks(65_536, 0, new byte[0]);
    var layout = new RecordForm.Layout.InBlocks(blocks, false);
    var structure = new BlockCodec.Beside(ByteBuffer.allocate(0), 0, false);
    var trailer = new RecordForm.Trailer(place.code(), 0, 0, 0, "", layout);
    var end = ByteBuffer.allocate(RecordForm.endBytes(0, blocks));
    RecordForm.putEnd(end, trailer, layout, structure, salt);
    int bytes = RecordForm.HEADER_BYTES + end.flip().remaining();
    var record = ByteBuffer.allocate(bytes);
    RecordForm.putHeader(record, place.code(), bytes, end.remaining(), salt);
    return record.put(end).flip();
  }

  private static ByteBuffer header(long place, long recordBytes, int endBytes, long salt) {
    var header = ByteBuffer.allocate(RecordForm.HEADER_BYTES);
    RecordForm.putHeader(header, place, recordBytes, endBytes, salt);
    return header.flip();
  }

  /// It is what a sender does who was told to come again.
  @Test
  void theSameMessageIsTakenAgainWhereItsFirstCopyCannotBeRead() throws IOException {
    var settings =
        new SegmentContentStore.Settings(10_000, 60_000, 1 << 20, 0, 1_000, Duration.ofHours(12));
    try (SegmentContentStore store =
        SegmentContentStore.openIn(directory, settings, InstantSource.system())) {
      for (int i = 0; i < 5; i++) {
        store.sync(write(store, message(9_000 + i)));
      }
      Files.write(segment(0), new byte[9_500]);
      ContentId again = write(store, message(9_000));
      assertThat(store.open(again, 0, 9_000)).hasBinaryContent(message(9_000));
    }
  }

  /// In its header, in what came in, and in what is behind that.
  @ParameterizedTest
  @ValueSource(ints = {9_000, 90_000})
  void theSameMessageIsTakenAgainWhereOneBitOfItIsWrong(int size) throws IOException {
    var settings =
        new SegmentContentStore.Settings(1 << 20, 60_000, 1 << 20, 0, 1_000, Duration.ofHours(12));
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    try (SegmentContentStore store =
        SegmentContentStore.openIn(directory, settings, InstantSource.system())) {
      for (int at : new int[] {2, RecordForm.HEADER_BYTES + 5_000, size + 60}) {
        ContentId id = write(store, bytes);
        store.sync(id);
        assertThat(write(store, bytes)).isEqualTo(id);
        boolean isSmall = id.value().startsWith("s");
        Path file = isSmall ? segment(0) : first(SegmentContentStore.large(directory));
        byte[] whole = Files.readAllBytes(file);
        whole[(isSmall ? (int) offset(id) : 0) + at] ^= 1;
        Files.write(file, whole);
        ContentId again = write(store, bytes);
        assertThat(again).isNotEqualTo(id);
        assertThat(store.open(again, 0, size)).hasBinaryContent(bytes);
        if (!isSmall) {
          Files.delete(file); // So that there is one.
        }
      }
    }
  }

  private static Path first(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).findFirst().orElseThrow();
    }
  }

  private void fill() throws IOException {
    try (SegmentContentStore store = open()) {
      for (int i = 0; i < 20; i++) {
        var _ = write(store, message(900 + i));
      }
    }
  }

  private ContentId write(SegmentContentStore store, byte[] bytes) throws IOException {
    ContentId id = store.write(new ByteArrayInputStream(bytes)).id();
    written.put(id, bytes);
    return id;
  }

  private void check(SegmentContentStore store) throws IOException {
    for (var entry : written.entrySet()) {
      assertThat(store.find(entry.getKey())).isPresent();
      try (InputStream in = store.open(entry.getKey(), 0, Long.MAX_VALUE)) {
        assertThat(in).hasBinaryContent(entry.getValue());
      }
    }
  }

  private static long offset(ContentId id) {
    return Long.parseLong(id.value().substring(id.value().lastIndexOf('.') + 1), 16);
  }

  private Path segment(int number) {
    return Segment.path(SegmentContentStore.segments(directory), number);
  }

  private SegmentContentStore open() {
    return SegmentContentStore.openIn(directory, SETTINGS, InstantSource.system());
  }
}
