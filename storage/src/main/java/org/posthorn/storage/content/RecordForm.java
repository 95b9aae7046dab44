package org.posthorn.storage.content;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;

/// How a content stands on disk (form 2; form 1 is [FirstForm]), numbers big-endian:
///
/// ```
/// header   "PHC2", bytes of structure, blocks' entries and trailer (4), place (8), bytes of the
///          whole record (8), 4 zero bytes, CRC-32C (4)
/// blocks   of the content, each with its lines of base64 packed (see Base64Lines), and compressed,
///          when that makes it smaller
/// structure, as StructureCodec writes it, compressed when that makes it smaller
/// entries  of the blocks, 8 bytes each (see Blocks)
/// trailer  "PHT2", flags (4), bytes of content in a block (4), place (8), content bytes (8),
///          structure bytes as they stand here (4) and before (4), received (8, ms since 1970),
///          SHA-256 of the content (32), CRC-32C (4)
/// ```
///
/// Flag 1: the structure is compressed. Flag 2: blocks and structure are sealed, each with its
/// number as nonce and a tag of 16 bytes behind it, after they were compressed (see ContentKey);
/// then there are zeroes instead of the SHA-256, which would tell what the content is.
///
/// The header's checksum covers the salt of its segment (8 bytes, zero in a file of its own) and
/// the header; the trailer's covers the salt, structure, entries and trailer, and the entries have
/// the checksums of the blocks. So any piece of a content is proven by what is read for it, and a
/// record can be told from bytes of a message that look like one, by whoever scans a segment. A
/// content in a file of its own is written while its length is not known: its header has zeroes for
/// both lengths.
final class RecordForm {
  static final int HEADER_BYTES = 32;
  static final int TRAILER_BYTES = 80;
  private static final int HEADER_MAGIC = 0x50484332;
  private static final int TRAILER_MAGIC = 0x50485432;
  private static final int STRUCTURE_COMPRESSED = 1;
  private static final int ENCRYPTED = 2;
  private static final int SHA256_BYTES = 32;

  private RecordForm() {}

  /// `recordBytes`: from the first byte of the header to the last one of the trailer; `endBytes`:
  /// of all behind the content. Both mean nothing in a file of its own.
  record Header(int form, long place, long recordBytes, int endBytes) {}

  /// How the bytes of a content stand between header and structure.
  sealed interface Layout {
    /// As they are, with one checksum for all (form 1).
    record Whole(int crc) implements Layout {}

    record InBlocks(Blocks blocks, boolean encrypted) implements Layout {}
  }

  /// What is known of a content when its end is read. `sha256` in hexadecimal digits, empty when
  /// the content is encrypted; `structureBytes` before they were compressed.
  record Trailer(
      long place,
      long contentBytes,
      int structureBytes,
      long receivedMillis,
      String sha256,
      Layout layout) {}

  static void putHeader(ByteBuffer out, long place, long recordBytes, int endBytes, long salt) {
    int start = out.position();
    out.putInt(HEADER_MAGIC).putInt(endBytes).putLong(place).putLong(recordBytes).putInt(0);
    out.putInt(checksum(salt, out.slice(start, HEADER_BYTES - Integer.BYTES)));
  }

  /// Whether a header could begin at `index`: cheap, for whoever looks at every byte.
  static boolean mayBeHeader(ByteBuffer in, int index) {
    int begin = in.getInt(index);
    return begin == HEADER_MAGIC || begin == FirstForm.HEADER_MAGIC;
  }

  /// Empty when these bytes are no header.
  static Optional<Header> header(ByteBuffer in, long salt) {
    int start = in.position();
    int sum = checksum(salt, in.slice(start, HEADER_BYTES - Integer.BYTES));
    if (in.getInt(start + HEADER_BYTES - Integer.BYTES) != sum) {
      return Optional.empty();
    }
    return switch (in.getInt()) {
      case FirstForm.HEADER_MAGIC -> FirstForm.header(in);
      case HEADER_MAGIC -> secondHeader(in);
      default -> Optional.empty();
    };
  }

  private static Optional<Header> secondHeader(ByteBuffer in) {
    int endBytes = in.getInt();
    var header = new Header(2, in.getLong(), in.getLong(), endBytes);
    boolean right = endBytes >= 0 && header.recordBytes >= endBytes;
    return right ? Optional.of(header) : Optional.empty();
  }

