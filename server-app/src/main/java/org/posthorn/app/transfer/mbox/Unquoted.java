package org.posthorn.app.transfer.mbox;

import java.io.IOException;
import java.io.InputStream;

/// The body of an mbox message with the `>` taken away again that was put before lines which begin
/// with `From `. Used by one thread.
final class Unquoted extends InputStream {
  private static final byte[] FROM = {'F', 'r', 'o', 'm', ' '};
  private static final int BUFFER_BYTES = 16 << 10;

  /// More of them in front of one line are not looked at.
  private static final int QUOTES_MAX = 1_000;

  private final InputStream source;

  /// How many of them may be there for one to be taken away: 1 for mboxo, many for mboxrd.
  private final int quotesMax;

  private final byte[] in = new byte[BUFFER_BYTES];
  private final byte[] out = new byte[BUFFER_BYTES + QUOTES_MAX + FROM.length];
  private int at;
  private int end;
  private boolean matching = true;
  private int quotes;
  private int matched;

  Unquoted(InputStream source, MboxVariant variant) {
    this.source = source;
    this.quotesMax = variant == MboxVariant.MBOXO ? 1 : QUOTES_MAX;
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
        emitHeld(quotes);
        return end > 0;
      }
      for (int i = 0; i < count; i++) {
        take(in[i]);
      }
    }
    return true;
  }

  private void take(byte b) {
    if (matching) {
      if (b == '>' && matched == 0 && quotes < QUOTES_MAX) {
        quotes++;
        return;
      }
      if (quotes > 0 && b == FROM[matched]) {
        matched++;
        if (matched == FROM.length) {
          emitHeld(quotes <= quotesMax ? quotes - 1 : quotes);
        }
        return;
      }
      emitHeld(quotes);
    }
    out[end++] = b;
    matching = b == '\n';
  }

  private void emitHeld(int quotesLeft) {
    for (int i = 0; i < quotesLeft; i++) {
      out[end++] = '>';
    }
    for (int i = 0; i < matched; i++) {
      out[end++] = FROM[i];
    }
    quotes = 0;
    matched = 0;
    matching = false;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
