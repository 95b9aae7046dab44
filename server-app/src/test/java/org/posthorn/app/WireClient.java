package org.posthorn.app;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/// Lines over a socket, for tests that speak for themselves.
final class WireClient implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final Pattern LITERAL = Pattern.compile("\\{(\\d+)}$");

  private final Socket socket;
  private final InputStream input;
  private int tag;

  private WireClient(Socket socket) throws IOException {
    this.socket = socket;
    this.input = new BufferedInputStream(socket.getInputStream());
  }

  static WireClient connect(int port) throws IOException {
    return connect(InetAddress.getLoopbackAddress(), port);
  }

  static WireClient connect(InetAddress host, int port) throws IOException {
    var socket = new Socket(host, port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    return new WireClient(socket);
  }

  /// With TLS from the first byte, whoever shows whatever certificate.
  static WireClient connectTls(int port, SSLContext context) throws IOException {
    var socket =
        (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.startHandshake();
    return new WireClient(socket);
  }

  /// Of TLS.
  ExtendedSSLSession session() {
    return (ExtendedSSLSession) ((SSLSocket) socket).getSession();
  }

  void send(String text) throws IOException {
    socket.getOutputStream().write((text + "\r\n").getBytes(StandardCharsets.UTF_8));
  }

  /// As it is: each character is a byte, nothing is added.
  void sendBytes(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /// Says that nothing more comes, and still reads.
  void endOutput() throws IOException {
    socket.shutdownOutput();
  }

  /// All lines until the server closes the connection.
  List<String> rest() throws IOException {
    return new String(input.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
  }

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

  /// The last line of an SMTP reply.
  String smtp(String command) throws IOException {
    send(command);
    return reply();
  }

  String reply() throws IOException {
    String line = line();
    while (line.length() > 3 && line.charAt(3) == '-') {
      line = line();
    }
    return line;
  }

  /// Greeting read, and introduced.
  WireClient hello() throws IOException {
    reply();
    smtp("EHLO client.example");
    return this;
  }

  /// Greeting read, introduced and logged in by SMTP.
  WireClient login(String address) throws IOException {
    hello();
    byte[] login = ("\0" + address + "\0secret").getBytes(StandardCharsets.UTF_8);
    String answer = smtp("AUTH PLAIN " + Base64.getEncoder().encodeToString(login));
    if (!answer.startsWith("235")) {
      throw new IOException(address + ": " + answer);
    }
    return this;
  }

  String deliver(String from, String to, String message) throws IOException {
    return deliver(from, List.of(to), message);
  }

  /// Hands in a message, which ends with CRLF: the answer to its end, or the first that says no.
  String deliver(String from, List<String> to, String message) throws IOException {
    List<String> commands = new ArrayList<>();
    commands.add("MAIL FROM:<" + from + ">");
    to.forEach(one -> commands.add("RCPT TO:<" + one + ">"));
    commands.add("DATA");
    for (String command : commands) {
      String answer = smtp(command);
      if (!answer.startsWith("2") && !answer.startsWith("3")) {
        return answer;
      }
    }
    return smtp(message + ".");
  }

  /// All lines of an IMAP answer, literals as lines of their own, the tagged one last and OK.
  List<String> imap(String command) throws IOException {
    List<String> answer = tryImap(command);
    if (!answer.getLast().contains(" OK")) {
      throw new IOException(command + ": " + answer.getLast());
    }
    return answer;
  }

  List<String> tryImap(String command) throws IOException {
    String name = "t" + tag++;
    send(name + " " + command);
    return answer(name);
  }

  private List<String> answer(String name) throws IOException {
    List<String> lines = new ArrayList<>();
    while (true) {
      String line = line();
      lines.add(line);
      Matcher literal = LITERAL.matcher(line);
      if (literal.find()) {
        lines.add(
            new String(
                input.readNBytes(Integer.parseInt(literal.group(1))), StandardCharsets.UTF_8));
      }
      if (line.startsWith(name + " ")) {
        return lines;
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
