package org.posthorn.storage.content;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.posthorn.message.ContentId;

/// What every content store promises. A store whose test implements this and passes is done.
public interface ContentStoreContract {
  /// A store without contents. The test closes it.
  ContentStore emptyStore();

  /// Sizes around every border that a store of ours has.
  List<Integer> SIZES =
      List.of(
          0, 1, 31, 8_191, 8_192, 16_351, 16_352, 16_353, 16_384, 65_503, 65_504, 65_536, 262_143,
          262_144, 262_145, 1_000_000);

  @Test
  default void whatIsWrittenCanBeReadAtOnce() throws IOException {
    try (ContentStore store = emptyStore()) {
      for (int size : SIZES) {
        byte[] bytes = message(size);
        StoredContent stored = store.write(new ByteArrayInputStream(bytes));
        assertThat(stored.sizeBytes()).isEqualTo(size);
        assertThat(stored.structure().sizeBytes()).isEqualTo(size);
        assertThat(store.find(stored.id())).contains(stored);
        try (InputStream in = store.open(stored.id(), 0, size)) {
          assertThat(in.readAllBytes()).as("%d bytes", size).isEqualTo(bytes);
        }
        try (InputStream in = store.open(stored.id(), 0, Long.MAX_VALUE)) {
          assertThat(in.readAllBytes()).isEqualTo(bytes);
        }
        store.sync(stored.id());
        store.sync(stored.id());
      }
    }
  }

  @Test
  default void theStructureOfTheMessageIsFoundInTheSamePass() throws IOException {
    try (ContentStore store = emptyStore()) {
      byte[] bytes =
          "Subject: Hello\r\nFrom: ann@example.org\r\n\r\nA text.\r\n".getBytes(US_ASCII);
      StoredContent stored = store.write(new ByteArrayInputStream(bytes));
      assertThat(stored.structure().envelope().subject()).contains("Hello");
      assertThat(stored.structure().root().bodyBytes()).isEqualTo("A text.\r\n".length());
    }
  }

  /// Attachments may be kept in another form than they came in.
  @Test
  default void anAttachmentIsReadAsItWasSent() throws IOException {
    var random = new Random(2045);
    try (ContentStore store = emptyStore()) {
      for (int size : List.of(2_000, 40_000, 65_536, 150_000, 500_000)) {
        for (int lineLength : List.of(60, 64, 72, 76)) {
          byte[] bytes = attachment(random, size, lineLength);
          StoredContent stored = store.write(new ByteArrayInputStream(bytes));
          assertThat(stored.sizeBytes()).isEqualTo(bytes.length);
          assertThat(store.open(stored.id(), 0, Long.MAX_VALUE)).hasBinaryContent(bytes);
          for (int i = 0; i < 5; i++) {
            int from = random.nextInt(bytes.length);
            int to = from + random.nextInt(bytes.length - from);
            assertThat(store.open(stored.id(), from, to - from))
                .hasBinaryContent(Arrays.copyOfRange(bytes, from, to));
          }
        }
      }
    }
  }

  /// A message with some text and an attachment of `size` bytes of noise, in base64.
  static byte[] attachment(Random random, int size, int lineLength) {
    byte[] noise = new byte[size];
    random.nextBytes(noise);
    String lines = Base64.getMimeEncoder(lineLength, new byte[] {'\r', '\n'}).encodeToString(noise);
    return ("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee below.\r\n--b\r\n"
            + "Content-Transfer-Encoding: base64\r\n\r\n"
            + lines
            + "\r\n--b--\r\n")
        .getBytes(US_ASCII);
  }

  @Test
  default void anyPieceCanBeRead() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    try (ContentStore store = emptyStore()) {
      for (int size : SIZES) {
        byte[] bytes = message(size);
        ContentId id = store.write(new ByteArrayInputStream(bytes)).id();
        for (int i = 0; i < 20; i++) {
          int from = random.nextInt(size + 10);
          int length = random.nextInt(size + 10);
          int start = Math.min(from, size);
          try (InputStream in = store.open(id, from, length)) {
            assertThat(in.readAllBytes())
                .as("seed %d: %d bytes from %d of %d", seed, length, from, size)
                .isEqualTo(Arrays.copyOfRange(bytes, start, Math.min(size, start + length)));
          }
        }
        assertThatIllegalArgumentException().isThrownBy(() -> store.open(id, -1, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> store.open(id, 0, -1));
      }
    }
  }

  @Test
  default void aPieceCanBeReadByteByByteAndGivenUp() throws IOException {
    try (ContentStore store = emptyStore()) {
      byte[] bytes = message(20_000);
      ContentId id = store.write(new ByteArrayInputStream(bytes)).id();
      try (InputStream in = store.open(id, 0, 20_000)) {
        for (byte expected : bytes) {
          assertThat(in.read()).isEqualTo(Byte.toUnsignedInt(expected));
        }
        assertThat(in.read()).isEqualTo(-1);
        assertThat(in.read(new byte[1])).isEqualTo(-1);
        assertThat(in.read(new byte[20_000])).isEqualTo(-1);
      }
      try (InputStream in = store.open(id, 100, 20_000)) {
        assertThat(in.read()).isEqualTo(Byte.toUnsignedInt(bytes[100]));
        assertThat(in.readNBytes(9_000)).isEqualTo(Arrays.copyOfRange(bytes, 101, 9_101));
      }
    }
  }

