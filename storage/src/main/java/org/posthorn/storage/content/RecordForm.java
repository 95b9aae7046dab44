package org.posthorn.storage.content;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;

/// How a content stands on disk (form 1), numbers big-endian:
///
/// ```
/// header   "PHC1", 4 zero bytes, place (8), content bytes (8), structure bytes (4), CRC-32C (4)
/// content
/// structure, as StructureCodec writes it
/// trailer  "PHT1", place (8), content bytes (8), structure bytes (4), received (8, ms since 1970),
///          SHA-256 of the content (32), CRC-32C of the content (4), CRC-32C (4)
/// ```
///
/// The header's checksum covers the salt of its segment (8 bytes, zero in a file of its own) and
/// the header; the trailer's covers the salt, the structure and the trailer. So a record can be
/// told from bytes of a message that look like one, by whoever scans a segment. A content in a file
/// of its own is written while its length is not known: its header has zeroes for both lengths.
final class RecordForm {
  static final int HEADER_BYTES = 32;
  static final int TRAILER_BYTES = 72;
  private static final int HEADER_MAGIC = 0x50484331;
  private static final int TRAILER_MAGIC = 0x50485431;

  private RecordForm() {}

  record Header(long place, long contentBytes, int structureBytes) {
    /// From the first byte of the header to the last one of the trailer.
    long recordBytes() {
      return HEADER_BYTES + contentBytes + structureBytes + TRAILER_BYTES;
    }
  }

  /// What is known of a content when its end is read. `sha256` in hexadecimal digits.
  record Trailer(
      long place,
      long contentBytes,
      int structureBytes,
      long receivedMillis,
      String sha256,
      int contentCrc) {}

  static void putHeader(ByteBuffer out, Header header, long salt) {
    int start = out.position();
    out.putInt(HEADER_MAGIC)
        .putInt(0)
        .putLong(header.place)
        .putLong(header.contentBytes)
        .putInt(header.structureBytes);
    out.putInt(checksum(salt, out.slice(start, HEADER_BYTES - Integer.BYTES)));
  }

  /// Whether a header could begin at `index`: cheap, for whoever looks at every byte.
  static boolean mayBeHeader(ByteBuffer in, int index) {
    return in.getInt(index) == HEADER_MAGIC;
  }

  /// Empty when these bytes are no header.
  static Optional<Header> header(ByteBuffer in, long salt) {
    int sum = checksum(salt, in.slice(in.position(), HEADER_BYTES - Integer.BYTES));
    long begin = in.getLong();
    var header = new Header(in.getLong(), in.getLong(), in.getInt());
    boolean whole = in.getInt() == sum;
    return begin == (long) HEADER_MAGIC << Integer.SIZE
            && whole
            && header.contentBytes >= 0
            && header.structureBytes >= 0
        ? Optional.of(header)
        : Optional.empty();
  }

  static void putTrailer(ByteBuffer out, Trailer trailer, byte[] structure, long salt) {
    int start = out.position();
    out.putInt(TRAILER_MAGIC)
        .putLong(trailer.place)
        .putLong(trailer.contentBytes)
        .putInt(trailer.structureBytes)
        .putLong(trailer.receivedMillis)
        .put(HexFormat.of().parseHex(trailer.sha256))
        .putInt(trailer.contentCrc);
    out.putInt(
        checksum(
            salt, ByteBuffer.wrap(structure), out.slice(start, TRAILER_BYTES - Integer.BYTES)));
  }

  /// Empty when these bytes are no trailer, or not the one of this structure.
  static Optional<Trailer> trailer(ByteBuffer in, byte[] structure, long salt) {
    ByteBuffer summed = in.slice(in.position(), TRAILER_BYTES - Integer.BYTES);
    int sum = checksum(salt, ByteBuffer.wrap(structure), summed);
    boolean begins = in.getInt() == TRAILER_MAGIC;
    long place = in.getLong();
    long contentBytes = in.getLong();
    int structureBytes = in.getInt();
    long receivedMillis = in.getLong();
    byte[] sha256 = new byte[32];
    in.get(sha256);
    int contentCrc = in.getInt();
    boolean whole = in.getInt() == sum;
    return begins && whole && structureBytes == structure.length
        ? Optional.of(
            new Trailer(
                place,
                contentBytes,
                structureBytes,
                receivedMillis,
                HexFormat.of().formatHex(sha256),
                contentCrc))
        : Optional.empty();
  }

  /// How long the structure before a trailer is; -1 when these bytes are no trailer.
  static int structureBytes(ByteBuffer trailer) {
    int start = trailer.position();
    return trailer.getInt(start) == TRAILER_MAGIC
        ? trailer.getInt(start + Integer.BYTES + 2 * Long.BYTES)
        : -1;
  }

  private static int checksum(long salt, ByteBuffer... parts) {
    var sum = new CRC32C();
    sum.update(ByteBuffer.allocate(Long.BYTES).putLong(0, salt));
    Arrays.stream(parts).forEach(sum::update);
    return (int) sum.getValue();
  }
}
