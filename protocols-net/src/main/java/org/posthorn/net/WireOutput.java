package org.posthorn.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// The bytes that go to a client, buffered. Each method writes as a whole, so two threads that
/// share the output (one idles, one answers) never mix their responses when each response is one
/// call.
public final class WireOutput {
  private final OutputStream sink;
  private final byte[] buffer;
  private int used;

  WireOutput(OutputStream sink, int bufferBytes) {
    this.sink = sink;
    this.buffer = new byte[bufferBytes];
  }

  /// For tests.
  public static WireOutput of(OutputStream sink) {
    return new WireOutput(sink, 8192);
  }

  /// Writes text as UTF-8.
  public void write(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    write(bytes, 0, bytes.length);
  }

  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    if (length > buffer.length - used) {
      flush();
    }
    if (length > buffer.length) {
      sink.write(bytes, offset, length);
      return;
    }
    System.arraycopy(bytes, offset, buffer, used, length);
    used += length;
  }

  public synchronized void write(int oneByte) throws IOException {
    if (used == buffer.length) {
      flush();
    }
    buffer[used++] = (byte) oneByte;
  }

  /// Copies a stream to its end and returns how many bytes that were. The stream is not closed.
  public synchronized long transferFrom(InputStream stream) throws IOException {
    long total = 0;
    while (true) {
      if (used == buffer.length) {
        flush();
      }
      int count = stream.read(buffer, used, buffer.length - used);
      if (count < 0) {
        return total;
      }
      used += count;
      total += count;
    }
  }

  public synchronized void flush() throws IOException {
    if (used > 0) {
      int count = used;
      used = 0;
      sink.write(buffer, 0, count);
    }
    sink.flush();
  }
}
