package org.posthorn.storage.content;

import static java.nio.charset.StandardCharsets.US_ASCII;
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
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;

final class SegmentContentStoreTest implements ContentStoreContract {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-22T12:00:00Z"));
  private static final SegmentContentStore.Settings SETTINGS =
      new SegmentContentStore.Settings(
          1 << 20, 256 << 10, 8 << 20, 1 << 20, 1_000, Duration.ofHours(12));

  @TempDir private Path directory;

  @Override
  public SegmentContentStore emptyStore() {
    return SegmentContentStore.openIn(directory, SETTINGS, CLOCK);
  }

  @Test
  void whatWasWrittenIsThereAfterReopening() throws IOException {
    Map<StoredContent, byte[]> written = new LinkedHashMap<>();
    for (int round = 0; round < 3; round++) {
      try (ContentStore store = emptyStore()) {
        for (int size : SIZES) {
          byte[] bytes = message(size);
          written.put(store.write(new ByteArrayInputStream(bytes)), bytes);
        }
      }
    }
    try (ContentStore store = emptyStore()) {
      for (var entry : written.entrySet()) {
        ContentId id = entry.getKey().id();
        assertThat(store.find(id)).contains(entry.getKey());
        assertThat(store.open(id, 0, Long.MAX_VALUE)).hasBinaryContent(entry.getValue());
        store.sync(id);
      }
    }
    assertThat(written).hasSize(3 * SIZES.size());
    assertThat(files("segments")).as("segments of 1 MiB").hasSizeGreaterThan(1);
    assertThat(files("large")).hasSize(9);
  }

  @Test
  void aStoreThatCannotBeOpenedHoldsNothingOpen() throws IOException {
    var disk = new FaultyDisk();
    try (ContentStore store = openThrough(disk)) {
      var _ = store.write(new ByteArrayInputStream(message(1_000)));
      assertThat(disk.openFiles()).hasSize(2);
    }
    assertThat(disk.openFiles()).isEmpty();
    Files.delete(directory.resolve("large"));
    Files.createFile(directory.resolve("large"));
    assertThatThrownBy(() -> openThrough(disk)).isInstanceOf(StorageUnavailable.class);
    assertThat(disk.openFiles()).isEmpty();
    Files.delete(directory.resolve("large"));
    emptyStore().close();
  }

  private SegmentContentStore openThrough(FaultyDisk disk) {
    return SegmentContentStore.openIn(disk.at(directory), SETTINGS, CLOCK);
  }

  @Test
  void aLargeContentThatIsReleasedGoesAtOnce() throws IOException {
    byte[] large = message(300_000);
    try (SegmentContentStore store = emptyStore()) {
      ContentId id = store.write(new ByteArrayInputStream(large)).id();
      assertThat(files("large")).hasSize(1);
      store.release(id);
      assertThat(files("large")).isEmpty();
      assertThat(store.find(id)).isEmpty();
      assertThatThrownBy(() -> store.open(id, 0, 1)).isInstanceOf(ContentMissing.class);
      assertThatThrownBy(() -> store.sync(id)).isInstanceOf(ContentMissing.class);
      store.release(id);

      ContentId again = store.write(new ByteArrayInputStream(large)).id();
      assertThat(again).isNotEqualTo(id);
      store.sync(again);
      assertThat(store.open(again, 0, Long.MAX_VALUE)).hasBinaryContent(large);
    }
  }

  @Test
  void whatOthersMayHaveIsNotReleased() throws IOException {
    byte[] large = message(300_000);
    byte[] small = message(1_000);
    try (SegmentContentStore store = emptyStore()) {
      ContentId twice = store.write(new ByteArrayInputStream(large)).id();
      assertThat(store.write(new ByteArrayInputStream(large)).id()).isEqualTo(twice);
      store.release(twice);
      assertThat(store.open(twice, 0, Long.MAX_VALUE)).hasBinaryContent(large);

      ContentId named = store.write(new ByteArrayInputStream(message(300_001))).id();
      store.sync(named);
      store.release(named);
      assertThat(store.find(named)).as("a row may name it").isPresent();

      ContentId inSegment = store.write(new ByteArrayInputStream(small)).id();
      store.release(inSegment);
      assertThat(store.open(inSegment, 0, Long.MAX_VALUE)).hasBinaryContent(small);
    }
    try (SegmentContentStore store = emptyStore()) {
      store.walk(found -> store.release(found.id()));
      assertThat(files("large")).as("from before a restart").hasSize(2);
    }
  }

