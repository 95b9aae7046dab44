package org.posthorn.net;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/// The client's side of a [Conversation]. Used by one thread.
final class ScriptClient implements AutoCloseable {
  private Socket socket;
  private InputStream input;
  private OutputStream output;

  ScriptClient(int port) throws IOException {
    this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
    this.socket.setTcpNoDelay(true);
    this.input = new BufferedInputStream(socket.getInputStream());
    this.output = socket.getOutputStream();
  }

  void say(byte[] bytes) throws IOException {
    output.write(bytes);
    output.flush();
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
    output = socket.getOutputStream();
  }

  /// Compresses from here on (RFC 4978).
  void startDeflate() throws IOException {
    input = new InflaterInputStream(socket.getInputStream(), new Inflater(true));
    output =
        new DeflaterOutputStream(
            socket.getOutputStream(), new Deflater(Deflater.BEST_COMPRESSION, true), true);
  }

  /// Compresses no more, nor expects it.
  void endDeflate() throws IOException {
    if (input instanceof InflaterInputStream deflated && deflated.read() >= 0) {
      throw new IOException("There is more that is compressed");
    }
    input = new BufferedInputStream(socket.getInputStream());
    output = socket.getOutputStream();
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
