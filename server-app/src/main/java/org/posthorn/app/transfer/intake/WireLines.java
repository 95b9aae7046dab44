package org.posthorn.app.transfer.intake;

import java.io.IOException;
import java.io.InputStream;

/// A message as protocols want it: every line ends with CRLF, and NULs are bytes 0x80 (as Dovecot
/// does it). Used by one thread.
public final class WireLines extends InputStream {
  private static final int BUFFER_BYTES = 16 << 10;
  private static final byte NUL_REPLACED = (byte) 0x80;

  private final InputStream source;
  private final Runnable nulFound;
  private final byte[] in = new byte[BUFFER_BYTES];
  private final byte[] out = new byte[2 * BUFFER_BYTES];
  private int at;
  private int end;
  private boolean afterCr;
  private boolean sawNul;

  /// `nulFound` runs once, when there is a NUL.
  public WireLines(InputStream source, Runnable nulFound) {
    this.source = source;
    this.nulFound = nulFound;
  }

  @Override
  public int read() throws IOException {
    return at < end || fill() ? out[at++] & 0xFF : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (at == end && !fill()) {
      return -1;
    }
    int count = Math.min(length, end - at);
    System.arraycopy(out, at, into, offset, count);
    at += count;
    return count;
  }

  private boolean fill() throws IOException {
    int count = source.read(in, 0, in.length);
    if (count < 0) {
      return false;
    }
    at = 0;
    end = 0;
    for (int i = 0; i < count; i++) {
      byte b = in[i];
      if (b == '\n' && !afterCr) {
        out[end++] = '\r';
      } else if (b == 0) {
        b = NUL_REPLACED;
        tellNul();
      }
      out[end++] = b;
      afterCr = b == '\r';
    }
    return end > 0 || fill();
  }

  private void tellNul() {
    if (!sawNul) {
      sawNul = true;
      nulFound.run();
    }
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