  @Test
  void whatTheSameOneWroteTwiceGoesWhenBothAreReleased() throws IOException {
    byte[] large = message(300_000);
    try (SegmentContentStore store = emptyStore()) {
      ContentId id = store.write(new ByteArrayInputStream(large)).id();
      assertThat(store.write(new ByteArrayInputStream(large)).id()).isEqualTo(id);
      store.release(id);
      assertThat(store.open(id, 0, Long.MAX_VALUE)).hasBinaryContent(large);
      store.release(id);
      assertThat(files("large")).isEmpty();
    }
  }

  /// One sender is refused while another's message of the same bytes is taken: whoever has synced a
  /// content has it.
  @Test
  void aReleaseTakesNothingFromWhoTakesTheSameBytes() throws Exception {
    try (SegmentContentStore store = emptyStore();
        ExecutorService other = Executors.newSingleThreadExecutor()) {
      for (int round = 0; round < 60; round++) {
        byte[] bytes = message(270_000 + round);
        var both = new CyclicBarrier(2);
        Future<Optional<ContentId>> taken =
            other.submit(() -> {
              both.await();
              return taken(store, bytes);
            });
        ContentId refused = store.write(new ByteArrayInputStream(bytes)).id();
        both.await();
        store.release(refused);
        Optional<ContentId> id = taken.get();
        if (id.isPresent()) {
          assertThat(store.open(id.get(), 0, Long.MAX_VALUE)).hasBinaryContent(bytes);
        }
        assertThat(id).as("only what was given to one is released").isPresent();
      }
    }
  }

  /// The one who wrote it names it, on another thread, while it is released: not both have their
  /// way.
  @Test
  void whatIsNamedWhileItIsReleasedIsThereOrMissed() throws Exception {
    try (SegmentContentStore store = emptyStore();
        ExecutorService other = Executors.newSingleThreadExecutor()) {
      for (int round = 0; round < 60; round++) {
        byte[] bytes = message(270_000 + round);
        ContentId id = store.write(new ByteArrayInputStream(bytes)).id();
        var both = new CyclicBarrier(2);
        Future<Boolean> named =
            other.submit(() -> {
              both.await();
              return isNamed(store, id);
            });
        both.await();
        store.release(id);
        if (named.get()) {
          assertThat(store.open(id, 0, Long.MAX_VALUE)).hasBinaryContent(bytes);
        }
      }
      store.sync(store.write(new ByteArrayInputStream(message(300_000))).id());
    }
  }

  private static Optional<ContentId> taken(SegmentContentStore store, byte[] bytes)
      throws IOException {
    ContentId id = store.write(new ByteArrayInputStream(bytes)).id();
    return isNamed(store, id) ? Optional.of(id) : Optional.empty();
  }

  /// Both are refusals for now: the message is not taken.
  private static boolean isNamed(SegmentContentStore store, ContentId id) {
    try {
      store.sync(id);
      return true;
    } catch (ContentMissing | StorageUnavailable _) {
      return false;
    }
  }

  /// It is larger than many a message.
  @Test
  void theStructureOfThousandsOfPartsIsThereAfterReopening() throws IOException {
    var message = new StringBuilder("Content-Type: multipart/mixed; boundary=b\r\n\r\n");
    for (int i = 0; i < 20_000; i++) {
      message.append("--b\r\nContent-ID: <").append(i * 7_919L).append(">\r\n\r\nx\r\n");
    }
    byte[] bytes = message.toString().getBytes(US_ASCII);
    StoredContent written;
    try (ContentStore store = emptyStore()) {
      written = store.write(new ByteArrayInputStream(bytes));
    }
    assertThat(written.structure().root().children()).hasSizeGreaterThan(1_000);
    try (ContentStore store = emptyStore()) {
      assertThat(store.find(written.id())).contains(written);
    }
  }

