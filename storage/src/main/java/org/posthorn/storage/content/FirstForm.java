package org.posthorn.storage.content;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;

/// How contents stood on disk in form 1, which is read for ever and no longer written; numbers
/// big-endian:
///
/// ```
/// header   "PHC1", 4 zero bytes, place (8), content bytes (8), structure bytes (4), CRC-32C (4)
/// content
/// structure, as StructureCodec writes it
/// trailer  "PHT1", place (8), content bytes (8), structure bytes (4), received (8, ms since 1970),
///          SHA-256 of the content (32), CRC-32C of the content (4), CRC-32C (4)
/// ```
///
/// The checksums of header and trailer cover what those of [RecordForm] do. The header of a content
/// in a file of its own has zeroes for both lengths.
final class FirstForm {
  static final int TRAILER_BYTES = 72;
  static final int HEADER_MAGIC = 0x50484331;
  private static final int TRAILER_MAGIC = 0x50485431;

  private FirstForm() {}

  /// `in` is behind the magic number, and the checksum is right.
  static Optional<RecordForm.Header> header(ByteBuffer in) {
    boolean begins = in.getInt() == 0;
    long place = in.getLong();
    long contentBytes = in.getLong();
    int structureBytes = in.getInt();
    long end = (long) structureBytes + TRAILER_BYTES;
    return begins && contentBytes >= 0 && structureBytes >= 0 && end <= Integer.MAX_VALUE
        ? Optional.of(
            new RecordForm.Header(
                1, place, RecordForm.HEADER_BYTES + contentBytes + end, (int) end))
        : Optional.empty();
  }

  /// How long structure and trailer are; -1 when these bytes are no trailer.
  static long endBytes(ByteBuffer trailer) {
    int start = trailer.position();
    return trailer.getInt(start) == TRAILER_MAGIC
        ? (long) trailer.getInt(start + Integer.BYTES + 2 * Long.BYTES) + TRAILER_BYTES
        : -1;
  }

  /// `end` are structure and trailer.
  static Optional<StoredRecord> end(ByteBuffer end, long salt) {
    int structureBytes = end.remaining() - TRAILER_BYTES;
    int sum = RecordForm.checksum(salt, end.slice(0, end.limit() - Integer.BYTES));
    byte[] structure = new byte[structureBytes];
    end.get(structure);
    boolean begins = end.getInt() == TRAILER_MAGIC;
    long place = end.getLong();
    long contentBytes = end.getLong();
    boolean sameLength = end.getInt() == structureBytes;
    long receivedMillis = end.getLong();
    byte[] sha256 = new byte[32];
    end.get(sha256);
    int contentCrc = end.getInt();
    boolean whole = end.getInt() == sum;
    if (!begins || !sameLength || !whole) {
      return Optional.empty();
    }
    var trailer =
        new RecordForm.Trailer(
            place,
            contentBytes,
            structureBytes,
            receivedMillis,
            HexFormat.of().formatHex(sha256),
            new RecordForm.Layout.Whole(contentCrc));
    return Optional.of(new StoredRecord(trailer, structure, false));
  }
}
