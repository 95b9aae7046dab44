package org.posthorn.message.mime;

/// White space at the end of a line was added on the way and goes (RFC 2045 §6.7 rule 3): all up to
/// `solid` is sure to stay. White space at the end of a piece is held until the next. Used by one
/// thread.
final class QuotedPrintableSteps implements DecodingSteps {
  /// As long as a line of text may be (RFC 5321 §4.5.3.1.6).
  private static final int LINE_MAX = 1000;

  private final byte[] held = new byte[PENDING_MAX - 8];
  private int heldCount;
  private int solid;
  private int skipped;

  /// 0 outside, 1 after `=`, 2 after `=` and a hexadecimal digit, 3 after `=` and white space.
  private int escape;

  private byte first;

  @Override
  public int decode(byte[] in, int from, int to, byte[] out) {
    System.arraycopy(held, 0, out, 0, heldCount);
    int count = heldCount;
    solid = 0;
    for (int i = from; i < to; i++) {
      byte b = in[i];
      if (escape != 0) {
        count = escaped(b, out, count);
      } else if (b > '=' || (b > ' ' && b < '=')) {
        out[count++] = b;
        solid = count;
      } else {
        count = special(b, out, count);
      }
    }
    heldCount = count - solid;
    System.arraycopy(out, count - heldCount, held, 0, heldCount);
    return count - heldCount;
  }

  private int special(byte b, byte[] out, int count) {
    int end = count;
    switch (b) {
      case ' ', '\t', '\r' -> {
        out[end++] = b;
        // What is too much to be held stays, however the body is cut into pieces.
        solid = Math.max(solid, end - held.length);
      }
      case '\n' -> {
        boolean cr = end > solid && out[end - 1] == '\r';
        end = solid;
        if (cr) {
          out[end++] = '\r';
        }
        out[end++] = '\n';
        solid = end;
      }
      case '=' -> {
        solid = end;
        escape = 1;
      }
      default -> {
        out[end++] = b;
        solid = end;
      }
    }
    return end;
  }

  private int escaped(byte b, byte[] out, int count) {
    if (escape == 1 && isHex(b)) {
      first = b;
      escape = 2;
      return count;
    }
    if (escape == 2 && isHex(b)) {
      escape = 0;
      out[count] =
          (byte) ((Character.digit((char) first, 16) << 4) | Character.digit((char) b, 16));
      solid = count + 1;
      return solid;
    }
    if (escape != 2 && b == '\n') {
      escape = 0;
      return count;
    }
    if (escape != 2 && (b == ' ' || b == '\t' || b == '\r')) {
      escape = 3;
      return count;
    }
    return special(b, out, literally(out, count));
  }

  /// What began like an escape and is none stays as it is.
  private int literally(byte[] out, int count) {
    int end = count;
    out[end++] = '=';
    if (escape == 2) {
      out[end++] = first;
    }
    escape = 0;
    solid = end;
    return end;
  }

  @Override
  public int finish(byte[] out, int count) {
    heldCount = 0;
    return escape == 2 ? literally(out, count) : count;
  }

  /// Decodes. What it takes at the end, short of `limit`, ends with a line if it can: there nothing
  /// is held.
  @Override
  public int skip(byte[] in, int from, int to, int limit, byte[] spare) {
    skipped = 0;
    int end = to;
    int room = limit - heldCount - 2;
    if (room < to - from) {
      end = from + Math.max(room, 0);
      while (end > from && in[end - 1] != '\n') {
        end--;
      }
      if (end == from && room > LINE_MAX) {
        end = from + room;
      }
    }
    if (end > from) {
      skipped = decode(in, from, end, spare);
    }
    return end;
  }

  @Override
  public int skipped() {
    return skipped;
  }

  @Override
  public boolean isClean() {
    return heldCount == 0 && escape == 0;
  }

  private static boolean isHex(byte b) {
    return (b >= '0' && b <= '9') || (b >= 'A' && b <= 'F') || (b >= 'a' && b <= 'f');
  }
}
