package org.posthorn.storage.content;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.StructureScanner;

/// A content that comes in: gathered behind the room for its header as long as it is small, while
/// its structure and checksums are computed. Used by one thread.
final class Incoming implements AutoCloseable {
  private static final int PIECE_BYTES = 8 << 10;

  private final Buffers buffers;
  private final StructureScanner scanner = new StructureScanner();
  private final MessageDigest sha256 = newDigest();
  private final CRC32C crc = new CRC32C();
  private byte[] array;
  private boolean borrowed;
  private int end = RecordForm.HEADER_BYTES;
  private long contentBytes;

  Incoming(Buffers buffers) {
    this.buffers = buffers;
    Optional<byte[]> first = buffers.take(RecordForm.HEADER_BYTES);
    this.borrowed = first.isPresent();
    this.array = first.orElseGet(() -> new byte[PIECE_BYTES]);
  }

  /// Reads on. True when `in` has ended, false when there is no more memory for this content.
  boolean gather(InputStream in) throws IOException {
    while (end < array.length || grow()) {
      int count = in.read(array, end, array.length - end);
      if (count < 0) {
        return true;
      }
      account(end, count);
      end += count;
    }
    return false;
  }

  /// What was gathered, behind a header for a content whose length is not known yet.
  ByteBuffer begun(Place place) {
    ByteBuffer begun = ByteBuffer.wrap(array, 0, end);
    RecordForm.putHeader(begun, new RecordForm.Header(place.code(), 0, 0), 0);
    return begun.rewind();
  }

  /// The next piece, instead of the one before; empty at the end.
  Optional<ByteBuffer> piece(InputStream in) throws IOException {
    int count = in.read(array, 0, array.length);
    if (count < 0) {
      return Optional.empty();
    }
    account(0, count);
    return Optional.of(ByteBuffer.wrap(array, 0, count));
  }

  long contentBytes() {
    return contentBytes;
  }

  MessageStructure structure() {
    return scanner.finish();
  }

  int recordBytes(byte[] structure) {
    return end + structure.length + RecordForm.TRAILER_BYTES;
  }

  /// The whole record of what was gathered.
  ByteBuffer record(Place place, long salt, byte[] structure, RecordForm.Trailer trailer) {
    int length = recordBytes(structure);
    ByteBuffer record =
        length <= array.length
            ? ByteBuffer.wrap(array, 0, length)
            : ByteBuffer.allocate(length).put(0, array, 0, end);
    RecordForm.putHeader(
        record, new RecordForm.Header(place.code(), contentBytes, structure.length), salt);
    record.position(end).put(structure);
    RecordForm.putTrailer(record, trailer, structure, salt);
    return record.rewind();
  }

  /// Of the content, in hexadecimal digits, when it has ended. Asked once.
  String sha256() {
    return HexFormat.of().formatHex(sha256.digest());
  }

  /// What can be said of the content when it has ended.
  RecordForm.Trailer trailer(Place place, byte[] structure, String sha256, long receivedMillis) {
    return new RecordForm.Trailer(
        place.code(), contentBytes, structure.length, receivedMillis, sha256, (int) crc.getValue());
  }

  @Override
  public void close() {
    if (borrowed) {
      borrowed = false;
      buffers.giveBack(array);
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

  private void account(int offset, int count) {
    scanner.update(array, offset, count);
    sha256.update(array, offset, count);
    crc.update(array, offset, count);
    contentBytes += count;
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
