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

  private final BufferPool buffers;
  private Sink sink;
  private byte @Nullable [] buffer;
  private int used;

  WireOutput(Sink sink, BufferPool buffers) {
    this.sink = sink;
    this.buffers = buffers;
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
    if (length > buffers.bufferBytes() - used) {
      flush();
    }
    if (length > buffers.bufferBytes()) {
      sink.write(bytes, offset, length);
      return;
    }
    System.arraycopy(bytes, offset, buffer(), used, length);
    used += length;
  }

  public synchronized void write(int oneByte) throws IOException {
    if (used == buffers.bufferBytes()) {
      flush();
    }
    buffer()[used++] = (byte) oneByte;
  }

  /// Copies a stream to its end and returns how many bytes that were. The stream is not closed.
  public synchronized long transferFrom(InputStream stream) throws IOException {
    long total = 0;
    while (true) {
      if (used == buffers.bufferBytes()) {
        flush();
      }
      byte[] target = buffer();
      int count = stream.read(target, used, target.length - used);
      if (count < 0) {
        return total;
      }
      used += count;
      total += count;
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
