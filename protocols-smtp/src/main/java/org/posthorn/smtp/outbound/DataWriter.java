package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/// Writes a message behind DATA: dots doubled at the start of lines (RFC 5321 §4.5.2), every kind
/// of line break as CRLF, so that no lone CR or LF leaves us for another server to take for the end
/// of the message. Used by one thread; closing does nothing.
final class DataWriter extends OutputStream {
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] DOT = {'.'};

  private final RemoteLine line;
  private final Duration limit;
  private boolean atLineStart = true;
  private boolean afterReturn;

  DataWriter(RemoteLine line, Duration limit) {
    this.line = line;
    this.limit = limit;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    int at = from;
    int end = from + length;
    while (at < end) {
      byte b = bytes[at];
      if (b == '\n' && afterReturn) {
        afterReturn = false;
        at++;
      } else if (b == '\r' || b == '\n') {
        line.write(CRLF, 0, 2, limit);
        atLineStart = true;
        afterReturn = b == '\r';
        at++;
      } else {
        at = plain(bytes, at, end);
      }
    }
  }

  /// Bytes up to the next CR or LF.
  private int plain(byte[] bytes, int from, int end) throws IOException {
    if (atLineStart && bytes[from] == '.') {
      line.write(DOT, 0, 1, limit);
    }
    atLineStart = false;
    afterReturn = false;
    int to = from;
    while (to < end && bytes[to] != '\r' && bytes[to] != '\n') {
      to++;
    }
    line.write(bytes, from, to - from, limit);
    return to;
  }

  /// Writes the end mark, which is not flushed: until it is, the server cannot have the mail.
  void end() throws IOException {
    if (!atLineStart) {
      line.write(CRLF, 0, 2, limit);
    }
    line.command(".", limit);
  }
}
