package org.posthorn.storage.story;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;
import org.posthorn.storage.keys.Seal;

/// The bytes of a file of stories: 16 bytes of head (a word, the form, the number of the file), and
/// frames. A frame is its length and checksum (4 bytes each), its kind, and the payload: as it is,
/// or compressed; and sealed where mail is encrypted. It opens in this file and place alone.
record Frames(long file, Optional<Seal> seal) {
  static final int HEAD_BYTES = 16;
  static final int FRAME_HEAD_BYTES = 9;
  private static final byte[] WORD = "PHSTORY".getBytes(StandardCharsets.US_ASCII);
  private static final byte FORM = 1;
  private static final int PAYLOAD_MAX = 16 << 20;
  private static final int COMPRESSED = 0x20;
  private static final int SEALED = 0x40;
  private static final int LEVEL = 1;

  /// What a frame holds.
  enum Kind {
    BATCH(1),
    INDEX(2);

    private final int number;

    Kind(int number) {
      this.number = number;
    }
  }

  /// `next` is where the one behind it begins.
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares frames.
  record Frame(int kind, byte[] payload, int next) {
    boolean is(Kind which) {
      return kind == which.number;
    }
  }

  byte[] head() {
    return ByteBuffer.allocate(HEAD_BYTES).put(WORD).put(FORM).putLong(file).array();
  }

  /// Throws [StorageUnavailable] when it is no such file, or one of a newer program.
  void checkHead(byte[] bytes) {
    byte[] head = head();
    if (bytes.length < HEAD_BYTES || !Arrays.equals(bytes, 0, HEAD_BYTES, head, 0, HEAD_BYTES)) {
      throw new StorageUnavailable("It is no file of stories that this program can read");
    }
  }

  /// A frame that stands at `at`.
  byte[] frame(Kind kind, byte[] payload, boolean compress, long at) {
    int flags = kind.number;
    byte[] body = payload;
    if (compress) {
      flags |= COMPRESSED;
      body = compressed(body);
    }
    if (seal.isPresent()) {
      flags |= SEALED;
      body = seal.get().close(body, place(at, flags));
    }
    return ByteBuffer.allocate(FRAME_HEAD_BYTES + body.length)
        .putInt(body.length)
        .putInt(checksum(flags, body, 0, body.length))
        .put((byte) flags)
        .put(body)
        .array();
  }

  /// The end of a whole frame that begins at `at`, or -1.
  static int end(byte[] bytes, int at) {
    if (at + FRAME_HEAD_BYTES > bytes.length) {
      return -1;
    }
    ByteBuffer head = ByteBuffer.wrap(bytes, at, FRAME_HEAD_BYTES);
    int length = head.getInt();
    if (length < 0 || length > PAYLOAD_MAX || length > bytes.length - at - FRAME_HEAD_BYTES) {
      return -1;
    }
    return at + FRAME_HEAD_BYTES + length;
  }

  static boolean isSound(byte[] bytes, int at, int end) {
    ByteBuffer head = ByteBuffer.wrap(bytes, at + 4, 5);
    int wanted = head.getInt();
    int from = at + FRAME_HEAD_BYTES;
    return checksum(head.get(), bytes, from, end - from) == wanted;
  }

  /// Reads the sound frame from `at` to `end` of these bytes; `place` is where `at` is in the file.
  Frame open(byte[] bytes, int at, int end, long place) {
    int flags = bytes[at + 8];
    byte[] body = Arrays.copyOfRange(bytes, at + FRAME_HEAD_BYTES, end);
    if ((flags & SEALED) != 0) {
      body =
          seal.orElseThrow(() -> new StorageUnavailable("A story is sealed, and there is no key"))
              .open(body, place(place, flags));
    }
    if ((flags & COMPRESSED) != 0) {
      body = decompressed(body);
    }
    return new Frame(flags & ~(SEALED | COMPRESSED), body, end);
  }

  private byte[] place(long at, int flags) {
    return ("story/" + file + "/" + at + "/" + flags).getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] compressed(byte[] body) {
    return new RowWriter(body.length / 2 + 64)
        .number(body.length)
        .piece(Zstd.compress(body, LEVEL))
        .toBytes();
  }

  private static byte[] decompressed(byte[] body) {
    var in = new RowReader(body);
    int length = in.count();
    if (length > PAYLOAD_MAX) {
      throw new StorageUnavailable("A story of " + length + " bytes is damaged");
    }
    try {
      byte[] bytes = Zstd.decompress(in.piece(), length);
      if (bytes.length == length) {
        return bytes;
      }
    } catch (ZstdException e) {
      throw new StorageUnavailable("A compressed story is damaged", e);
    }
    throw new StorageUnavailable("A compressed story is damaged");
  }

  private static int checksum(int flags, byte[] bytes, int from, int length) {
    var sum = new CRC32C();
    sum.update(flags);
    sum.update(bytes, from, length);
    return (int) sum.getValue();
  }
}
