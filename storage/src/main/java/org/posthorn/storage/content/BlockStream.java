package org.posthorn.storage.content;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.Optional;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;

/// Bytes of a content that stands in blocks, read as they are asked for: only the blocks that are
/// needed, and each is checked before a byte of it comes out. Used by one thread at a time.
final class BlockStream extends InputStream {
  /// Where the content is: `position` is that of its first block, `read` its blocks where they were
  /// read already. The file is held, and let go of at the end. With a `key` when it is encrypted.
  record Source(
      ContentId id,
      Optional<ContentKey> key,
      DataFile file,
      long position,
      Blocks blocks,
      Optional<ByteBuffer> read) {}

  private final Source source;
  private final BlockCodec codec;
  private final long end;
  private long at;
  private int loaded = -1;
  private byte[] plain = new byte[0];
  private byte[] stored = new byte[0];
  private int nextBlock;
  private long nextPosition;
  private boolean closed;

  /// From one byte of the content to another (exclusive), both of them in it.
  BlockStream(Source source, BlockCodec codec, long from, long end) {
    this.source = source;
    this.codec = codec;
    this.at = from;
    this.end = end;
    this.nextBlock = from < end ? (int) (from / source.blocks.blockBytes()) : 0;
    this.nextPosition = source.position + source.blocks.position(nextBlock);
  }

  @Override
  public int read() throws IOException {
    if (at >= end) {
      return -1;
    }
    int index = load();
    at++;
    return Byte.toUnsignedInt(plain[index]);
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    if (length == 0) {
      return 0;
    }
    if (at >= end) {
      return -1;
    }
    int block = (int) (at / source.blocks.blockBytes());
    int index = (int) (at % source.blocks.blockBytes());
    int whole = source.blocks.plainBytes(block);
    if (index == 0 && block != loaded && length >= whole && end - at >= whole) {
      decode(block, into, offset);
      at += whole;
      return whole;
    }
    load();
    int count = (int) Math.min(Math.min(length, whole - index), end - at);
    System.arraycopy(plain, index, into, offset, count);
    at += count;
    return count;
  }

  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, end - at);
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      source.file.letGo();
    }
  }

  /// Makes `plain` the block of the next byte, and says where in it that is.
  private int load() throws IOException {
    int block = (int) (at / source.blocks.blockBytes());
    if (block != loaded) {
      loaded = -1;
      int bytes = source.blocks.plainBytes(block);
      if (plain.length < bytes) {
        plain = new byte[bytes];
      }
      decode(block, plain, 0);
      loaded = block;
    }
    return (int) (at % source.blocks.blockBytes());
  }

  /// Blocks are asked for one after the other.
  private void decode(int block, byte[] into, int offset) throws IOException {
    fetch(block);
    codec.decode(source.id, source.key, stored, source.blocks, block, into, offset);
  }

  /// Throws when a block is not as it was written. Needs no key.
  void check() throws IOException {
    for (int block = 0; block < source.blocks.count(); block++) {
      fetch(block);
      codec.check(source.id, stored, source.blocks, block);
    }
  }

  /// Makes `stored` a block as it stands on disk.
  private void fetch(int block) throws IOException {
    int bytes = source.blocks.storedBytes(block);
    if (stored.length < bytes) {
      stored = new byte[bytes];
    }
    if (block != nextBlock) {
      nextPosition = source.position + source.blocks.position(block);
    }
    try {
      if (source.read.isPresent()) {
        int begin = (int) (nextPosition - source.position);
        source.read.get().get(begin, stored, 0, bytes);
      } else {
        var _ = source.file.read(nextPosition, ByteBuffer.wrap(stored, 0, bytes));
      }
    } catch (EOFException _) {
      throw new ContentDamaged(source.id, "its file ends early");
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      throw new StorageUnavailable("Content " + source.id + " cannot be read", e);
    }
    nextBlock = block + 1;
    nextPosition += bytes;
  }
}
