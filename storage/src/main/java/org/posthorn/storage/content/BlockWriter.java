package org.posthorn.storage.content;

import java.util.Optional;

/// Makes of the blocks of one content the bytes that are stored, one after the other. Used by one
/// thread.
final class BlockWriter {
  /// Behind a block that could not be made smaller one is stored without a try, behind the next
  /// three, then always so many: what is compressed already seldom changes its mind.
  private static final int UNTRIED_MAX = 7;

  private final BlockCodec codec;
  private final Optional<ContentKey> key;
  private final Blocks.Builder blocks = new Blocks.Builder();
  private final Base64Lines lines = new Base64Lines();
  private int untried;
  private int untriedNext;

  BlockWriter(BlockCodec codec, Optional<ContentKey> key) {
    this.codec = codec;
    this.key = key;
  }

  /// Stores a block at `at`, where there is [BlockCodec#roomFor] it. Returns how many bytes that
  /// took.
  int add(byte[] content, int offset, int length, byte[] into, int at) {
    int packed = codec.makesFewer() ? lines.pack(content, offset, offset + length) : 0;
    boolean isPacked = packed > 0;
    int whole = isPacked ? packed : length;
    int squeezed =
        squeeze(isPacked ? lines.packed() : content, isPacked ? 0 : offset, whole, into, at);
    int stored = BlockCodec.seal(key, blocks.count(), into, at, squeezed);
    blocks.add(
        new Blocks.Entry(stored, squeezed < whole, isPacked, BlockCodec.crc(into, at, stored)));
    return stored;
  }

  Blocks blocks(int blockBytes, long contentBytes) {
    return blocks.build(blockBytes, contentBytes);
  }

  private int squeeze(byte[] from, int offset, int length, byte[] into, int at) {
    if (untried > 0) {
      untried--;
      System.arraycopy(from, offset, into, at, length);
      return length;
    }
    int squeezed = codec.squeeze(from, offset, length, into, at);
    untriedNext = squeezed < length ? 0 : Math.min(UNTRIED_MAX, 2 * untriedNext + 1);
    untried = untriedNext;
    return squeezed;
  }
}
