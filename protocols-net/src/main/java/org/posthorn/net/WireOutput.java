package org.posthorn.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The bytes that go to a client, buffered. Each method writes as a whole, so two threads that
/// share the output (one idles, one answers) never mix their responses when each response is one
/// call. The buffer is borrowed while there is something in it.
public final class WireOutput {
  /// Where bytes go; as [Wire#write].
  interface Sink {
    void write(byte[] bytes, int offset, int length) throws IOException;
  }

  private static final int TEST_BUFFER_BYTES = 8192;

  /// The clear text of one TLS record (RFC 8446 §5.1): what leaves together is one record.
  private static final int RECORD_BYTES = 16 * 1024;

  private final BufferPool buffers;
  private final int capacity;
  private Sink sink;
  private byte @Nullable [] buffer;
  private int used;

  WireOutput(Sink sink, BufferPool buffers) {
    this.sink = sink;
    this.buffers = buffers;
    this.capacity = Math.min(buffers.bufferBytes(), RECORD_BYTES);
  }

  /// For tests.
  public static WireOutput of(OutputStream sink) {
    return new WireOutput(sink::write, new BufferPool(TEST_BUFFER_BYTES));
  }

  /// Writes text as UTF-8.
  public void write(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    write(bytes, 0, bytes.length);
  }

  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    for (int done = 0; done < length; ) {
      int left = length - done;
      if (used == 0 && left >= capacity) {
        sink.write(bytes, offset + done, left);
        return;
      }
      int count = Math.min(left, capacity - used);
      System.arraycopy(bytes, offset + done, buffer(), used, count);
      used += count;
      done += count;
      flushIfFull();
    }
  }

  public synchronized void write(int oneByte) throws IOException {
    buffer()[used++] = (byte) oneByte;
    flushIfFull();
  }

  /// Copies a stream to its end and returns how many bytes that were. The stream is not closed.
  public synchronized long transferFrom(InputStream stream) throws IOException {
    long total = 0;
    while (true) {
      int count = stream.read(buffer(), used, capacity - used);
      if (count < 0) {
        return total;
      }
      used += count;
      total += count;
      flushIfFull();
    }
  }

  public synchronized void flush() throws IOException {
    byte[] full = buffer;
    if (full == null) {
      return;
    }
    int count = used;
    used = 0;
    buffer = null;
    if (count > 0) {
      sink.write(full, 0, count);
    }
    buffers.giveBack(full);
  }

  private void flushIfFull() throws IOException {
    if (used == capacity) {
      flush();
    }
  }

  /// Writes to another sink from now on.
  synchronized void switchTo(Sink sink) throws IOException {
    flush();
    this.sink = sink;
  }

  private byte[] buffer() {
    byte[] present = buffer;
    if (present == null) {
      present = buffers.borrow();
      buffer = present;
    }
    return present;
  }
}