  @Test
  default void theSameBytesAreKeptOnce() throws IOException {
    try (ContentStore store = emptyStore()) {
      for (int size : List.of(0, 100, 300_000)) {
        StoredContent first = store.write(new ByteArrayInputStream(message(size)));
        for (int i = 0; i < 100; i++) {
          assertThat(store.write(new ByteArrayInputStream(message(size)))).isEqualTo(first);
        }
        store.sync(first.id());
      }
      try (CollectionRound round = store.collect(10)) {
        assertThat(round.reclaim(all(true), Pace.FULL).freedContents()).isEqualTo(3);
      }
    }
  }

  @Test
  default void theSameBytesAtTheSameTimeAreKeptOnce() throws Exception {
    try (ContentStore store = emptyStore();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<ContentId>> ids = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        ids.add(
            threads.submit(() -> {
              ContentId id = store.write(new ByteArrayInputStream(message(10_000))).id();
              store.sync(id);
              return id;
            }));
      }
      ContentId first = ids.getFirst().get();
      for (Future<ContentId> id : ids) {
        assertThat(id.get()).isEqualTo(first);
      }
    }
  }

  @Test
  default void whatNobodyNeedsIsFreedAndNothingElse() throws IOException {
    try (ContentStore store = emptyStore()) {
      List<StoredContent> needed = new ArrayList<>();
      List<ContentId> others = new ArrayList<>();
      for (int size : SIZES) {
        needed.add(store.write(new ByteArrayInputStream(message(size))));
        others.add(store.write(new ByteArrayInputStream(message(size + 7))).id());
      }
      Reclaimed reclaimed;
      try (CollectionRound round = store.collect(1_000)) {
        needed.forEach(content -> round.needs(content.id()));
        reclaimed = round.reclaim(all(false), Pace.FULL);
      }
      long freed = others.stream().filter(id -> store.find(id).isEmpty()).count();
      assertThat(reclaimed.freedContents()).isEqualTo(freed);
      assertThat(reclaimed.freedBytes()).isPositive();
      assertThat(freed).as("of %d", others.size()).isGreaterThan(others.size() - 3L);
      for (ContentId gone : others) {
        if (store.find(gone).isEmpty()) {
          assertThatThrownBy(() -> store.open(gone, 0, 1)).isInstanceOf(ContentMissing.class);
          assertThatThrownBy(() -> store.sync(gone)).isInstanceOf(ContentMissing.class);
        }
      }
      for (StoredContent content : needed) {
        assertThat(store.find(content.id())).contains(content);
        store.sync(content.id());
        try (InputStream in = store.open(content.id(), 0, Long.MAX_VALUE)) {
          assertThat(in.readAllBytes()).isEqualTo(message((int) content.sizeBytes()));
        }
      }
    }
  }

  @Test
  default void freedBytesThatComeAgainAreKeptAnew() throws IOException {
    try (ContentStore store = emptyStore()) {
      for (int size : List.of(100, 300_000)) {
        ContentId first = store.write(new ByteArrayInputStream(message(size))).id();
        store.write(new ByteArrayInputStream(message(50)));
        try (CollectionRound round = store.collect(10)) {
          round.reclaim(all(false), Pace.FULL);
        }
        assertThat(store.find(first)).isEmpty();
        ContentId second = store.write(new ByteArrayInputStream(message(size))).id();
        assertThat(second).isNotEqualTo(first);
        assertThat(store.open(second, 0, size)).hasBinaryContent(message(size));
      }
    }
  }

  @Test
  default void whatCameInShortlyAgoStays() throws IOException {
    try (ContentStore store = emptyStore()) {
      ContentId small = store.write(new ByteArrayInputStream(message(100))).id();
      ContentId large = store.write(new ByteArrayInputStream(message(300_000))).id();
      try (CollectionRound round = store.collect(10)) {
        var rules = new CollectionRound.Rules(Instant.EPOCH, 0, false);
        Reclaimed reclaimed = round.reclaim(rules, Pace.FULL);
        assertThat(reclaimed.freedContents()).isZero();
        assertThat(reclaimed.keptContents()).isEqualTo(2);
      }
      assertThat(store.find(small)).isPresent();
      assertThat(store.find(large)).isPresent();
    }
  }

  @Test
  default void whatIsNamedWhileARoundIsUnderWayStays() throws IOException {
    try (ContentStore store = emptyStore()) {
      ContentId small = store.write(new ByteArrayInputStream(message(100))).id();
      ContentId large = store.write(new ByteArrayInputStream(message(300_000))).id();
      try (CollectionRound round = store.collect(10)) {
        store.sync(small);
        store.sync(large);
        round.reclaim(all(false), Pace.FULL);
      }
      assertThat(store.open(small, 0, 100)).hasBinaryContent(message(100));
      assertThat(store.open(large, 0, 300_000)).hasBinaryContent(message(300_000));
    }
  }

  @Test
  default void aTryFreesNothingAndTellsWhatWouldBeFreed() throws IOException {
    try (ContentStore store = emptyStore()) {
      for (int size : SIZES) {
        store.write(new ByteArrayInputStream(message(size)));
      }
      Reclaimed tried;
      try (CollectionRound round = store.collect(10)) {
        tried = round.reclaim(all(true), Pace.FULL);
      }
      assertThat(tried.freedContents()).isEqualTo(SIZES.size());
      try (CollectionRound round = store.collect(10)) {
        assertThat(round.reclaim(all(false), Pace.FULL)).isEqualTo(tried);
      }
      try (CollectionRound round = store.collect(10)) {
        assertThat(round.reclaim(all(false), Pace.FULL)).isEqualTo(Reclaimed.NOTHING);
      }
    }
  }

  @Test
  default void thereIsOneRoundAtATime() {
    try (ContentStore store = emptyStore()) {
      try (CollectionRound _ = store.collect(10)) {
        assertThatThrownBy(() -> store.collect(10)).isInstanceOf(IllegalStateException.class);
      }
      store.collect(10).close();
    }
  }

  @Test
  default void aRoundThatIsEndedInTheMiddleHurtsNobody() throws IOException {
    try (ContentStore store = emptyStore()) {
      Map<ContentId, byte[]> needed = new HashMap<>();
      for (int size = 1; size < 300_000; size += 9_000) {
        needed.put(store.write(new ByteArrayInputStream(message(size))).id(), message(size));
        store.write(new ByteArrayInputStream(message(size + 1)));
      }
      boolean ended = false;
      for (int pauses = 0; !ended; pauses += 3) {
        var left = new AtomicInteger(pauses);
        try (CollectionRound round = store.collect(10)) {
          needed.keySet().forEach(round::needs);
          round.reclaim(
              all(false),
              () -> {
                if (left.getAndDecrement() == 0) {
                  throw new CancellationException();
                }
              });
          ended = true;
        } catch (CancellationException _) {
          // Then the next one goes on.
        }
        for (var content : needed.entrySet()) {
          assertThat(store.open(content.getKey(), 0, Long.MAX_VALUE))
              .hasBinaryContent(content.getValue());
        }
      }
    }
  }

  /// Whatever is not needed, however new it is.
  private static CollectionRound.Rules all(boolean tryOut) {
    return new CollectionRound.Rules(Instant.parse("2100-01-01T00:00:00Z"), 0, tryOut);
  }

  @Test
  default void anIdThatWasNeverGivenOutIsMissing() {
    try (ContentStore store = emptyStore()) {
      for (String id :
          List.of(
              "nothing",
              "m99",
              "s1.0.1c",
              "s1.0.ffffffff",
              "s1.fffffff.0",
              "l1.0123456789abcdef")) {
        var missing = new ContentId(id);
        assertThat(store.find(missing)).isEmpty();
        assertThatThrownBy(() -> store.open(missing, 0, 1)).isInstanceOf(ContentMissing.class);
        assertThatThrownBy(() -> store.sync(missing)).isInstanceOf(ContentMissing.class);
      }
    }
  }

  @Test
  default void whatTheSourceThrowsComesOutUnchangedAndNothingIsKept() throws IOException {
    try (ContentStore store = emptyStore()) {
      for (int size : SIZES) {
        var broken = new IOException("The line is gone");
        InputStream end =
            new InputStream() {
              @Override
              public int read() throws IOException {
                throw broken;
              }

              @Override
              public int read(byte[] into, int offset, int length) throws IOException {
                throw broken;
              }
            };
        InputStream source = new SequenceInputStream(new ByteArrayInputStream(message(size)), end);
        assertThatThrownBy(() -> store.write(source)).isSameAs(broken);
      }
      byte[] bytes = message(100);
      StoredContent stored = store.write(new ByteArrayInputStream(bytes));
      assertThat(store.open(stored.id(), 0, 100)).hasBinaryContent(bytes);
    }
  }

  @Test
  default void manyWriteSyncAndReadAtOnce() throws Exception {
    try (ContentStore store = emptyStore();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        int seed = i;
        all.add(
            threads.submit(() -> {
              var random = new Random(seed);
              for (int k = 0; k < 20; k++) {
                byte[] bytes = message(random.nextInt(1 << random.nextInt(1, 19)));
                ContentId id = store.write(new ByteArrayInputStream(bytes)).id();
                store.sync(id);
                try (InputStream in = store.open(id, 0, bytes.length)) {
                  assertThat(in.readAllBytes()).isEqualTo(bytes);
                }
              }
              return null;
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
  }

  /// A message of this size whose bytes differ from place to place.
  static byte[] message(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    byte[] header = "Subject: x\r\n\r\n".getBytes(US_ASCII);
    System.arraycopy(header, 0, bytes, 0, Math.min(size, header.length));
    return bytes;
  }
}
