package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.Duration;
import org.posthorn.message.mime.LoneReturns;

/// Writes a message behind DATA: dots doubled at the start of lines (RFC 5321 §4.5.2), a lone LF as
/// CRLF and something else for a lone CR ([LoneReturns]), so that neither leaves us for another
/// server to take for the end of the message. Used by one thread; closing does nothing.
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
  private final LoneReturns returns = new LoneReturns();

  /// The last byte so far is a CR, and what follows is not known.
  private boolean heldReturn;

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
    if (heldReturn && at < end) {
      heldReturn = false;
      if (bytes[at] == '\n') {
        lineBreak();
        at++;
      } else {
        writeInstead(bytes[at]);
      }
    }
    // What is sound leaves in long runs.
    int run = at;
    int lineFrom = at;
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
        lineFrom = at;
        atLineStart = true;
        returns.begin();
      } else if (at < end) {
        line.write(bytes, run, at - run, limit);
        if (bytes[at] == '\n') {
          lineBreak();
        } else {
          returns.pass(bytes, lineFrom, at);
          heldReturn = at + 1 == end;
          if (!heldReturn) {
            writeInstead(bytes[at + 1]);
          }
        }
        at++;
        run = at;
        lineFrom = at;
      }
    }
    line.write(bytes, run, at - run, limit);
    returns.pass(bytes, lineFrom, at);
  }

  private void lineBreak() throws IOException {
    line.write(CRLF, 0, 2, limit);
    atLineStart = true;
    returns.begin();
  }

  /// For a CR that no LF follows, but this.
  private void writeInstead(byte next) throws IOException {
    line.write(new byte[] {returns.instead(next)}, 0, 1, limit);
    atLineStart = false;
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
    if (heldReturn || !atLineStart) {
      line.write(CRLF, 0, 2, limit);
    }
    line.command(".", limit);
  }
}
