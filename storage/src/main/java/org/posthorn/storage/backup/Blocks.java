package org.posthorn.storage.backup;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.zip.CRC32C;

/// Pieces of a file, each packed and with a checksum: how it is packed (1 byte), its length before
/// and after (4 each), the CRC-32C of what is stored (4), and the bytes.
final class Blocks {
  static final int HEAD_BYTES = 13;
  private static final int BLOCK_MAX_BYTES = 64 << 20;

  private Blocks() {}

  /// Returns how many bytes were written.
  static int write(OutputStream out, Packing packing, byte[] raw) throws IOException {
    Packing.Packed packed = packing.pack(raw);
    var data = new DataOutputStream(out);
    data.writeByte(packed.packing().code());
    data.writeInt(raw.length);
    data.writeInt(packed.bytes().length);
    data.writeInt(crc(packed.bytes()));
    data.write(packed.bytes());
    data.flush();
    return HEAD_BYTES + packed.bytes().length;
  }

  /// The next block; empty at the end of the file.
  static Optional<byte[]> read(InputStream in) throws IOException {
    int code = in.read();
    if (code < 0) {
      return Optional.empty();
    }
    var data = new DataInputStream(in);
    try {
      int rawBytes = data.readInt();
      int storedBytes = data.readInt();
      int crc = data.readInt();
      if (rawBytes < 0 || rawBytes > BLOCK_MAX_BYTES || storedBytes < 0 || storedBytes > rawBytes) {
        throw new BackupException.Damaged("The head of a block is damaged");
      }
      byte[] stored = data.readNBytes(storedBytes);
      if (stored.length < storedBytes || crc(stored) != crc) {
        throw new BackupException.Damaged("A block is damaged");
      }
      return Optional.of(Packing.of(code).unpack(stored, rawBytes));
    } catch (EOFException e) {
      throw new BackupException.Damaged("A block ends early", e);
    }
  }

  private static int crc(byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
