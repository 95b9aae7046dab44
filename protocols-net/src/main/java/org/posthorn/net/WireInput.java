package org.posthorn.net;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;

/// The bytes that a client sends, one at a time, in lines or as a stream. Confined to the
/// connection's thread.
///
/// Before a read that may wait for the network, what was written to the connection's [WireOutput]
/// is flushed: an answer is never held back while we wait, and answers to commands that came
/// together leave together.
///
/// A command usually fits the small buffer that every connection has. When it does not, a large one
/// is borrowed, and given back when the client has been silent for a while: a connection that idles
/// holds next to nothing.
public final class WireInput {
  /// What must happen before the thread waits for the network.
  interface BeforeWaiting {
    void flush() throws IOException;
  }

  /// Where bytes come from; as [Wire#read].
  interface Source {
    int read(byte[] target, int offset, int length, int timeoutMillis) throws IOException;
  }

  private static final int IDLE_BUFFER_BYTES = 256;
  private static final int SILENCE_MILLIS = 1000;

  /// How much of a line that is too long we read only to forget it.
  private static final int LINE_SKIP_MAX_BYTES = 1024 * 1024;

  private final BufferPool buffers;
  private final byte[] idleBuffer;
  private final BeforeWaiting beforeWaiting;
  private Source source;
  private byte[] buffer;
  private boolean borrowed;
  private int next;
  private int end;
  private int timeoutMillis;

  WireInput(Source source, BufferPool buffers, BeforeWaiting beforeWaiting) {
    this.source = source;
    this.buffers = buffers;
    this.idleBuffer = new byte[Math.min(IDLE_BUFFER_BYTES, buffers.bufferBytes())];
    this.buffer = idleBuffer;
    this.beforeWaiting = beforeWaiting;
  }

  /// For tests and parsers of bytes that are already here.
  public static WireInput of(InputStream source, int bufferBytes) {
    return new WireInput(
        (target, offset, length, _) -> source.read(target, offset, length),
        new BufferPool(bufferBytes),
        () -> {});
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
    if (next == end) {
      if (length >= buffers.bufferBytes()) {
        beforeWaiting.flush();
        return source.read(target, offset, length, timeoutMillis);
      }
      if (!refill(timeoutMillis)) {
        return -1;
      }
    }
    return take(target, offset, Math.min(length, end - next));
  }

  /// Copies at least one byte and at most `length`, as many as can be had without waiting twice,
  /// and leaves them where they are: [#skip] takes those that were meant. Throws [EOFException] at
  /// the end. For texts whose end is found by looking, such as SMTP's DATA.
  public int look(byte[] target, int offset, int length) throws IOException {
    fill();
    int count = Math.min(length, end - next);
    System.arraycopy(buffer, next, target, offset, count);
    return count;
  }

  /// Takes a line into `target`, without its end, and returns its length. Throws [LineTooLong] when
  /// `target` cannot hold it, having dropped the whole line (up to a megabyte, then the connection
  /// is given up with another `IOException`); throws [EOFException] at the end, and where the end
  /// cuts a line. The read timeout is the limit for the whole line from its first byte.
  public int readLine(byte[] target, LineEnd lineEnd) throws IOException {
    fill();
    var clock = new LineClock(timeoutMillis);
    long length = 0;
    boolean afterReturn = false;
    while (true) {
      if (next == end) {
        refillOrEnd(clock.remainingMillis());
      }
      byte b = buffer[next++];
      if (b == '\n' && (afterReturn || lineEnd == LineEnd.LF_TOO)) {
        return lengthWithin(target, afterReturn ? length - 1 : length);
      }
      // The CR of the line's end may stand one byte behind the target: it is no part of the line.
      if (length < target.length) {
        target[(int) length] = b;
      } else if (length > LINE_SKIP_MAX_BYTES) {
        throw new IOException("Line without an end");
      }
      length++;
      afterReturn = b == '\r';
    }
  }

  /// Takes and forgets everything up to and including the next LF. Throws `IOException` when that
  /// is more than `maxBytes`.
  public void skipLine(int maxBytes) throws IOException {
    for (int count = 0; count < maxBytes; count++) {
      if (next() == '\n') {
        return;
      }
    }
    throw new IOException("Line without an end");
  }

  /// Takes and forgets `count` bytes. Throws [EOFException] where there are fewer.
  public void skip(long count) throws IOException {
    for (long left = count; left > 0; ) {
      fill();
      int step = (int) Math.min(left, end - next);
      next += step;
      left -= step;
    }
  }

