package org.posthorn.app.dmarc;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Fails where there are more bytes than `max`. Used by one thread.
final class BoundedBytes extends FilterInputStream {
  private final long max;
  private long count;

  BoundedBytes(InputStream in, long max) {
    super(in);
    this.max = max;
  }

  @Override
  public int read() throws IOException {
    int one = in.read();
    count(one < 0 ? 0 : 1);
    return one;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int read = in.read(into, offset, length);
    count(Math.max(0, read));
    return read;
  }

  @Override
  public long skip(long bytes) throws IOException {
    long skipped = in.skip(bytes);
    count(skipped);
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private void count(long more) throws IOException {
    count += more;
    if (count > max) {
      throw new IOException("more than " + max + " bytes");
    }
  }
}
