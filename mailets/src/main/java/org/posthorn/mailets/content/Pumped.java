package org.posthorn.mailets.content;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.posthorn.message.mime.TransferEncoding;

/// A stream that is made a piece at a time by something that writes: encoders write, and a message
/// is read. Needs memory for one piece. Used by one thread.
public final class Pumped extends InputStream {
  private static final int PIECE = 8_192;

  private final ByteArrayOutputStream ready;
  private final Step step;
  private byte[] piece = new byte[0];
  private int at;
  private boolean over;

  private Pumped(ByteArrayOutputStream ready, Step step) {
    this.ready = ready;
    this.step = step;
  }

  /// Makes the next piece; false when that was all.
  @FunctionalInterface
  private interface Step {
    boolean take() throws IOException;
  }

  /// The bytes with a transfer encoding on them; one that is none of base64 and quoted-printable
  /// leaves them as they are.
  public static InputStream encoded(InputStream bytes, String encoding) {
    var ready = new ByteArrayOutputStream(2 * PIECE);
    return switch (encoding) {
      case "base64" -> through(bytes, ready, TransferEncoding.base64(ready));
      case "quoted-printable" -> through(bytes, ready, TransferEncoding.quotedPrintable(ready));
      default -> bytes;
    };
  }

  private static InputStream through(
      InputStream bytes, ByteArrayOutputStream ready, OutputStream encoder) {
    byte[] buffer = new byte[PIECE];
    return new Pumped(
        ready,
        () -> {
          int count = bytes.read(buffer);
          if (count < 0) {
            encoder.close();
            return false;
          }
          encoder.write(buffer, 0, count);
          return true;
        });
  }

  /// The text as UTF-8.
  public static InputStream utf8(Reader text) {
    return bytes(text, StandardCharsets.UTF_8);
  }

  /// The text in a character set; what cannot be said in it becomes a question mark.
  static InputStream bytes(Reader text, Charset charset) {
    var ready = new ByteArrayOutputStream(2 * PIECE);
    var writer = new OutputStreamWriter(ready, charset);
    char[] buffer = new char[PIECE];
    return new Pumped(
        ready,
        () -> {
          int count = text.read(buffer, 0, buffer.length);
          if (count < 0) {
            writer.close();
            return false;
          }
          writer.write(buffer, 0, count);
          writer.flush();
          return true;
        });
  }

  @Override
  public int read() throws IOException {
    return more() ? piece[at++] & 0xFF : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    } else if (!more()) {
      return -1;
    }
    int count = Math.min(length, piece.length - at);
    System.arraycopy(piece, at, into, offset, count);
    at += count;
    return count;
  }

  private boolean more() throws IOException {
    while (at == piece.length && !over) {
      over = !step.take();
      piece = ready.toByteArray();
      ready.reset();
      at = 0;
    }
    return at < piece.length;
  }
}
