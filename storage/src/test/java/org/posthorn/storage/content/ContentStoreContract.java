package org.posthorn.storage.content;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
  default void sameBytesTwiceAreTwoContents() throws IOException {
    try (ContentStore store = emptyStore()) {
      byte[] bytes = message(100);
      StoredContent first = store.write(new ByteArrayInputStream(bytes));
      StoredContent second = store.write(new ByteArrayInputStream(bytes));
      assertThat(first.id()).isNotEqualTo(second.id());
    }
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
