package org.posthorn.storage.content;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.StructureScanner;

/// A content that comes in: gathered as long as it is small and handed on in blocks when it is
/// large, while its structure and checksum are computed. Used by one thread.
final class Incoming implements AutoCloseable {
  private static final int PIECE_BYTES = 8 << 10;
  private static final int BLOCK_BYTES_MAX = 64 << 10;

  private final Buffers buffers;
  private final StructureScanner scanner = new StructureScanner();
  private final MessageDigest sha256 = newDigest();
  private byte[] array;
  private boolean borrowed;
  private int end;
  private long contentBytes;
  private boolean ended;

  /// Told of the pieces of a content, one after the other.
  interface BlockAction {
    void block(byte[] content, int offset, int length);
  }

  Incoming(Buffers buffers) {
    this.buffers = buffers;
    Optional<byte[]> first = buffers.take(0);
    this.borrowed = first.isPresent();
    this.array = first.orElseGet(() -> new byte[PIECE_BYTES]);
  }

  /// Reads on. True when `in` has ended, false when there is no more memory for this content.
  boolean gather(InputStream in) throws IOException {
    do {
      fill(in);
    } while (!ended && grow());
    return ended;
  }

  /// How many bytes of content make a block: all but the last have so many.
  int blockBytes() {
    return Math.min(BLOCK_BYTES_MAX, Integer.highestOneBit(array.length));
  }

  /// Hands on what was gathered, in blocks, and then what else comes.
  void stream(InputStream in, BlockAction action) throws IOException {
    do {
      int whole = end / blockBytes() * blockBytes();
      eachBlock(whole, action);
      System.arraycopy(array, whole, array, 0, end - whole);
      end -= whole;
      fill(in);
    } while (!ended);
    eachBlock(end, action);
  }

  /// Hands on what was gathered, in blocks.
  void eachBlock(BlockAction action) {
    eachBlock(end, action);
  }

  private void eachBlock(int until, BlockAction action) {
    for (int at = 0; at < until; at += blockBytes()) {
      action.block(array, at, Math.min(blockBytes(), until - at));
    }
  }

  long contentBytes() {
    return contentBytes;
  }

  /// A copy of what was gathered: all of it, if nothing was handed on as it came.
  byte[] text() {
    return Arrays.copyOf(array, end);
  }

  MessageStructure structure() {
    return scanner.finish();
  }

  /// Of the content, in hexadecimal digits, when it has ended. Asked once.
  String sha256() {
    return HexFormat.of().formatHex(sha256.digest());
  }

  @Override
  public void close() {
    if (borrowed) {
      borrowed = false;
      buffers.giveBack(array);
    }
  }

  /// Until the array is full, or `in` has ended.
  private void fill(InputStream in) throws IOException {
    while (end < array.length && !ended) {
      int count = in.read(array, end, array.length - end);
      if (count < 0) {
        ended = true;
      } else {
        scanner.update(array, end, count);
        sha256.update(array, end, count);
        contentBytes += count;
        end += count;
      }
    }
  }

  private boolean grow() {
    Optional<byte[]> larger = borrowed ? buffers.take(array.length) : Optional.empty();
    larger.ifPresent(next -> {
      System.arraycopy(array, 0, next, 0, end);
      buffers.giveBack(array);
      array = next;
    });
    return larger.isPresent();
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