  /// 200 MiB pass through a store that may hold 8 MiB of contents.
  @Test
  void aHugeMessageTakesNoMoreMemoryThanASmallOne() throws IOException {
    long size = 200L << 20;
    var most = new AtomicLong();
    try (SegmentContentStore store = emptyStore()) {
      InputStream source =
          new Repeating(size, () -> most.accumulateAndGet(store.bufferedBytes(), Math::max));
      StoredContent stored = store.write(source);
      assertThat(stored.sizeBytes()).isEqualTo(size);
      assertThat(most.get()).isPositive().isLessThan(300 << 10);
      assertThat(store.bufferedBytes()).isZero();
      store.sync(stored.id());
      try (InputStream in = store.open(stored.id(), 0, size)) {
        byte[] piece = new byte[1 << 20];
        long read = 0;
        for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
          read += n;
        }
        assertThat(read).isEqualTo(size);
      }
    }
  }

  @Test
  void manySlowSendersDoNotFillTheMemory() throws IOException {
    List<StoredContent> stored = new ArrayList<>();
    var tight = new SegmentContentStore.Settings(1 << 20, 256 << 10, 1 << 20, 0, 0, Duration.ZERO);
    try (SegmentContentStore store = SegmentContentStore.openIn(directory, tight, CLOCK)) {
      nest(store, 30, stored);
      assertThat(store.bufferedBytes()).isZero();
      assertThat(stored).hasSize(30);
      for (StoredContent content : stored) {
        assertThat(store.open(content.id(), 0, Long.MAX_VALUE)).hasBinaryContent(message(100_000));
      }
    }
  }

  /// Each message stops in the middle until the ones after it are done.
  private static void nest(SegmentContentStore store, int depth, List<StoredContent> stored)
      throws IOException {
    var source = new ByteArrayInputStream(message(100_000));
    InputStream slow =
        new InputStream() {
          private boolean nested;

          @Override
          public int read() {
            return source.read();
          }

          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            if (source.available() <= 10_000 && !nested && depth > 1) {
              nested = true;
              assertThat(store.bufferedBytes()).isLessThanOrEqualTo(1 << 20);
              nest(store, depth - 1, stored);
            }
            return source.read(into, offset, Math.min(length, 5_000));
          }
        };
    stored.add(store.write(slow));
  }

  @Test
  void aByteThatChangedOnDiskIsFoundWhenTheWholeIsRead() throws IOException {
    for (int size : new int[] {5_000, 300_000}) {
      ContentId id;
      try (ContentStore store = emptyStore()) {
        id = store.write(new ByteArrayInputStream(message(size))).id();
      }
      Path file = size < 256 << 10 ? files("segments").getLast() : files("large").getFirst();
      flip(file, Files.size(file) - 2_000);
      try (ContentStore store = emptyStore();
          InputStream in = store.open(id, 0, size)) {
        assertThatThrownBy(in::readAllBytes).isInstanceOf(ContentDamaged.class);
      }
    }
  }

  @Test
  void aDamagedRecordIsNamedAndStopsNothingElse() throws IOException {
    ContentId damaged;
    ContentId fine;
    long end;
    try (ContentStore store = emptyStore()) {
      damaged = store.write(new ByteArrayInputStream(message(1_000))).id();
      end = Files.size(files("segments").getFirst());
      fine = store.write(new ByteArrayInputStream(message(2_000))).id();
    }
    flip(files("segments").getFirst(), end - 1);
    try (ContentStore store = emptyStore()) {
      assertThatThrownBy(() -> store.find(damaged))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining(damaged.value());
      try (InputStream in = store.open(damaged, 0, 10)) {
        assertThatThrownBy(in::read).isInstanceOf(ContentDamaged.class);
      }
      assertThat(store.open(fine, 0, 2_000)).hasBinaryContent(message(2_000));
      byte[] more = message(3_000);
      StoredContent stored = store.write(new ByteArrayInputStream(more));
      assertThat(store.open(stored.id(), 0, 3_000)).hasBinaryContent(more);
    }
  }

  @Test
  void aHalfWrittenEndOfASegmentHurtsNobody() throws IOException {
    Map<ContentId, byte[]> whole = new LinkedHashMap<>();
    ContentId half;
    try (ContentStore store = emptyStore()) {
      write(store, message(10_000), whole);
      half = store.write(new ByteArrayInputStream(message(10_001))).id();
    }
    try (FileChannel channel =
        FileChannel.open(files("segments").getFirst(), StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 4_000);
    }
    Files.writeString(directory.resolve("large").resolve("0123456789abcdef.part"), "half");
    try (ContentStore store = emptyStore()) {
      write(store, message(10_001), whole);
      write(store, message(10_002), whole);
    }
    try (SegmentContentStore store = emptyStore()) {
      Map<ContentId, Boolean> expected = new LinkedHashMap<>(Map.of(half, true));
      for (var content : whole.entrySet()) {
        assertThat(store.open(content.getKey(), 0, Long.MAX_VALUE))
            .hasBinaryContent(content.getValue());
        expected.put(content.getKey(), false);
      }
      Map<ContentId, Boolean> walked = new LinkedHashMap<>();
      store.walk(found -> walked.put(found.id(), found.damage().isPresent()));
      assertThat(walked).isEqualTo(expected);
    }
    assertThat(files("large")).isEmpty();
  }

  private static void write(ContentStore store, byte[] bytes, Map<ContentId, byte[]> to)
      throws IOException {
    to.put(store.write(new ByteArrayInputStream(bytes)).id(), bytes);
  }

  @Test
  void anInterruptedThreadDisturbsNobody() throws IOException {
    byte[] bytes = message(10_000);
    try (ContentStore store = emptyStore()) {
      ContentId before = store.write(new ByteArrayInputStream(bytes)).id();
      Thread.currentThread().interrupt();
      ContentId during = store.write(new ByteArrayInputStream(bytes)).id();
      store.sync(during);
      assertThat(store.open(before, 0, 10_000)).hasBinaryContent(bytes);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(store.open(during, 0, 10_000)).hasBinaryContent(bytes);
      store.sync(store.write(new ByteArrayInputStream(bytes)).id());
    }
  }

  @Test
  void aSecondStoreOnTheSameDirectoryIsToldThatThereIsOne() {
    try (ContentStore _ = emptyStore()) {
      assertThatThrownBy(this::emptyStore)
          .isInstanceOf(StorageUnavailable.class)
          .hasMessageContaining("Another Posthorn runs on this data directory");
    }
    emptyStore().close();
  }

  /// An older program must not read what it does not know.
  @Test
  void anOlderFormatIsTheNewOneFromNowOn() throws IOException {
    Path format = directory.resolve("FORMAT");
    for (String before : List.of("posthorn content 1\n", "posthorn content 1", "post", "")) {
      Files.writeString(format, before);
      emptyStore().close();
      assertThat(format).hasContent("posthorn content 3\n");
    }
  }

  @Test
  void aNewerFormatIsRefused() throws IOException {
    emptyStore().close();
    Files.writeString(directory.resolve("FORMAT"), "posthorn content 4\n");
    assertThatThrownBy(this::emptyStore)
        .isInstanceOf(StorageUnavailable.class)
        .hasMessageContaining("posthorn content 4");
  }

  private List<Path> files(String folder) throws IOException {
    try (var files = Files.list(directory.resolve(folder))) {
      return files.sorted().toList();
    }
  }

  /// Makes one byte another one.
  static void flip(Path file, long position) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var one = ByteBuffer.allocate(1);
      channel.read(one, position);
      channel.write(ByteBuffer.wrap(new byte[] {(byte) ~one.get(0)}), position);
    }
  }

  /// So many bytes, made as they are read.
  private static final class Repeating extends InputStream {
    private final byte[] piece = message(64 << 10);
    private final Runnable whenRead;
    private long left;

    Repeating(long size, Runnable whenRead) {
      this.left = size;
      this.whenRead = whenRead;
    }

    @Override
    public int read() {
      throw new UnsupportedOperationException();
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      whenRead.run();
      if (left == 0) {
        return -1;
      }
      int count = (int) Math.min(left, Math.min(length, piece.length));
      System.arraycopy(piece, 0, into, offset, count);
      left -= count;
      return count;
    }
  }
}
