package org.posthorn.app.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Hands messages to a server by SMTP or LMTP; envelope and DATA leave together where the server
/// offers PIPELINING. Used by one thread.
final class SmtpSender implements AutoCloseable {
  private final Wire wire;
  private final boolean lmtp;
  private final boolean pipelining;

  private SmtpSender(Wire wire, boolean lmtp, boolean pipelining) {
    this.wire = wire;
    this.lmtp = lmtp;
    this.pipelining = pipelining;
  }

  static SmtpSender open(Target target) throws IOException {
    return open(target, Optional.empty());
  }

  /// Logs in with the target's password.
  static SmtpSender open(Target target, Optional<String> login) throws IOException {
    Wire wire = target.smtp();
    try {
      expect(wire, "220");
      wire.send(target.lmtp() ? "LHLO bench.example\r\n" : "EHLO bench.example\r\n");
      boolean pipelining = expect(wire, "250").contains("PIPELINING");
      if (login.isPresent()) {
        String plain = "\0" + login.get() + "\0" + target.password();
        wire.send(
            "AUTH PLAIN "
                + Base64.getEncoder().encodeToString(plain.getBytes(StandardCharsets.UTF_8))
                + "\r\n");
        expect(wire, "235");
      }
      return new SmtpSender(wire, target.lmtp(), pipelining);
    } catch (IOException e) {
      wire.close();
      throw e;
    }
  }

  /// Puts a message on the wire, dot-stuffed and with CRLF at its end.
  interface Message {
    void sendOn(Wire wire) throws IOException;
  }

  /// Returns when the server has taken the message over.
  void send(String from, List<String> to, Message message) throws IOException {
    ask("MAIL FROM:<" + from + ">\r\n");
    for (String recipient : to) {
      ask("RCPT TO:<" + recipient + ">\r\n");
    }
    wire.send("DATA\r\n");
    for (int replies = pipelining ? 1 + to.size() : 0; replies > 0; replies--) {
      expect(wire, "250");
    }
    expect(wire, "354");
    message.sendOn(wire);
    wire.send(".\r\n");
    for (int replies = lmtp ? to.size() : 1; replies > 0; replies--) {
      expect(wire, "250");
    }
  }

  private void ask(String command) throws IOException {
    wire.send(command);
    if (!pipelining) {
      expect(wire, "250");
    }
  }

  @Override
  public void close() throws IOException {
    try (wire) {
      wire.send("QUIT\r\n");
      expect(wire, "221");
    }
  }

  /// All lines of a reply, which must have this code.
  private static String expect(Wire wire, String code) throws IOException {
    var reply = new StringBuilder();
    String line;
    do {
      line = wire.line();
      reply.append(line).append('\n');
    } while (line.length() > 3 && line.charAt(3) == '-');
    if (!line.startsWith(code)) {
      throw new IOException("The server answered: " + reply.toString().strip());
    }
    return reply.toString();
  }
}
