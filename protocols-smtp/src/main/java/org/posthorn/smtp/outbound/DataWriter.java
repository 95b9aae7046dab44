package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.Duration;

/// Writes a message behind DATA: dots doubled at the start of lines (RFC 5321 §4.5.2), every kind
/// of line break as CRLF, so that no lone CR or LF leaves us for another server to take for the end
/// of the message. Used by one thread; closing does nothing.
final class DataWriter extends OutputStream {
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] DOT = {'.'};
  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long RETURNS = ONES * '\r';
  private static final long FEEDS = ONES * '\n';

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
    int end = from + length;
    int at = from;
    if (afterReturn && at < end) {
      afterReturn = false;
      at += bytes[at] == '\n' ? 1 : 0;
    }
    // What is sound leaves in long runs.
    int run = at;
    while (at < end) {
      if (atLineStart && bytes[at] == '.') {
        line.write(bytes, run, at - run, limit);
        line.write(DOT, 0, 1, limit);
        run = at;
      }
      atLineStart = false;
      at = nextBreak(bytes, at, end);
      if (at + 1 < end && bytes[at] == '\r' && bytes[at + 1] == '\n') {
        at += 2;
        atLineStart = true;
      } else if (at < end) {
        line.write(bytes, run, at - run, limit);
        line.write(CRLF, 0, 2, limit);
        atLineStart = true;
        afterReturn = bytes[at] == '\r' && at + 1 == end;
        at++;
        run = at;
      }
    }
    line.write(bytes, run, at - run, limit);
  }

  /// The first CR or LF from `from` on, or `end`; eight bytes are looked at together.
  private static int nextBreak(byte[] bytes, int from, int end) {
    int at = from;
    while (at + Long.BYTES <= end) {
      long eight = (long) EIGHT.get(bytes, at);
      long found = zeroes(eight ^ RETURNS) | zeroes(eight ^ FEEDS);
      if (found != 0) {
        return at + Long.numberOfTrailingZeros(found) / Byte.SIZE;
      }
      at += Long.BYTES;
    }
    while (at < end && bytes[at] != '\r' && bytes[at] != '\n') {
      at++;
    }
    return at;
  }

  /// The highest bit of the first byte that is zero, and perhaps of some behind it.
  private static long zeroes(long eight) {
    return (eight - ONES) & ~eight & (ONES << 7);
  }

  /// Writes the end mark, which is not flushed: until it is, the server cannot have the mail.
  void end() throws IOException {
    if (!atLineStart) {
      line.write(CRLF, 0, 2, limit);
    }
    line.command(".", limit);
  }
}
