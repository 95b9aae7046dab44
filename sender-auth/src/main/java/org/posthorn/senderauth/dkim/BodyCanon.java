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
    int at = from;
    while (at < to) {
      byte b = bytes[at++];
      if (isText(b)) {
        afterCr();
        text(b);
        at = run(bytes, at, to);
      } else {
        other(b);
      }
    }
  }

  /// The rest of words with one space between them, which is nearly all there is: straight into the
  /// buffer.
  private int run(byte[] bytes, int from, int to) {
    byte[] out = buffer;
    int end = filled;
    int at = from;
    int last = Math.min(to, from + out.length - end);
    while (at < last && (isText(bytes[at]) || isSpaceBetween(bytes, at, to))) {
      out[end++] = bytes[at++];
    }
    filled = end;
    return at;
  }

  /// Behind text, as all that [#run] looks at.
  private static boolean isSpaceBetween(byte[] bytes, int at, int to) {
    return bytes[at] == ' ' && at + 1 < to && isText(bytes[at + 1]);
  }

  private void other(byte b) {
    switch (b) {
      case '\r' -> {
        afterCr();
        afterCr = true;
      }
      case '\n' -> {
        afterCr = false;
        afterSpace = false;
        lineEnds++;
      }
      case ' ', '\t' -> {
        afterCr();
        if (relaxed) {
          afterSpace = true;
        } else {
          text(b);
        }
      }
      default -> {
        afterCr();
        text(b);
      }
    }
  }

  /// A CR that no LF followed is text.
  private void afterCr() {
    if (afterCr) {
      afterCr = false;
      text((byte) '\r');
    }
  }

  private static boolean isText(byte b) {
    return b > ' ' || b < 0;
  }

  void finish() {
    afterCr();
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
