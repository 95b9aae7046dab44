package org.posthorn.mailets.gate;

import java.io.IOException;
import java.io.InputStream;
import org.posthorn.mailet.Message;
import org.posthorn.message.mime.LoneReturns;

/// A body in lines, as a message is sent, so that who signs it next signs what others get. Programs
/// write line breaks in many ways: LF, with one CR before it or with several, becomes CRLF, and the
/// last line has one. A CR elsewhere is no line break, and becomes what it is when it leaves
/// ([LoneReturns]). Used by one thread.
final class BodyLines extends InputStream {
  private static final int BUFFER_BYTES = 16 << 10;
  private static final int HELD_MAX = 8;

  private final InputStream bytes;
  private final byte[] buffer = new byte[BUFFER_BYTES];

  /// At most all of the buffer, a CR more for each LF, what was held, and the last line's end.
  private final byte[] lines = new byte[2 * BUFFER_BYTES + HELD_MAX + 2];

  private int at;
  private int end;

  /// The last CRs before a byte that is not known.
  private int heldReturns;

  private boolean endsLine = true;
  private boolean over;

  private BodyLines(InputStream bytes) {
    this.bytes = bytes;
  }

  /// Closing it closes `bytes`.
  static InputStream of(InputStream bytes) {
    return LoneReturns.replacedIn(new BodyLines(bytes));
  }

  /// Whether the message has a body of such lines. One that came with BODY=BINARYMIME may have
  /// other bytes (RFC 3030 §3), and then each counts.
  static boolean areIn(Message message) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    boolean afterReturn = false;
    try (InputStream body = message.open()) {
      body.skipNBytes(message.structure().root().bodyStart());
      for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
        for (int i = 0; i < count; i++) {
          if (buffer[i] == 0 || afterReturn != (buffer[i] == '\n')) {
            return false;
          }
          afterReturn = buffer[i] == '\r';
        }
      }
    }
    return !afterReturn;
  }

  @Override
  public int read() throws IOException {
    return fill() ? lines[at++] & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int wanted) throws IOException {
    if (wanted == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(wanted, end - at);
    System.arraycopy(lines, at, target, offset, count);
    at += count;
    return count;
  }

  /// Whether there is something to read.
  private boolean fill() throws IOException {
    while (at == end && !over) {
      int count = bytes.read(buffer);
      at = 0;
      end = 0;
      over = count < 0;
      for (int i = 0; i < count; i++) {
        take(buffer[i]);
      }
      if (over && (heldReturns > 0 || !endsLine)) {
        take((byte) '\n');
      }
    }
    return at < end;
  }

  private void take(byte b) {
    switch (b) {
      case '\r' -> {
        if (heldReturns == HELD_MAX) {
          put('\r');
        } else {
          heldReturns++;
        }
      }
      case '\n' -> {
        put('\r');
        put('\n');
        heldReturns = 0;
        endsLine = true;
      }
      default -> {
        for (; heldReturns > 0; heldReturns--) {
          put('\r');
        }
        put(b);
        endsLine = false;
      }
    }
  }

  private void put(int b) {
    lines[end++] = (byte) b;
  }

  @Override
  public void close() throws IOException {
    bytes.close();
  }
}