  /// The next `exactBytes` bytes as a stream, such as an IMAP literal. It throws [EOFException]
  /// where there are fewer. Closing it skips what was not read, so that what follows is where the
  /// next command is looked for; nothing else may be read before.
  public InputStream asStream(long exactBytes) {
    return new ExactStream(exactBytes);
  }

  /// Whether [#next] would answer without waiting.
  public boolean hasBuffered() {
    return next < end;
  }

  /// How long one wait may last; zero: for ever.
  void timeout(Duration limit) {
    timeoutMillis = Math.toIntExact(limit.toMillis());
  }

  Duration timeout() {
    return Duration.ofMillis(timeoutMillis);
  }

  /// Reads from another source from now on and forgets what was received and not yet read: what
  /// came in plain text before TLS counts for nothing (RFC 3207 §4.2).
  void switchTo(Source source) {
    this.source = source;
    next = 0;
    end = 0;
  }

  private int take(byte[] target, int offset, int count) {
    System.arraycopy(buffer, next, target, offset, count);
    next += count;
    return count;
  }

  private static int lengthWithin(byte[] target, long length) throws LineTooLong {
    if (length > target.length) {
      throw new LineTooLong(target.length);
    }
    return (int) length;
  }

  private void fill() throws IOException {
    if (next == end) {
      refillOrEnd(timeoutMillis);
    }
  }

  private void refillOrEnd(int timeoutMillis) throws IOException {
    if (!refill(timeoutMillis)) {
      throw new EOFException("The client closed the connection");
    }
  }

  private boolean refill(int timeoutMillis) throws IOException {
    beforeWaiting.flush();
    boolean full = end == buffer.length;
    next = 0;
    end = 0;
    if (!borrowed && full) {
      buffer = buffers.borrow();
      borrowed = true;
    }
    int count = borrowed ? readLarge(timeoutMillis) : readIdle(timeoutMillis);
    end = Math.max(count, 0);
    return count > 0;
  }

  private int readIdle(int timeoutMillis) throws IOException {
    return source.read(idleBuffer, 0, idleBuffer.length, timeoutMillis);
  }

  /// Waits with the large buffer in hand for a moment only.
  private int readLarge(int timeoutMillis) throws IOException {
    int patience = timeoutMillis == 0 ? SILENCE_MILLIS : Math.min(timeoutMillis, SILENCE_MILLIS);
    try {
      return source.read(buffer, 0, buffer.length, patience);
    } catch (SocketTimeoutException e) {
      if (patience == timeoutMillis) {
        throw e;
      }
      release();
      return readIdle(timeoutMillis == 0 ? 0 : timeoutMillis - patience);
    }
  }

  /// Gives the large buffer back, with whatever is in it.
  void release() {
    if (borrowed) {
      buffers.giveBack(buffer);
      buffer = idleBuffer;
      borrowed = false;
      next = 0;
      end = 0;
    }
  }

  /// What is left of the time for one line. Looks at the clock only when the line came in pieces.
  private static final class LineClock {
    private final int limitMillis;
    private long startNanos;
    private boolean started;

    LineClock(int limitMillis) {
      this.limitMillis = limitMillis;
    }

    int remainingMillis() throws SocketTimeoutException {
      if (limitMillis == 0) {
        return 0;
      }
      long now = System.nanoTime();
      if (!started) {
        started = true;
        startNanos = now;
      }
      long remaining = limitMillis - Duration.ofNanos(now - startNanos).toMillis();
      if (remaining <= 0) {
        throw new SocketTimeoutException("The line took too long");
      }
      return (int) remaining;
    }
  }

  private final class ExactStream extends InputStream {
    private long left;

    ExactStream(long exactBytes) {
      this.left = exactBytes;
    }

    @Override
    public int read() throws IOException {
      if (left == 0) {
        return -1;
      }
      int b = WireInput.this.next();
      left--;
      return b;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (left == 0) {
        return -1;
      }
      int count = WireInput.this.read(target, offset, (int) Math.min(length, left));
      if (count < 0) {
        throw new EOFException("The client closed the connection");
      }
      left -= count;
      return count;
    }

    @Override
    public int available() {
      return (int) Math.min(left, end - next);
    }

    @Override
    public void close() throws IOException {
      long unread = left;
      left = 0;
      WireInput.this.skip(unread);
    }
  }
}
