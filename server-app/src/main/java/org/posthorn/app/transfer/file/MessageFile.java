package org.posthorn.app.transfer.file;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import org.posthorn.app.transfer.intake.NotTaken;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.WireLines;

/// A file with one message in it, as other programs leave it: with any line ends, perhaps
/// compressed, perhaps not quite a message.
public final class MessageFile {
  private static final byte[] GZIP = {0x1f, (byte) 0x8b};
  private static final byte[] BZIP2 = "BZh".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ZSTD = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};
  private static final byte[] LZ4 = "Dovecot-LZ4\r".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X', 'Z'};
  private static final byte[] CRYPTED = "CRYPTED\3\7".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FROM = "From ".getBytes(StandardCharsets.US_ASCII);
  private static final int PEEK_BYTES = 1_000;
  private static final int KEPT_BYTES = 64 << 10;
  private static final int CHECKED_BYTES = 2_048;

  private MessageFile() {}

  /// Its first bytes, read now; for a small one that is all.
  @SuppressWarnings("ArrayRecordComponent") // read once and never compared
  public record Beginning(SourceFiles files, Path file, byte[] bytes) {
    public static Beginning of(SourceFiles files, Path file) throws IOException {
      try (InputStream in = files.read(file)) {
        return new Beginning(files, file, in.readNBytes(KEPT_BYTES));
      }
    }

    /// Tells it from another file of the same name and size.
    public String checksum() {
      var crc = new CRC32C();
      crc.update(bytes, 0, Math.min(bytes.length, CHECKED_BYTES));
      return Long.toHexString(crc.getValue());
    }

    private InputStream open() throws IOException {
      return bytes.length < KEPT_BYTES ? new ByteArrayInputStream(bytes) : files.read(file);
    }
  }

  /// Opens it; throws [NotTaken] for what is no message.
  public static InputStream open(Beginning beginning, String label, Oddities oddities)
      throws NotTaken {
    try {
      InputStream bytes = beginning.open();
      try {
        return checked(bytes, label, oddities);
      } catch (IOException | RuntimeException e) {
        bytes.close();
        throw e;
      }
    } catch (IOException e) {
      throw new NotTaken(NotTaken.why(e));
    }
  }

  private static InputStream checked(InputStream bytes, String label, Oddities oddities)
      throws IOException {
    byte[] first = bytes.readNBytes(PEEK_BYTES);
    InputStream whole = whole(first, bytes);
    if (begins(first, GZIP)) {
      InputStream unzipped = new GZIPInputStream(whole, 8 << 10);
      first = unzipped.readNBytes(PEEK_BYTES);
      whole = whole(first, unzipped);
    }
    if (begins(first, BZIP2) || begins(first, ZSTD) || begins(first, LZ4) || begins(first, XZ)) {
      throw new NotTaken(Oddity.COMPRESSED);
    }
    if (begins(first, CRYPTED)) {
      throw new NotTaken(Oddity.ENCRYPTED);
    }
    if (first.length == 0) {
      throw new NotTaken(Oddity.EMPTY);
    }
    if (begins(first, FROM)) {
      oddities.add(Oddity.FROM_LINE, label);
      whole = withoutFirstLine(whole);
    } else if (!beginsWithField(first)) {
      oddities.add(Oddity.NO_HEADER, label);
    }
    return new WireLines(whole, () -> oddities.add(Oddity.NUL, label));
  }

  /// Whether a header field is what comes first (RFC 5322 §2.2).
  static boolean beginsWithField(byte[] first) {
    int i = 0;
    while (i < first.length && first[i] > ' ' && first[i] < 127 && first[i] != ':') {
      i++;
    }
    while (i > 0 && i < first.length && (first[i] == ' ' || first[i] == '\t')) {
      i++;
    }
    return i > 0 && i < first.length && first[i] == ':';
  }

  private static InputStream withoutFirstLine(InputStream whole) throws IOException {
    var buffered = new BufferedInputStream(whole);
    int next = buffered.read();
    while (next >= 0 && next != '\n') {
      next = buffered.read();
    }
    return buffered;
  }

  private static InputStream whole(byte[] first, InputStream rest) {
    return new SequenceInputStream(new ByteArrayInputStream(first), rest);
  }

  private static boolean begins(byte[] bytes, byte[] with) {
    return bytes.length >= with.length
        && Arrays.equals(bytes, 0, with.length, with, 0, with.length);
  }
}