  static int endBytes(int storedStructureBytes, Blocks blocks) {
    return storedStructureBytes + blocks.entries().length + TRAILER_BYTES;
  }

  /// Writes all that comes behind the content: `structure` as it is to stand there.
  static void putEnd(
      ByteBuffer out,
      Trailer trailer,
      Layout.InBlocks layout,
      BlockCodec.Beside structure,
      long salt) {
    int start = out.position();
    Blocks blocks = layout.blocks;
    out.put(structure.stored().duplicate())
        .put(blocks.entries())
        .putInt(TRAILER_MAGIC)
        .putInt(
            (structure.compressed() ? STRUCTURE_COMPRESSED : 0)
                | (layout.encrypted ? ENCRYPTED : 0))
        .putInt(blocks.blockBytes())
        .putLong(trailer.place)
        .putLong(trailer.contentBytes)
        .putInt(structure.stored().remaining())
        .putInt(trailer.structureBytes)
        .putLong(trailer.receivedMillis)
        .put(
            trailer.sha256.isEmpty()
                ? new byte[SHA256_BYTES]
                : HexFormat.of().parseHex(trailer.sha256));
    out.putInt(checksum(salt, out.slice(start, out.position() - start)));
  }

  static int trailerBytes(int form) {
    return form == 1 ? FirstForm.TRAILER_BYTES : TRAILER_BYTES;
  }

  /// How long all is that comes behind the content; -1 when these bytes are no trailer.
  static long endBytesOf(int form, ByteBuffer trailer) {
    if (form == 1) {
      return FirstForm.endBytes(trailer);
    }
    ByteBuffer in = trailer.duplicate();
    boolean begins = in.getInt() == TRAILER_MAGIC;
    in.getInt();
    int blockBytes = in.getInt();
    in.getLong();
    long contentBytes = in.getLong();
    int structureBytes = in.getInt();
    return begins && blockBytes > 0 && contentBytes >= 0 && structureBytes >= 0
        ? structureBytes
            + Blocks.needed(blockBytes, contentBytes) * Blocks.ENTRY_BYTES
            + TRAILER_BYTES
        : -1;
  }

  /// What was kept of a content beside its bytes: `end` are all bytes behind the content. Empty
  /// when they are not what was written.
  static Optional<StoredRecord> end(int form, ByteBuffer end, long salt) {
    if (end.remaining() < trailerBytes(form)) {
      return Optional.empty();
    }
    return form == 1 ? FirstForm.end(end, salt) : secondEnd(end, salt);
  }

  private static Optional<StoredRecord> secondEnd(ByteBuffer end, long salt) {
    int sum = checksum(salt, end.slice(0, end.limit() - Integer.BYTES));
    if (end.getInt(end.limit() - Integer.BYTES) != sum) {
      return Optional.empty();
    }
    ByteBuffer in = end.slice(end.limit() - TRAILER_BYTES, TRAILER_BYTES);
    if (endBytesOf(2, in) != end.limit()) {
      return Optional.empty();
    }
    in.getInt();
    int flags = in.getInt();
    int blockBytes = in.getInt();
    long place = in.getLong();
    long contentBytes = in.getLong();
    byte[] structure = new byte[in.getInt()];
    int structureBytes = in.getInt();
    long receivedMillis = in.getLong();
    byte[] sha256 = new byte[SHA256_BYTES];
    in.get(sha256);
    boolean encrypted = (flags & ENCRYPTED) != 0;
    byte[] entries = new byte[end.limit() - TRAILER_BYTES - structure.length];
    end.get(structure).get(entries);
    var trailer =
        new Trailer(
            place,
            contentBytes,
            structureBytes,
            receivedMillis,
            encrypted ? "" : HexFormat.of().formatHex(sha256),
            new Layout.InBlocks(new Blocks(blockBytes, contentBytes, entries), encrypted));
    return Optional.of(new StoredRecord(trailer, structure, (flags & STRUCTURE_COMPRESSED) != 0));
  }

  static int checksum(long salt, ByteBuffer bytes) {
    var sum = new CRC32C();
    sum.update(ByteBuffer.allocate(Long.BYTES).putLong(0, salt));
    sum.update(bytes);
    return (int) sum.getValue();
  }
}
