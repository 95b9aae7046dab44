package org.posthorn.app.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/// A plain connection to a server: lines and bytes. What is sent leaves with the next [#line] or
/// [#flush]. Used by one thread at a time.
final class Wire implements AutoCloseable {
  private static final int BUFFER_BYTES = 4 << 10;
  private static final int LINE_MAX = 1 << 20;
  private static final Duration CONNECT_MAX = Duration.ofSeconds(20);

  private final SocketChannel channel;
  private final InputStream in;
  private final OutputStream out;

  private Wire(SocketChannel channel) throws IOException {
    this.channel = channel;
    this.in = new BufferedInputStream(channel.socket().getInputStream(), BUFFER_BYTES);
    this.out = new BufferedOutputStream(channel.socket().getOutputStream(), BUFFER_BYTES);
  }

  static Wire connect(String host, int port, Duration answerMax) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      Socket socket = channel.socket();
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(Math.toIntExact(answerMax.toMillis()));
      socket.connect(new InetSocketAddress(host, port), Math.toIntExact(CONNECT_MAX.toMillis()));
      return new Wire(channel);
    } catch (IOException e) {
      channel.close();
      throw new IOException(
          "No connection to %s port %d: %s".formatted(host, port, e.getMessage()), e);
    }
  }

  Wire send(String text) throws IOException {
    return send(text.getBytes(ISO_8859_1));
  }

  Wire send(byte[] bytes) throws IOException {
    out.write(bytes);
    return this;
  }

  /// Bytes of a file, which do not pass through this program.
  void send(FileChannel file, long begin, long bytes) throws IOException {
    out.flush();
    long end = begin + bytes;
    for (long at = begin; at < end; ) {
      at += file.transferTo(at, end - at, channel);
    }
  }

  void flush() throws IOException {
    out.flush();
  }

  /// The next line, without its CRLF.
  String line() throws IOException {
    out.flush();
    var line = new StringBuilder(80);
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException(
            "The server closed the connection" + (line.isEmpty() ? "" : " after: " + line));
      }
      if (line.length() == LINE_MAX) {
        throw new IOException("The server sent a line without end");
      }
      line.append((char) c);
    }
    if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
      line.setLength(line.length() - 1);
    }
    return line.toString();
  }

  void skip(long bytes) throws IOException {
    in.skipNBytes(bytes);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
