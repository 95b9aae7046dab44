package org.posthorn.net;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;

/// The client's side of a [Conversation]. Used by one thread.
final class ScriptClient implements AutoCloseable {
  private Socket socket;
  private InputStream input;

  ScriptClient(int port) throws IOException {
    this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
    this.socket.setTcpNoDelay(true);
    this.input = new BufferedInputStream(socket.getInputStream());
  }

  void say(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /// A line without its CRLF, escaped; other line ends show as such. Throws `EOFException` at the
  /// end.
  String hear(int patienceMillis) throws IOException {
    socket.setSoTimeout(patienceMillis);
    var line = new ByteArrayOutputStream();
    while (true) {
      int b = input.read();
      if (b < 0 && line.size() == 0) {
        throw new EOFException();
      }
      if (b < 0) {
        return Escapes.text(line.toByteArray()) + "(no line end)";
      }
      line.write(b);
      if (b == '\n') {
        String text = Escapes.text(line.toByteArray());
        return text.endsWith("\\r\\n") ? text.substring(0, text.length() - 4) : text;
      }
    }
  }

  void startTls() throws IOException {
    socket = TestTls.client(socket);
    input = new BufferedInputStream(socket.getInputStream());
  }

  void endOutput() throws IOException {
    if (!socket.isOutputShutdown()) {
      socket.shutdownOutput();
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
