package org.posthorn.app.dmarc;

import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;

/// Text for a parser that has each name, value and comment in memory as a whole: fails where one of
/// them is too long. Used by one thread.
final class PiecewiseText extends FilterReader {
  /// Far more than the parser reads ahead.
  private static final int PIECE_MAX_CHARS = 64 << 10;

  private int count;

  PiecewiseText(Reader in) {
    super(in);
  }

  /// The parser has told of a piece, and has it no more.
  void pieceEnds() {
    count = 0;
  }

  @Override
  public int read() throws IOException {
    int one = in.read();
    count(one < 0 ? 0 : 1);
    return one;
  }

  @Override
  public int read(char[] into, int offset, int length) throws IOException {
    int read = in.read(into, offset, length);
    count(Math.max(0, read));
    return read;
  }

  private void count(int more) throws IOException {
    count += more;
    if (count > PIECE_MAX_CHARS) {
      throw new IOException("a piece of more than " + PIECE_MAX_CHARS + " characters");
    }
  }
}
