package org.posthorn.mailets.match;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/// The next `left` bytes of a stream. Used by one thread.
final class Piece extends InputStream {
  private final InputStream whole;
  private long left;

  Piece(InputStream whole, long left) {
    this.whole = whole;
    this.left = left;
  }

  /// How many were not read yet.
  long left() {
    return left;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    Objects.checkFromIndexSize(from, length, into.length);
    if (left == 0) {
      return -1;
    }
    int count = whole.read(into, from, (int) Math.min(length, left));
    if (count > 0) {
      left -= count;
    }
    return count;
  }
}
