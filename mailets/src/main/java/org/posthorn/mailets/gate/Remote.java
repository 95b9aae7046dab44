package org.posthorn.mailets.gate;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import org.posthorn.mailet.ParameterException;

/// A connection to a scanner, which answers in time or is given up. Used by one thread.
final class Remote implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;

  /// Where a scanner is.
  record Place(String host, int port) {
    /// Such as `127.0.0.1:3310` or `[::1]:3310`.
    static Place of(String parameter, String text) {
      int colon = text.lastIndexOf(':');
      try {
        int port = Integer.parseInt(text.substring(colon + 1));
        String host = text.substring(0, colon).replace("[", "").replace("]", "");
        if (colon > 0 && port > 0 && port < 65_536 && !host.isEmpty()) {
          return new Place(host, port);
        }
      } catch (NumberFormatException | StringIndexOutOfBoundsException _) {
        // Said below.
      }
      throw new ParameterException(
          "parameter '%s' is '%s', but should be a host and a port such as 127.0.0.1:3310"
              .formatted(parameter, text));
    }
  }

  private Remote(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    this.out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 16_384));
  }

  /// `patience`: for each answer.
  static Remote open(Place place, Duration patience) throws IOException {
    var socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(place.host(), place.port()), (int) CONNECT.toMillis());
      socket.setSoTimeout((int) patience.toMillis());
      socket.setTcpNoDelay(true);
      return new Remote(socket);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  DataInputStream in() {
    return in;
  }

  DataOutputStream out() {
    return out;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
