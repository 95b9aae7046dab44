package org.posthorn.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/// A socket's streams, which honour read timeouts (a blocking `SocketChannel` does not). Knows
/// whether a write is stuck, so that the listener can end it.
final class PlainWire implements Wire {
  private static final int PIECE_BYTES = SendQueue.PIECE_BYTES;

  private final Socket socket;
  private final SendQueue queue;
  private final InputStream in;
  private final OutputStream out;
  private int timeoutMillis;
  private volatile boolean writing;
  private volatile long writeStartNanos;

  PlainWire(Socket socket) throws IOException {
    this.socket = socket;
    this.queue = new SendQueue(socket);
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

  /// Whether for `limitNanos` a write has been waiting for a client that takes next to nothing. By
  /// one thread, several times within the limit.
  boolean isStuck(long limitNanos) {
    long startNanos = writeStartNanos;
    return writing && queue.isStuck(startNanos, limitNanos);
  }
}
