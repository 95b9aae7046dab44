package org.posthorn.net;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// The bytes that a client sends, one at a time, in lines or as a stream. Confined to the
/// connection's thread.
///
/// Before a read that would wait for the network, what was written to the connection's [WireOutput]
/// is flushed: an answer is never held back while we wait, and pipelined answers leave together.
public final class WireInput {
  /// What must happen before the thread waits for the network.
  interface BeforeWaiting {
    void flush() throws IOException;
  }

  private final InputStream source;
  private final BeforeWaiting beforeWaiting;
  private final byte[] buffer;
  private int next;
  private int end;

  WireInput(InputStream source, int bufferBytes, BeforeWaiting beforeWaiting) {
    this.source = source;
    this.buffer = new byte[bufferBytes];
    this.beforeWaiting = beforeWaiting;
  }

  /// For tests and parsers of bytes that are already here.
  public static WireInput of(InputStream source, int bufferBytes) {
    return new WireInput(source, bufferBytes, () -> {});
  }

  /// The next byte (0 to 255), left where it is. Throws [EOFException] at the end.
  public int peek() throws IOException {
    fill();
    return buffer[next] & 0xff;
  }

  /// Takes the next byte (0 to 255). Throws [EOFException] at the end.
  public int next() throws IOException {
    fill();
    return buffer[next++] & 0xff;
  }

  /// Takes at least one byte and at most `length`; -1 at the end.
  public int read(byte[] target, int offset, int length) throws IOException {
    if (next == end && !refill()) {
      return -1;
    }
    int count = Math.min(length, end - next);
    System.arraycopy(buffer, next, target, offset, count);
    next += count;
    return count;
  }

  /// Whether [#next] would answer without waiting.
  public boolean hasBuffered() {
    return next < end;
  }

  /// Forgets what was received and not yet read: what came in plain text before TLS counts for
  /// nothing (RFC 3207 §4.2).
  void dropBuffered() {
    next = 0;
    end = 0;
  }

  private void fill() throws IOException {
    if (next == end && !refill()) {
      throw new EOFException("The client closed the connection");
    }
  }

  private boolean refill() throws IOException {
    if (source.available() == 0) {
      beforeWaiting.flush();
    }
    int count = source.read(buffer, 0, buffer.length);
    next = 0;
    end = Math.max(count, 0);
    return count > 0;
  }
}
