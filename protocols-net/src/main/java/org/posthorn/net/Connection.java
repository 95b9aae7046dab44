package org.posthorn.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;

/// One client and its socket. Confined to the connection's virtual thread, but for [#close], which
/// any thread may call to end it.
public final class Connection implements AutoCloseable {
  private static final int BUFFER_BYTES = 8192;

  private final Socket socket;
  private final String id;
  private final WireInput input;
  private final WireOutput output;

  Connection(Socket socket, String id) throws IOException {
    this.socket = socket;
    this.id = id;
    this.output = new WireOutput(socket.getOutputStream(), BUFFER_BYTES);
    this.input = new WireInput(socket.getInputStream(), BUFFER_BYTES, output::flush);
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

  /// How long a read may wait for the client before it throws `SocketTimeoutException`.
  public void readTimeout(Duration limit) throws IOException {
    socket.setSoTimeout(Math.toIntExact(limit.toMillis()));
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
}
