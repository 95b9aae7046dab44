package org.posthorn.storage.content;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// Where the blocks of a content are: how many bytes each takes as it is stored, how they were made
/// fewer, and their checksum. Immutable.
///
/// On disk each block has 8 bytes: the number of its bytes times two, plus one when they are
/// compressed, plus 2^31 when their lines of base64 were packed before that (4), and their CRC-32C
/// (4).
final class Blocks {
  static final int ENTRY_BYTES = 8;
  private static final int COMPRESSED = 1;
  private static final int PACKED = 1 << 31;

  private final int blockBytes;
  private final long contentBytes;
  private final byte[] entries;

  /// `blockBytes`: of content in each block but the last, which may have fewer.
  Blocks(int blockBytes, long contentBytes, byte[] entries) {
    this.blockBytes = blockBytes;
    this.contentBytes = contentBytes;
    this.entries = entries;
  }

  static long needed(int blockBytes, long contentBytes) {
    return (contentBytes + blockBytes - 1) / blockBytes;
  }

  /// A block as it is stored. `packed`: see [Base64Lines].
  record Entry(int storedBytes, boolean compressed, boolean packed, int crc) {}

  /// Gathers entries as blocks are written. Used by one thread.
  static final class Builder {
    private byte[] entries = new byte[ENTRY_BYTES];
    private int count;

    void add(Entry entry) {
      if ((count + 1) * ENTRY_BYTES > entries.length) {
        entries = Arrays.copyOf(entries, 2 * entries.length);
      }
      ByteBuffer.wrap(entries, count * ENTRY_BYTES, ENTRY_BYTES)
          .putInt(
              entry.storedBytes << 1
                  | (entry.compressed ? COMPRESSED : 0)
                  | (entry.packed ? PACKED : 0))
          .putInt(entry.crc);
      count++;
    }

    int count() {
      return count;
    }

    Blocks build(int blockBytes, long contentBytes) {
      return new Blocks(blockBytes, contentBytes, Arrays.copyOf(entries, count * ENTRY_BYTES));
    }
  }

  int count() {
    return entries.length / ENTRY_BYTES;
  }

  /// Of content in each block.
  int blockBytes() {
    return blockBytes;
  }

  /// How many bytes of content the block has.
  int plainBytes(int block) {
    return (int) Math.min(blockBytes, contentBytes - (long) block * blockBytes);
  }

  int storedBytes(int block) {
    return (number(block * ENTRY_BYTES) & ~PACKED) >>> 1;
  }

  boolean isCompressed(int block) {
    return (number(block * ENTRY_BYTES) & COMPRESSED) != 0;
  }

  boolean isPacked(int block) {
    return (number(block * ENTRY_BYTES) & PACKED) != 0;
  }

  int crc(int block) {
    return number(block * ENTRY_BYTES + Integer.BYTES);
  }

  /// Where the block begins, counted from the first one.
  long position(int block) {
    long position = 0;
    for (int i = 0; i < block; i++) {
      position += storedBytes(i);
    }
    return position;
  }

  /// Of all blocks as they are stored.
  long allStoredBytes() {
    return position(count());
  }

  /// As they stand on disk.
  byte[] entries() {
    return entries;
  }

  private int number(int at) {
    return ByteBuffer.wrap(entries).getInt(at);
  }
}
