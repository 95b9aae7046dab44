package org.posthorn.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/// A socket's streams, which honour read timeouts (a blocking `SocketChannel` does not). Knows how
/// long a write has been stuck, so that the listener can end it.
final class PlainWire implements Wire {
  /// Whoever takes longer than the write timeout for so much is stuck.
  private static final int PIECE_BYTES = 64 * 1024;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private int timeoutMillis;
  private volatile boolean writing;
  private volatile long writeStartNanos;

  PlainWire(Socket socket) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
  }

  @Override
  public int read(byte[] target, int offset, int length, int timeoutMillis) throws IOException {
    if (this.timeoutMillis != timeoutMillis) {
      socket.setSoTimeout(timeoutMillis);
      this.timeoutMillis = timeoutMillis;
    }
    return in.read(target, offset, length);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int done = 0; done < length; done += PIECE_BYTES) {
      writeStartNanos = System.nanoTime();
      writing = true;
      try {
        out.write(bytes, offset + done, Math.min(PIECE_BYTES, length - done));
      } finally {
        writing = false;
      }
    }
  }

  @Override
  public void endOutput() throws IOException {
    socket.shutdownOutput();
  }

  /// Whether a write has been waiting since before `sinceNanos` on the clock of `System.nanoTime`.
  /// Any thread.
  boolean stuckSince(long sinceNanos) {
    return writing && writeStartNanos - sinceNanos < 0;
  }
}
