package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.posthorn.message.ContentId;

/// Makes of the bytes of a block those that are stored (see [BlockWriter]), and back. Safe for use
/// by many threads.
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
    return Zstandard.roomFor(bytes) + ContentKey.TAG_BYTES;
  }

  /// Whether bytes are made fewer before they are stored.
  boolean makesFewer() {
    return compress;
  }

  /// Something that is stored beside the blocks.
  record Beside(ByteBuffer stored, int plainBytes, boolean compressed) {}

  Beside encodeBeside(Optional<ContentKey> key, byte[] structure) {
    byte[] into = new byte[roomFor(structure.length)];
    int squeezed = squeeze(structure, 0, structure.length, into, 0);
    int stored = seal(key, ContentKey.STRUCTURE, into, 0, squeezed);
    return new Beside(
        ByteBuffer.wrap(into, 0, stored), structure.length, squeezed < structure.length);
  }

  /// Encrypts bytes in their place when there is a key. Returns how many they are then.
  static int seal(Optional<ContentKey> key, long number, byte[] bytes, int at, int length) {
    if (key.isEmpty()) {
      return length;
    }
    byte[] open = Arrays.copyOfRange(bytes, at, at + length);
    return key.get().close(number, open, 0, length, bytes, at);
  }

  /// Writes bytes, compressed when that makes them smaller. Returns how many were written.
  int squeeze(byte[] from, int offset, int length, byte[] into, int at) {
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
  void decode(
      ContentId id,
      Optional<ContentKey> key,
      byte[] stored,
      Blocks blocks,
      int block,
      byte[] into,
      int at)
      throws ContentDamaged {
    check(id, stored, blocks, block);
    int length = blocks.storedBytes(block);
    byte[] open = key.isEmpty() ? stored : key.get().open(id, block, stored, length);
    int openLength = key.isEmpty() ? length : open.length;
    int plainBytes = blocks.plainBytes(block);
    boolean compressed = blocks.isCompressed(block);
    if (!blocks.isPacked(block)) {
      unsqueeze(id, open, openLength, compressed, into, at, plainBytes);
      return;
    }
    try {
      byte[] packed = open;
      int count = openLength;
      if (compressed) {
        packed = new byte[plainBytes];
        count = zstandard.decompressUpTo(plainBytes, open, 0, openLength, packed, 0);
      }
      new Base64Lines().unpack(packed, count, into, at, plainBytes);
    } catch (IOException e) {
      throw new ContentDamaged(id, "it holds " + e.getMessage());
    }
  }

  /// Throws when the bytes of a block are not those that were written; needs no key.
  void check(ContentId id, byte[] stored, Blocks blocks, int block) throws ContentDamaged {
    if (crc(stored, 0, blocks.storedBytes(block)) != blocks.crc(block)) {
      throw new ContentDamaged(id, "its bytes are not those that were written");
    }
  }

  /// What [#encodeBeside] made the structure from.
  byte[] decodeBeside(ContentId id, Optional<ContentKey> key, Beside beside) throws ContentDamaged {
    byte[] stored = new byte[beside.stored.remaining()];
    beside.stored.duplicate().get(stored);
    byte[] open =
        key.isEmpty() ? stored : key.get().open(id, ContentKey.STRUCTURE, stored, stored.length);
    if (!beside.compressed) {
      return open;
    }
    byte[] into = new byte[beside.plainBytes];
    unsqueeze(id, open, open.length, true, into, 0, into.length);
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
      if (storedLength != length) {
        throw new ContentDamaged(id, "a block has another length");
      }
      System.arraycopy(stored, 0, into, at, length);
      return;
    }
    try {
      zstandard.decompress(stored, 0, storedLength, into, at, length);
    } catch (IOException e) {
      throw new ContentDamaged(id, "it holds " + e.getMessage());
    }
  }

  static int crc(byte[] bytes, int offset, int length) {
    var sum = new CRC32C();
    sum.update(ByteBuffer.wrap(bytes, offset, length));
    return (int) sum.getValue();
  }
}
