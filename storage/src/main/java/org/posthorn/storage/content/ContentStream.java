package org.posthorn.storage.content;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;

/// Bytes of a content, read from its file as they are asked for. When it is read from the first to
/// the last, its last bytes come only if the checksum is right. Used by one thread at a time.
final class ContentStream extends InputStream {
  private static final int BUFFER_BYTES = 8 << 10;

  /// What is read: `checksum` when it is the whole content. The file is held, and let go of at the
  /// end.
  record Piece(
      ContentId id, DataFile file, long position, long length, Optional<Integer> checksum) {}

  private final Piece piece;
  private final CRC32C crc = new CRC32C();
  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private long readBytes;
  private boolean closed;

  ContentStream(Piece piece) {
    this.piece = piece;
  }

  @Override
  public int read() throws IOException {
    return fill() ? Byte.toUnsignedInt(buffer.get()) : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    if (length == 0) {
      return 0;
    }
    if (!buffer.hasRemaining() && length >= BUFFER_BYTES) {
      int count = (int) Math.min(length, piece.length - readBytes);
      return count == 0 ? -1 : take(ByteBuffer.wrap(into, offset, count)).remaining();
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, buffer.remaining());
    buffer.get(into, offset, count);
    return count;
  }

  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, buffer.remaining() + piece.length - readBytes);
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      piece.file.letGo();
    }
  }

  /// Whether there is a byte in the buffer now.
  private boolean fill() throws IOException {
    if (!buffer.hasRemaining() && readBytes < piece.length) {
      int count = (int) Math.min(BUFFER_BYTES, piece.length - readBytes);
      buffer =
          take(
              buffer.capacity() >= count
                  ? buffer.clear().limit(count)
                  : ByteBuffer.allocate(count));
    }
    return buffer.hasRemaining();
  }

  /// Reads as much as there is room for.
  private ByteBuffer take(ByteBuffer into) throws IOException {
    int count = into.remaining();
    ByteBuffer taken;
    try {
      taken = piece.file.read(piece.position + readBytes, into);
    } catch (EOFException _) {
      throw new ContentDamaged(piece.id, "its file ends early");
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      throw new StorageUnavailable("Content " + piece.id + " cannot be read", e);
    }
    readBytes += count;
    if (piece.checksum.isPresent()) {
      crc.update(taken.duplicate());
      if (readBytes == piece.length && (int) crc.getValue() != piece.checksum.get()) {
        throw new ContentDamaged(piece.id, "its bytes are not those that were written");
      }
    }
    return taken;
  }
}
