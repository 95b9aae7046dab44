package org.posthorn.senderauth.dkim;

/// A body as signatures of one canonicalization see it (RFC 6376 §3.4.3, §3.4.4), piece by piece:
/// of what it still does not know it keeps two numbers. A lone LF counts as a line break, since we
/// send it as one. Used by one thread.
final class BodyCanon {
  private static final int BUFFER_BYTES = 8 << 10;

  /// Takes the canonical bytes.
  interface Sink {
    void take(byte[] bytes, int length);
  }

  private final boolean relaxed;
  private final Sink sink;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int filled;
  private boolean begun;
  private boolean afterCr;
  private boolean afterSpace;

  /// Line breaks that count only when something follows.
  private long lineEnds;

  BodyCanon(Canonicalization how, Sink sink) {
    this.relaxed = how == Canonicalization.RELAXED;
    this.sink = sink;
  }

  void update(byte[] bytes, int from, int to) {
    for (int at = from; at < to; at++) {
      byte b = bytes[at];
      if (afterCr) {
        afterCr = false;
        if (b != '\n') {
          text((byte) '\r');
        }
      }
      switch (b) {
        case '\r' -> afterCr = true;
        case '\n' -> {
          afterSpace = false;
          lineEnds++;
        }
        case ' ', '\t' -> {
          if (relaxed) {
            afterSpace = true;
          } else {
            text(b);
          }
        }
        default -> text(b);
      }
    }
  }

  void finish() {
    if (afterCr) {
      text((byte) '\r');
    }
    if (begun || !relaxed) {
      lineEnd();
    }
    sink.take(buffer, filled);
    filled = 0;
  }

  private void text(byte b) {
    while (lineEnds > 0) {
      lineEnd();
      lineEnds--;
    }
    if (afterSpace) {
      put((byte) ' ');
      afterSpace = false;
    }
    begun = true;
    put(b);
  }

  private void lineEnd() {
    put((byte) '\r');
    put((byte) '\n');
  }

  private void put(byte b) {
    if (filled == BUFFER_BYTES) {
      sink.take(buffer, filled);
      filled = 0;
    }
    buffer[filled++] = b;
  }
}
