package org.posthorn.app.transfer.file;

import java.io.IOException;
import java.io.InputStream;

/// A message with lines that end with LF alone, as files on Unix have them. Used by one thread.
public final class PlainLines extends InputStream {
  private static final int BUFFER_BYTES = 16 << 10;

  private final InputStream source;
  private final byte[] in = new byte[BUFFER_BYTES];
  private final byte[] out = new byte[BUFFER_BYTES + 1];
  private int at;
  private int end;
  private boolean heldCr;

  public PlainLines(InputStream source) {
    this.source = source;
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
    at = 0;
    end = 0;
    while (end == 0) {
      int count = source.read(in, 0, in.length);
      if (count < 0) {
        if (heldCr) {
          heldCr = false;
          out[end++] = '\r';
        }
        return end > 0;
      }
      for (int i = 0; i < count; i++) {
        take(in[i]);
      }
    }
    return true;
  }

  private void take(byte b) {
    if (heldCr && b != '\n') {
      out[end++] = '\r';
    }
    heldCr = b == '\r';
    if (!heldCr) {
      out[end++] = b;
    }
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
