package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.posthorn.message.ContentId;

/// Makes of a block of content the bytes that are stored, and back. Safe for use by many threads.
final class BlockCodec {
  /// A block that does not become this much smaller is stored as it is.
  private static final int WORTHWHILE_SHIFT = 4;

  /// Fewer bytes are not worth a try.
  private static final int COMPRESSED_BYTES_MIN = 128;

  private final Zstandard zstandard;
  private final boolean compress;

  BlockCodec(Zstandard zstandard, boolean compress) {
    this.zstandard = zstandard;
    this.compress = compress;
  }

  /// How many bytes a block of content may need while it is being encoded.
  static int roomFor(int bytes) {
    return Zstandard.roomFor(bytes);
  }

  /// Stores a block at `at`, where there is [#roomFor] it; never more than it has. Returns how many
  /// bytes that took.
  int encode(byte[] content, int offset, int length, byte[] into, int at, Blocks.Builder blocks) {
    int stored = squeeze(content, offset, length, into, at);
    blocks.add(stored, stored < length, crc(into, at, stored));
    return stored;
  }

  /// The structure of a content as it is stored beside it.
  byte[] encode(byte[] structure) {
    byte[] into = new byte[roomFor(structure.length)];
    return Arrays.copyOf(into, squeeze(structure, 0, structure.length, into, 0));
  }

  private int squeeze(byte[] from, int offset, int length, byte[] into, int at) {
    if (compress && length >= COMPRESSED_BYTES_MIN) {
      int compressed = zstandard.compress(from, offset, length, into, at);
      if (compressed <= length - (length >> WORTHWHILE_SHIFT)) {
        return compressed;
      }
    }
    System.arraycopy(from, offset, into, at, length);
    return length;
  }

  /// Fills `into` from `at` with the content of a block. Throws [ContentDamaged] when its bytes are
  /// not those that were written.
  void decode(ContentId id, byte[] stored, Blocks blocks, int block, byte[] into, int at)
      throws ContentDamaged {
    int length = blocks.storedBytes(block);
    if (crc(stored, 0, length) != blocks.crc(block)) {
      throw new ContentDamaged(id, "its bytes are not those that were written");
    }
    unsqueeze(id, stored, length, blocks.isCompressed(block), into, at, blocks.plainBytes(block));
  }

  /// What [#encode] made the structure from, which had so many bytes.
  byte[] decode(ContentId id, byte[] stored, int length) throws ContentDamaged {
    byte[] into = new byte[length];
    unsqueeze(id, stored, stored.length, stored.length < length, into, 0, length);
    return into;
  }

  private void unsqueeze(
      ContentId id,
      byte[] stored,
      int storedLength,
      boolean compressed,
      byte[] into,
      int at,
      int length)
      throws ContentDamaged {
    if (!compressed) {
      System.arraycopy(stored, 0, into, at, length);
      return;
    }
    try {
      zstandard.decompress(stored, 0, storedLength, into, at, length);
    } catch (IOException e) {
      throw new ContentDamaged(id, "it holds " + e.getMessage());
    }
  }

  private static int crc(byte[] bytes, int offset, int length) {
    var sum = new CRC32C();
    sum.update(ByteBuffer.wrap(bytes, offset, length));
    return (int) sum.getValue();
  }
}
