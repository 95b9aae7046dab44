package org.posthorn.storage.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.storage.content.ContentStoreContract.message;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.StructureCodec;
import org.posthorn.message.mime.StructureScanner;

/// How contents stand on disk: older forms are read, blocks are compressed, and each byte is
/// proven.
final class ContentFormsTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-27T08:00:00Z"));
  private static final SegmentContentStore.Settings SETTINGS =
      new SegmentContentStore.Settings(1 << 20, 256 << 10, 8 << 20, 1 << 20);

  /// Contents above 4 KB get files of their own, with blocks of 4 KB.
  private static final SegmentContentStore.Settings SMALL =
      new SegmentContentStore.Settings(1 << 20, 4 << 10, 8 << 20, 0);

  /// What the first form of contents was written from, and where.
  private static final Map<ContentId, Integer> FIRST_FORM =
      Map.of(
          new ContentId("s1.0.1c"), 0,
          new ContentId("s1.0.f8"), 3,
          new ContentId("s1.0.2ee"), 40,
          new ContentId("l1.7e2c2f7ec1057860"), 200);

  @TempDir private Path directory;

  @Test
  void contentsOfTheFirstFormAreReadForEver() throws IOException, URISyntaxException {
    Path stored =
        Path.of(Objects.requireNonNull(getClass().getResource("/content-form-1")).toURI());
    try (var files = Files.walk(stored)) {
      for (Path file : files.toList()) {
        Path copy = directory.resolve(stored.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
    ContentId added;
    try (SegmentContentStore store = SegmentContentStore.openIn(directory, SETTINGS, CLOCK)) {
      added = store.write(new ByteArrayInputStream(text(10))).id();
      for (var entry : FIRST_FORM.entrySet()) {
        byte[] bytes = text(entry.getValue());
        ContentId id = entry.getKey();
        StoredContent found = store.find(id).orElseThrow();
        assertThat(found.sizeBytes()).isEqualTo(bytes.length);
        assertThat(found.structure().envelope().subject()).contains("Form 1");
        assertThat(store.open(id, 0, Long.MAX_VALUE)).hasBinaryContent(bytes);
        assertThat(store.open(id, 9, 30)).hasBinaryContent(Arrays.copyOfRange(bytes, 9, 39));
        store.sync(id);
      }
      List<ContentId> walked = new ArrayList<>();
      List<Note> notes = new ArrayList<>();
      store.walk(visitor(walked, notes));
      assertThat(walked).containsAll(FIRST_FORM.keySet()).contains(added).hasSize(5);
      assertThat(notes).extracting(Note::mailbox).containsExactly("INBOX");
    }
  }

  private static SegmentContentStore.Visitor visitor(List<ContentId> contents, List<Note> notes) {
    return new SegmentContentStore.Visitor() {
      @Override
      public void content(SegmentContentStore.Found found) {
        assertThat(found.damage()).isEmpty();
        assertThat(found.received()).isEqualTo(CLOCK.instant());
        contents.add(found.id());
      }

      @Override
      public void note(Note note) {
        notes.add(note);
      }
    };
  }

  private static byte[] text(int lines) {
    var text = new StringBuilder("Subject: Form 1\r\nFrom: Bob <bob@example.net>\r\n\r\n");
    for (int i = 0; i < lines; i++) {
      text.append("Line ").append(i).append(" of a stored message.\r\n");
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void textTakesLessRoomAndNoiseHardlyMore() throws IOException {
    try (ContentStore store = SegmentContentStore.openIn(directory, SETTINGS, CLOCK)) {
      store.write(new ByteArrayInputStream(text(0)));
      long before = Files.size(segment());
      store.write(new ByteArrayInputStream(text(3_000)));
      long between = Files.size(segment());
      store.write(new ByteArrayInputStream(message(200_000)));
      long after = Files.size(segment());
      assertThat(between - before).isLessThan(text(3_000).length / 3);
      assertThat(after - between).isLessThan(200_000 + 500);
      ContentId large = store.write(new ByteArrayInputStream(text(30_000))).id();
      assertThat(Files.size(large())).isLessThan(text(30_000).length / 3);
      assertThat(store.open(large, 0, Long.MAX_VALUE)).hasBinaryContent(text(30_000));
    }
  }

  /// What an attachment repeats can be seen only in the bytes that its base64 stands for: in base64
  /// this file took two thirds more.
  @Test
  void anAttachmentTakesAsMuchRoomAsItsFileWould() throws IOException {
    byte[] noise = ContentStoreContract.attachment(new Random(1), 3_000_000, 76);
    byte[] file = words(new Random(2), 2_000_000);
    try (ContentStore store = SegmentContentStore.openIn(directory, SETTINGS, CLOCK)) {
      assertThat(grownBy(store, noise)).isBetween(3_000_000L, 3_030_000L);
      long asText = grownBy(store, file);
      assertThat(grownBy(store, attached(file))).isBetween(asText * 9 / 10, asText * 11 / 10);
    }
  }

  /// By how much the files of large contents grew with this one, which is read again.
  private long grownBy(ContentStore store, byte[] bytes) throws IOException {
    long before = largeBytes();
    ContentId id = store.write(new ByteArrayInputStream(bytes)).id();
    assertThat(store.open(id, 0, Long.MAX_VALUE)).hasBinaryContent(bytes);
    return largeBytes() - before;
  }

  private long largeBytes() throws IOException {
    try (var files = Files.list(directory.resolve("large"))) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }

  private static byte[] attached(byte[] file) {
    String encoded = Base64.getMimeEncoder().encodeToString(file);
    return ("Content-Transfer-Encoding: base64\r\n\r\n" + encoded + "\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] words(Random random, int size) {
    String[] words = new String[2_000];
    Arrays.setAll(words, _ -> Long.toString(random.nextLong() >>> (20 + random.nextInt(40)), 36));
    var text = new StringBuilder();
    while (text.length() < size) {
      text.append(words[(int) (words.length * Math.pow(random.nextDouble(), 3))]);
      text.append(random.nextInt(12) == 0 ? "\r\n" : " ");
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void compressionMayBeSwitchedAtAnyTime() throws IOException {
    byte[] bytes = text(3_000);
    List<ContentId> written = new ArrayList<>();
    for (ContentForm.Compression compression : ContentForm.Compression.values()) {
      try (ContentStore store =
          SegmentContentStore.openIn(
              directory, SETTINGS, new ContentForm(compression, false), CLOCK)) {
        store.write(new ByteArrayInputStream(text(0)));
        long before = Files.size(segment());
        written.add(store.write(new ByteArrayInputStream(bytes)).id());
        boolean smaller = Files.size(segment()) - before < bytes.length;
        assertThat(smaller).isEqualTo(compression == ContentForm.Compression.ZSTD);
        for (ContentId id : written) {
          assertThat(store.open(id, 0, Long.MAX_VALUE)).hasBinaryContent(bytes);
        }
      }
    }
  }

  @Test
  void aByteThatChangedAnywhereIsFound() throws IOException {
    for (byte[] bytes : List.of(text(20), message(500), text(400), message(9_000))) {
      ContentId id;
      try (ContentStore store = SegmentContentStore.openIn(directory, SMALL, CLOCK)) {
        id = store.write(new ByteArrayInputStream(bytes)).id();
      }
      boolean small = bytes.length < 4 << 10;
      Path file = small ? segment() : large();
      byte[] whole = Files.readAllBytes(file);
      int start = small ? Integer.parseInt(id.value().substring("s1.0.".length()), 16) : 0;
      for (int at = start; at < whole.length; at += small ? 1 : 7) {
        byte[] flipped = whole.clone();
        flipped[at] ^= (byte) (1 << at % 8);
        Files.write(file, flipped);
        try (SegmentContentStore store = SegmentContentStore.openIn(directory, SMALL, CLOCK)) {
          assertThatThrownBy(() -> read(store, id, 0, bytes.length))
              .as("byte %d of %d", at, whole.length)
              .isInstanceOf(ContentDamaged.class);
          for (int from : new int[] {0, bytes.length / 2, bytes.length - 10}) {
            assertThat(rightOrNothing(store, id, from))
                .as("byte %d, read from %d", at, from)
                .isIn(Optional.empty(), Optional.of(latin(bytes, from, from + 10)));
          }
        }
      }
      Files.write(file, whole);
      if (!small) {
        Files.delete(file);
      }
    }
  }

  /// Programs of before had room for some 250 attachments: the last of them had all others in it,
  /// and nothing said so.
  @Test
  void aLongStructureOfAnOlderProgramIsReadFromTheMessage() throws IOException {
    byte[] bytes = attachments(300);
    MessageStructure now = StructureScanner.scan(bytes);
    ContentId id;
    try (ContentStore store = SegmentContentStore.openIn(directory, SMALL, CLOCK)) {
      id = store.write(new ByteArrayInputStream(bytes)).id();
    }
    MessageStructure fewer = StructureScanner.scan(attachments(250));
    byte[] cut = StructureCodec.encode(fewer);
    cut[0] = 2;
    withStructure(id, cut);
    try (ContentStore store = SegmentContentStore.openIn(directory, SMALL, CLOCK)) {
      assertThat(store.find(id).orElseThrow().structure()).isEqualTo(now);
      assertThat(store.open(id, 0, Long.MAX_VALUE)).hasBinaryContent(bytes);
    }
    byte[] damaged = Files.readAllBytes(large());
    damaged[200] ^= 1;
    Files.write(large(), damaged);
    try (ContentStore store = SegmentContentStore.openIn(directory, SMALL, CLOCK)) {
      assertThat(store.find(id).orElseThrow().structure()).isEqualTo(fewer);
    }
  }

  private static byte[] attachments(int count) {
    var text = new StringBuilder("Content-Type: multipart/mixed; boundary=b\r\n\r\n");
    for (int i = 0; i < count; i++) {
      text.append(
          "--b\r\nContent-Disposition: attachment; filename=%d.txt\r\n\r\nx\r\n".formatted(i));
    }
    return text.append("--b--\r\n").toString().getBytes(StandardCharsets.US_ASCII);
  }

  /// Exchanges the structure of a content in a file of its own.
  private void withStructure(ContentId id, byte[] structure) throws IOException {
    byte[] file = Files.readAllBytes(large());
    RecordForm.Trailer trailer =
        StoredRecord.read(
                id, DataFile.readable(large()), (Place.OwnFile) Place.of(id).orElseThrow())
            .trailer();
    var layout = (RecordForm.Layout.InBlocks) trailer.layout();
    int contentEnd = RecordForm.HEADER_BYTES + (int) layout.blocks().allStoredBytes();
    var moved =
        new RecordForm.Trailer(
            trailer.place(),
            trailer.contentBytes(),
            structure.length,
            trailer.receivedMillis(),
            trailer.sha256(),
            layout);
    ByteBuffer out =
        ByteBuffer.allocate(contentEnd + RecordForm.endBytes(structure.length, layout.blocks()));
    out.put(file, 0, contentEnd);
    RecordForm.putEnd(
        out,
        moved,
        layout,
        new BlockCodec.Beside(ByteBuffer.wrap(structure), structure.length, false),
        0);
    Files.write(large(), out.array());
  }

  @Test
  void damageInOneBlockDoesNotDisturbTheOthers() throws IOException {
    byte[] bytes = message(300_000);
    ContentId id;
    try (ContentStore store = SegmentContentStore.openIn(directory, SETTINGS, CLOCK)) {
      id = store.write(new ByteArrayInputStream(bytes)).id();
    }
    byte[] whole = Files.readAllBytes(large());
    whole[150_000] ^= 1;
    Files.write(large(), whole);
    try (ContentStore store = SegmentContentStore.openIn(directory, SETTINGS, CLOCK)) {
      int block = 64 << 10;
      assertThat(read(store, id, 0, 2L * block)).isEqualTo(Arrays.copyOf(bytes, 2 * block));
      assertThat(read(store, id, 3L * block, 300_000))
          .isEqualTo(Arrays.copyOfRange(bytes, 3 * block, 300_000));
      assertThatThrownBy(() -> read(store, id, 2L * block, 10)).isInstanceOf(ContentDamaged.class);
      assertThatThrownBy(() -> read(store, id, 3L * block - 1, 1))
          .isInstanceOf(ContentDamaged.class);
    }
  }

  private static byte[] read(ContentStore store, ContentId id, long from, long length)
      throws IOException {
    try (InputStream in = store.open(id, from, length)) {
      return in.readAllBytes();
    }
  }

  /// Ten bytes as text; empty when they are found to be damaged.
  private static Optional<String> rightOrNothing(ContentStore store, ContentId id, int from)
      throws IOException {
    try {
      byte[] read = read(store, id, from, 10);
      return Optional.of(latin(read, 0, read.length));
    } catch (ContentDamaged _) {
      return Optional.empty();
    }
  }

  private static String latin(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /// The first one.
  private Path segment() {
    return directory.resolve("segments").resolve("0000000.segment");
  }

  /// The only one.
  private Path large() throws IOException {
    try (var files = Files.list(directory.resolve("large"))) {
      return files.toList().getFirst();
    }
  }
}
