package org.posthorn.smtp.outbound;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/// Mends a body that says it is encoded and has bytes outside ASCII all the same, as programs on
/// the way leave it that put lines of their own into a text; as it goes by. Who decodes it gets the
/// same. No line of it begins with two hyphens, as delimiters of a multipart do: one that was none
/// only because of a stray byte must not become one. Close the stream at the end of the body, which
/// leaves the stream behind it open.
abstract sealed class StrayBytes extends OutputStream {
  private final BufferedOutputStream out;

  private StrayBytes(OutputStream out) {
    this.out = new BufferedOutputStream(out);
  }

  /// In quoted-printable they stand for themselves (RFC 2045 §6.7).
  static OutputStream escaped(OutputStream out) {
    return new Escaped(out);
  }

  /// In base64 they stand for nothing, and hyphens neither (RFC 2045 §6.8).
  static OutputStream leftOut(OutputStream out) {
    return new LeftOut(out);
  }

  void put(int b) throws IOException {
    out.write(b);
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  @Override
  public void close() throws IOException {
    flush();
  }

  private static final class LeftOut extends StrayBytes {
    private LeftOut(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int b) throws IOException {
      if ((byte) b >= 0 && b != '-') {
        put(b);
      }
    }
  }

  /// Holds back `=` until it is clear whether a stray byte follows: then it is no escape, and must
  /// not become one.
  private static final class Escaped extends StrayBytes {
    private static final int COLUMN_MAX = 75;
    private static final String HEX = "0123456789ABCDEF";

    private int column;
    private boolean hyphenFirst;
    private boolean heldEquals;

    private Escaped(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int b) throws IOException {
      if ((byte) b < 0) {
        if (heldEquals) {
          escape('=');
          heldEquals = false;
        }
        escape(b & 0xFF);
      } else {
        releaseEquals();
        heldEquals = b == '=';
        if (b == '-' && column == 1 && hyphenFirst) {
          escape(b);
        } else if (!heldEquals) {
          plain(b);
        }
      }
    }

    private void plain(int b) throws IOException {
      hyphenFirst = b == '-' && column == 0;
      put(b);
      column = b == '\n' ? 0 : column + 1;
    }

    private void releaseEquals() throws IOException {
      if (heldEquals) {
        put('=');
        column++;
        heldEquals = false;
      }
    }

    private void escape(int b) throws IOException {
      if (column + 3 > COLUMN_MAX) {
        put('=');
        put('\r');
        put('\n');
        column = 0;
      }
      put('=');
      put(HEX.charAt(b >> 4));
      put(HEX.charAt(b & 0xF));
      column += 3;
    }

    @Override
    public void close() throws IOException {
      releaseEquals();
      super.close();
    }
  }
}
