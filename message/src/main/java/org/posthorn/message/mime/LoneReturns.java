package org.posthorn.message.mime;

import java.io.IOException;
import java.io.InputStream;

/// What stands for a CR without LF in a message that goes to others: over the line there is no such
/// thing (RFC 5321 §2.3.8, RFC 5322 §2.3). A line break in its place could make a header field or a
/// part of what was none; one other byte leaves the message as long as it was, with the fields and
/// parts that it had. That is a space, or a vertical tab (text, by RFC 5322 §3.5) where a space
/// would mean something too: at the start of a line, which would belong to the field above, and
/// behind what could be the name of a field (RFC 5322 §4.5).
///
/// Is told what stands before it. Used by one thread.
public final class LoneReturns {
  private static final byte SPACE = ' ';
  private static final byte VERTICAL_TAB = 0x0B;

  private Line line = Line.EMPTY;
  private boolean dashed;

  /// What a line is so far.
  private enum Line {
    EMPTY,
    NAME,
    NAME_AND_SPACE,
    OTHER
  }

  /// `message` without lone CRs; where it ends with one, with a CRLF. Closing it closes that.
  public static InputStream replacedIn(InputStream message) {
    return new Replacing(message);
  }

  /// The next byte begins a line.
  public void begin() {
    line = Line.EMPTY;
    dashed = false;
  }

  /// The line goes on with these, none of them CR or LF.
  public void pass(byte[] bytes, int from, int to) {
    for (int at = from; at < to && line != Line.OTHER; at++) {
      byte b = bytes[at];
      if (line == Line.EMPTY) {
        dashed = b == '-';
      }
      boolean inName = b > ' ' && b < 127 && b != ':';
      if (inName && line != Line.NAME_AND_SPACE) {
        line = Line.NAME;
      } else if (isBlank(b) && line != Line.EMPTY) {
        line = Line.NAME_AND_SPACE;
      } else {
        line = Line.OTHER;
      }
    }
  }

  /// What stands for a lone CR here, in front of `next`, and is passed with it.
  public byte instead(byte next) {
    // At the end of a line, and so perhaps behind a delimiter, which may have spaces there.
    boolean mayEnd = next == '\r' || (dashed && isBlank(next));
    if (line == Line.OTHER || (line != Line.EMPTY && mayEnd)) {
      line = line == Line.OTHER ? Line.OTHER : Line.NAME_AND_SPACE;
      return SPACE;
    }
    line = Line.OTHER;
    return VERTICAL_TAB;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private static final class Replacing extends InputStream {
    private static final int BUFFER_BYTES = 16 << 10;

    private final InputStream message;
    private final LoneReturns returns = new LoneReturns();
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int at;
    private int end;

    /// The last byte so far is a CR, and what follows is not known.
    private boolean held;

    Replacing(InputStream message) {
      this.message = message;
    }

    @Override
    public int read() throws IOException {
      return fill() ? buffer[at++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!fill()) {
        return -1;
      }
      int count = Math.min(length, end - at);
      System.arraycopy(buffer, at, into, offset, count);
      at += count;
      return count;
    }

    /// Whether there is something to read.
    private boolean fill() throws IOException {
      while (at == end) {
        int kept = held ? 1 : 0;
        buffer[0] = '\r';
        int count = message.read(buffer, kept, buffer.length - kept);
        at = 0;
        if (count < 0) {
          buffer[kept] = '\n';
          end = 2 * kept;
          held = false;
          return end > 0;
        }
        int filled = kept + count;
        held = buffer[filled - 1] == '\r';
        end = held ? filled - 1 : filled;
        replace();
      }
      return true;
    }

    private void replace() {
      int from = 0;
      for (int i = 0; i < end; i++) {
        if (buffer[i] == '\n') {
          returns.begin();
          from = i + 1;
        } else if (buffer[i] == '\r') {
          byte next = i + 1 < end ? buffer[i + 1] : (byte) '\r';
          if (next != '\n') {
            returns.pass(buffer, from, i);
            buffer[i] = returns.instead(next);
            from = i + 1;
          }
        }
      }
      returns.pass(buffer, from, end);
    }

    @Override
    public void close() throws IOException {
      message.close();
    }
  }
}
