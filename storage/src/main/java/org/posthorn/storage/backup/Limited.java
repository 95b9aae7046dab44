package org.posthorn.storage.backup;

import java.io.IOException;
import java.io.InputStream;

/// The next so many bytes of another stream, which stays open.
final class Limited extends InputStream {
  private final InputStream in;
  private long leftBytes;

  Limited(InputStream in, long bytes) {
    this.in = in;
    this.leftBytes = bytes;
  }

  @Override
  public int read() throws IOException {
    if (leftBytes == 0) {
      return -1;
    }
    int next = in.read();
    leftBytes -= next < 0 ? 0 : 1;
    return next;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (leftBytes == 0) {
      return -1;
    }
    int count = in.read(into, offset, (int) Math.min(length, leftBytes));
    leftBytes -= Math.max(0, count);
    return count;
  }
}
