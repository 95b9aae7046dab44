package org.posthorn.message.mime;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.posthorn.message.Headers;

/// Puts a content transfer encoding on a body (RFC 2045 §6.7, §6.8), as it goes by. Close the
/// stream at the end of the body; that writes what was held back and leaves the stream behind it
/// open.
public final class TransferEncoding {
  private static final String NAME = "Content-Transfer-Encoding";

  private TransferEncoding() {}

  /// For text: its line breaks (CRLF or LF) become CRLF and stay line breaks; a lone CR is encoded.
  public static OutputStream quotedPrintable(OutputStream out) {
    return new QuotedPrintable(out);
  }

  /// The header of a part, with its empty line, that says another encoding; and with those of
  /// `defaults`, header lines without line breaks, that it has no field for.
  public static byte[] header(byte[] header, String encoding, List<String> defaults) {
    var changed = new ByteArrayOutputStream(header.length + 80);
    List<Headers.Placed> fields = Headers.read(header);
    int at = 0;
    for (Headers.Placed field : fields) {
      if (field.field().is(NAME)) {
        changed.write(header, at, (int) field.start() - at);
        at = (int) field.end();
      }
    }
    int end = Math.max(at, fields.isEmpty() ? 0 : (int) fields.getLast().end());
    changed.write(header, at, end - at);
    for (String line : defaults) {
      String name = line.substring(0, line.indexOf(':'));
      if (fields.stream().noneMatch(field -> field.field().is(name))) {
        changed.writeBytes((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
      }
    }
    changed.writeBytes((NAME + ": " + encoding + "\r\n").getBytes(StandardCharsets.US_ASCII));
    if (header.length > end) {
      changed.write(header, end, header.length - end);
    } else {
      changed.write('\r');
      changed.write('\n');
    }
    return changed.toByteArray();
  }

  /// For everything else, in lines of 76 characters.
  public static OutputStream base64(OutputStream out) {
    return Base64.getMimeEncoder().wrap(new KeptOpen(out));
  }

  private static final class KeptOpen extends FilterOutputStream {
    private KeptOpen(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }

  /// Holds back a space or tab, and a CR, until it is clear what follows: at the end of a line the
  /// blank must be encoded, and the CR is part of the line break. No line begins with two hyphens,
  /// as delimiters of a multipart do: where lines are broken is not what the sender saw.
  private static final class QuotedPrintable extends OutputStream {
    private static final int COLUMN_MAX = 75;
    private static final int NOTHING = -1;
    private static final byte[] HEX = {
      '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'
    };

    private final OutputStream out;
    private final byte[] buffer = new byte[4_096];
    private int count;
    private int column;
    private boolean hyphenFirst;
    private int heldBlank = NOTHING;
    private boolean heldReturn;

    private QuotedPrintable(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      encode(b & 0xFF);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      for (int i = from; i < from + length; i++) {
        encode(bytes[i] & 0xFF);
      }
    }

    private void encode(int b) throws IOException {
      if (b == '\n') {
        endOfLine();
      } else if (b == '\r' && !heldReturn) {
        heldReturn = true;
      } else {
        release();
        if (b == ' ' || b == '\t') {
          heldBlank = b;
        } else if (b == '\r') {
          heldReturn = true;
        } else if (b > ' ' && b < 127 && b != '=') {
          plain(b);
        } else {
          escaped(b);
        }
      }
    }

    private void endOfLine() throws IOException {
      if (heldBlank != NOTHING) {
        escaped(heldBlank);
      }
      heldBlank = NOTHING;
      heldReturn = false;
      lineBreak();
    }

    /// What follows is no end of line.
    private void release() throws IOException {
      if (heldBlank != NOTHING) {
        plain(heldBlank);
        heldBlank = NOTHING;
      }
      if (heldReturn) {
        escaped('\r');
        heldReturn = false;
      }
    }

    private void plain(int b) throws IOException {
      room(1);
      if (b == '-' && column == 1 && hyphenFirst) {
        escaped(b);
        return;
      }
      hyphenFirst = b == '-' && column == 0;
      buffer[count++] = (byte) b;
      column++;
    }

    private void escaped(int b) throws IOException {
      room(3);
      buffer[count++] = '=';
      buffer[count++] = HEX[b >> 4];
      buffer[count++] = HEX[b & 0xF];
      column += 3;
    }

    private void room(int characters) throws IOException {
      if (column + characters > COLUMN_MAX) {
        flushIfFull();
        buffer[count++] = '=';
        lineBreak();
      }
      flushIfFull();
    }

    private void lineBreak() throws IOException {
      flushIfFull();
      buffer[count++] = '\r';
      buffer[count++] = '\n';
      column = 0;
    }

    private void flushIfFull() throws IOException {
      if (count > buffer.length - 8) {
        out.write(buffer, 0, count);
        count = 0;
      }
    }

    @Override
    public void flush() throws IOException {
      out.write(buffer, 0, count);
      count = 0;
      out.flush();
    }

    @Override
    public void close() throws IOException {
      if (heldBlank != NOTHING && !heldReturn) {
        escaped(heldBlank);
        heldBlank = NOTHING;
      }
      release();
      flush();
    }
  }
}
