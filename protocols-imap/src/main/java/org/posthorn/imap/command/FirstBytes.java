package org.posthorn.imap.command;

import java.io.IOException;
import java.io.InputStream;

/// The first bytes of a stream, which is closed with this one. Used by one thread.
final class FirstBytes extends InputStream {
  private final InputStream source;
  private long left;

  FirstBytes(InputStream source, long count) {
    this.source = source;
    this.left = count;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (left == 0 && length > 0) {
      return -1;
    }
    int count = source.read(target, offset, (int) Math.min(length, left));
    left -= Math.max(count, 0);
    return count;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
