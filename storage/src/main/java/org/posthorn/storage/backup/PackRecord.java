package org.posthorn.storage.backup;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/// The head of a content in a pack: 64 bytes. `PHBC`, the form, how it is packed, two bytes of
/// zero, SHA-256, size, stored size (8 each), CRC-32C of these, four bytes of zero; then the stored
/// bytes, which the SHA-256 proves.
record PackRecord(Packing packing, Sha256 sha256, long sizeBytes, long storedBytes) {
  static final int HEAD_BYTES = 64;
  private static final int MAGIC = 0x50484243;

  /// Since form 2 with zstd.
  private static final int FORM = 2;

  private static final int CHECKED_BYTES = 56;

  ByteBuffer encode() {
    var head = ByteBuffer.allocate(HEAD_BYTES);
    head.putInt(MAGIC).put((byte) FORM).put((byte) packing.code()).putShort((short) 0);
    sha256.put(head).putLong(sizeBytes).putLong(storedBytes);
    head.putInt(crc(head)).putInt(0);
    return head.flip();
  }

  /// Empty when these bytes are no such head.
  static Optional<PackRecord> decode(ByteBuffer head) {
    if (head.remaining() < HEAD_BYTES
        || head.getInt(0) != MAGIC
        || head.getInt(CHECKED_BYTES) != crc(head)
        || head.getInt(CHECKED_BYTES + 4) != 0) {
      return Optional.empty();
    }
    if (head.get(4) > FORM) {
      throw new BackupException.Damaged("A pack is of a newer form than this program knows");
    }
    return Optional.of(
        new PackRecord(
            Packing.of(head.get(5)), Sha256.at(head, 8), head.getLong(40), head.getLong(48)));
  }

  private static int crc(ByteBuffer head) {
    var crc = new CRC32C();
    crc.update(head.array(), head.arrayOffset(), CHECKED_BYTES);
    return (int) crc.getValue();
  }
}
