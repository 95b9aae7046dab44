package org.posthorn.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;

/// One client and its socket. Confined to the connection's virtual thread, but for [#close], which
/// any thread may call to end it, and [#output].
public final class Connection implements AutoCloseable {
  /// How much of what a client still sends is read after the last answer, and for how long; else
  /// the system would reset the connection and the client might never see that answer.
  private static final int LINGER_BYTES = 256 * 1024;

  private static final int LINGER_MILLIS = 2000;

  private final Socket socket;
  private final String id;
  private final PlainWire wire;
  private final WireInput input;
  private final WireOutput output;

  Connection(Socket socket, String id, BufferPool buffers) throws IOException {
    this.socket = socket;
    this.id = id;
    this.wire = new PlainWire(socket);
    this.output = new WireOutput(wire::write, buffers);
    this.input = new WireInput(wire::read, buffers, output::flush);
  }

  /// Stays the same over STARTTLS.
  public WireInput input() {
    return input;
  }

  /// Stays the same over STARTTLS.
  public WireOutput output() {
    return output;
  }

  /// Short and unique while the server runs; on every log line and in internal errors.
  public String id() {
    return id;
  }

  /// Where the client is, as the PROXY header says where one is trusted.
  public InetAddress remote() {
    return socket.getInetAddress();
  }

  /// The protocol version and cipher, such as `TLSv1.3 TLS_AES_128_GCM_SHA256`; empty in plain
  /// text.
  public Optional<String> tls() {
    return Optional.empty();
  }

  public boolean encrypted() {
    return tls().isPresent();
  }

  /// Whether [#startTls] can work: there is a certificate, and it was not called before.
  public boolean tlsAvailable() {
    return false;
  }

  /// How long a read may wait for the client before it throws `SocketTimeoutException`; zero: for
  /// ever. It is also the limit for a whole line of [WireInput#readLine].
  public void readTimeout(Duration limit) throws IOException {
    input.timeout(limit);
  }

  /// Becomes TLS, as the server. What was buffered in plain text is dropped (RFC 3207 §4.2). The
  /// go-ahead must have been flushed.
  public void startTls() throws IOException {
    throw new IOException("No certificate");
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /// Says what is left to say and waits a moment for the client to take it. On the connection's
  /// thread.
  void end() throws IOException {
    output.flush();
    wire.endOutput();
    input.release();
    byte[] unread = new byte[1024];
    long deadline = System.nanoTime() + Duration.ofMillis(LINGER_MILLIS).toNanos();
    for (int total = 0; total < LINGER_BYTES; ) {
      long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
      int count = left <= 0 ? -1 : wire.read(unread, 0, unread.length, (int) left);
      if (count < 0) {
        return;
      }
      total += count;
    }
  }

  boolean writingSince(long sinceNanos) {
    return wire.stuckSince(sinceNanos);
  }
}
