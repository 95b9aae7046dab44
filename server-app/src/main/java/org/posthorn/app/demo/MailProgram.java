package org.posthorn.app.demo;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/// What a mail program does on the wire: sends lines, reads lines, becomes TLS. Trusts the demo's
/// own certificate and no other. Confined to one thread.
final class MailProgram implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Pattern LITERAL = Pattern.compile("\\{(\\d+)}$");

  private Socket socket;
  private InputStream input;
  private OutputStream output;

  private MailProgram(Socket socket) throws IOException {
    this.socket = socket;
    this.input = new BufferedInputStream(socket.getInputStream());
    this.output = socket.getOutputStream();
  }

  static MailProgram connect(int port) throws IOException {
    var socket = new Socket();
    socket.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
        Math.toIntExact(PATIENCE.toMillis()));
    socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
    socket.setTcpNoDelay(true);
    return new MailProgram(socket);
  }

  void send(String line) throws IOException {
    send((line + "\r\n").getBytes(StandardCharsets.UTF_8));
  }

  void send(byte[] bytes) throws IOException {
    output.write(bytes);
    output.flush();
  }

  /// The next line without its CRLF.
  String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int next = input.read(); next != '\n'; next = input.read()) {
      if (next < 0) {
        throw new EOFException("The server closed the connection");
      }
      line.write(next);
    }
    return line.toString(StandardCharsets.UTF_8).stripTrailing();
  }

  byte[] bytes(int count) throws IOException {
    byte[] bytes = input.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("The server closed the connection");
    }
    return bytes;
  }

  /// An SMTP reply of one or more lines, which must begin with `code`; the last line.
  String smtp(String command, int code) throws IOException {
    if (!command.isEmpty()) {
      send(command);
    }
    String line = line();
    while (line.length() > 3 && line.charAt(3) == '-') {
      line = line();
    }
    return expect(line, Integer.toString(code));
  }

  /// Sends an IMAP command and returns the bytes of the last literal of its answer, which must be
  /// OK.
  byte[] imap(String tag, String command) throws IOException {
    send(tag + " " + command);
    byte[] literal = {};
    String line = line();
    while (!line.startsWith(tag + " ")) {
      Matcher size = LITERAL.matcher(line);
      if (size.find()) {
        literal = bytes(Integer.parseInt(size.group(1)));
      }
      line = line();
    }
    expect(line, tag + " OK");
    return literal;
  }

  String pop3(String command) throws IOException {
    if (!command.isEmpty()) {
      send(command);
    }
    return expect(line(), "+OK");
  }

  /// The lines up to the one with a single dot, dots unstuffed.
  byte[] dotted() throws IOException {
    var text = new ByteArrayOutputStream();
    for (String line = line(); !line.equals("."); line = line()) {
      String bare = line.startsWith(".") ? line.substring(1) : line;
      text.writeBytes((bare + "\r\n").getBytes(StandardCharsets.UTF_8));
    }
    return text.toByteArray();
  }

  static String expect(String line, String start) throws IOException {
    if (!line.startsWith(start)) {
      throw new IOException("Expected " + start + ", but the server said: " + line);
    }
    return line;
  }

  /// Becomes TLS; `certificate` is the PEM file of the one certificate that is right.
  String startTls(Path certificate) throws IOException {
    try {
      SSLSocket secure =
          (SSLSocket)
              trusting(certificate)
                  .getSocketFactory()
                  .createSocket(socket, "localhost", socket.getPort(), true);
      secure.startHandshake();
      socket = secure;
      input = new BufferedInputStream(secure.getInputStream());
      output = secure.getOutputStream();
      return secure.getSession().getProtocol() + ", " + secure.getSession().getCipherSuite();
    } catch (GeneralSecurityException e) {
      throw new IOException("No TLS: " + e.getMessage(), e);
    }
  }

  private static SSLContext trusting(Path certificate)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream stream = Files.newInputStream(certificate)) {
      store.setCertificateEntry(
          "posthorn", CertificateFactory.getInstance("X.509").generateCertificate(stream));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
