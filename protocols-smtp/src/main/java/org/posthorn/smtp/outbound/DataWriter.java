package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/// Writes a message behind DATA: dots doubled at the start of lines (RFC 5321 §4.5.2), every kind
/// of line break as CRLF, so that no lone CR or LF leaves us for another server to take for the end
/// of the message. Used by one thread.
final class DataWriter {
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

  /// The whole message and the end mark, which is not flushed: the last bytes before it may still
  /// be in the buffer.
  void write(InputStream message) throws IOException {
    byte[] buffer = new byte[16_384];
    for (int count = message.read(buffer); count >= 0; count = message.read(buffer)) {
      write(buffer, count);
    }
    if (!atLineStart) {
      line.write(CRLF, 0, 2, limit);
    }
    line.command(".", limit);
  }

  private void write(byte[] bytes, int count) throws IOException {
    int at = 0;
    while (at < count) {
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
        at = plain(bytes, at, count);
      }
    }
  }

  /// Bytes up to the next CR or LF.
  private int plain(byte[] bytes, int from, int count) throws IOException {
    if (atLineStart && bytes[from] == '.') {
      line.write(DOT, 0, 1, limit);
    }
    atLineStart = false;
    afterReturn = false;
    int to = from;
    while (to < count && bytes[to] != '\r' && bytes[to] != '\n') {
      to++;
    }
    line.write(bytes, from, to - from, limit);
    return to;
  }
}
