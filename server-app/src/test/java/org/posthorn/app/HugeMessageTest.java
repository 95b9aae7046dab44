package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminClient;
import tools.jackson.databind.json.JsonMapper;

/// A message that is larger than the server's memory goes in and out in a stream.
@Timeout(180)
class HugeMessageTest {
  private static final int HEAP_MEGABYTES = 128;
  private static final int LINES = 4_000_000;
  private static final byte[] HEADER = "Subject: huge\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /// One in ten begins with a dot.
  private static final int LINE_BYTES = 80;

  private static final long SIZE_BYTES = HEADER.length + (long) LINES * LINE_BYTES;

  @TempDir Path data;

  @Test
  void pop3AndImapStreamWhatDoesNotFitIntoMemory() throws IOException {
    try (ServerProcess server =
        ServerProcess.startSmall(data, HEAP_MEGABYTES, "imap.message-max-bytes=1GB")) {
      var admin = new AdminClient(data, JsonMapper.builder().build());
      admin.post("/domains", Map.of("domain", "example.org"));
      admin.post("/users", Map.of("login", "ann@example.org", "password", "secret"));
      append(server.port("imap"));
      try (var deaf = new Talk(server.port("pop3"))) {
        deaf.say("USER ann@example.org", "PASS secret");
        deaf.send("RETR 1"); // And reads no further.
        fetch(server.port("imap"));
      }
      retrieve(server.port("pop3"));
    }
  }

  private static void append(int port) throws IOException {
    try (var imap = new Talk(port)) {
      imap.say("a LOGIN ann@example.org secret");
      imap.send("b APPEND INBOX {" + SIZE_BYTES + "+}");
      imap.output.write(HEADER);
      for (int i = 0; i < LINES; i++) {
        imap.output.write(line(i));
      }
      imap.send("");
      assertThat(imap.line()).startsWith("b OK");
    }
  }

  private static void fetch(int port) throws IOException {
    try (var imap = new Talk(port)) {
      imap.say("a LOGIN ann@example.org secret");
      imap.send("b EXAMINE INBOX");
      while (!imap.line().startsWith("b OK")) {}
      imap.send("c FETCH 1 BODY[]");
      assertThat(imap.line()).endsWith("{" + SIZE_BYTES + "}");
      assertThat(imap.input.readNBytes(HEADER.length)).isEqualTo(HEADER);
      for (int i = 0; i < LINES; i++) {
        check(i, line(i), imap.input.readNBytes(LINE_BYTES));
      }
    }
  }

  private static void retrieve(int port) throws IOException {
    try (var pop3 = new Talk(port)) {
      pop3.awaitMaildrop();
      pop3.say("RETR 1");
      assertThat(pop3.input.readNBytes(HEADER.length)).isEqualTo(HEADER);
      for (int i = 0; i < LINES; i++) {
        byte[] line = line(i);
        if (line[0] == '.') {
          assertThat(pop3.input.read()).isEqualTo('.');
        }
        check(i, line, pop3.input.readNBytes(LINE_BYTES));
      }
      assertThat(pop3.line()).isEqualTo(".");
    }
  }

  private static void check(int number, byte[] line, byte[] read) {
    if (!Arrays.equals(line, read)) {
      assertThat(read).as("line " + number).isEqualTo(line);
    }
  }

  private static byte[] line(int number) {
    byte[] line = new byte[LINE_BYTES];
    Arrays.fill(line, (byte) (number % 10 == 0 ? '.' : 'a' + number % 26));
    for (int i = 20, left = number; left > 0; i--, left /= 10) {
      line[i] = (byte) ('0' + left % 10);
    }
    line[LINE_BYTES - 2] = '\r';
    line[LINE_BYTES - 1] = '\n';
    return line;
  }

  private static final class Talk implements AutoCloseable {
    final Socket socket;
    final InputStream input;
    final OutputStream output;

    Talk(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(60_000);
      input = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
      output = new BufferedOutputStream(socket.getOutputStream(), 64 * 1024);
      line();
    }

    void send(String line) throws IOException {
      output.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
      output.flush();
    }

    /// Commands that are granted.
    void say(String... commands) throws IOException {
      for (String command : List.of(commands)) {
        send(command);
        assertThat(line()).contains("OK");
      }
    }

    /// Whoever was there before leaves when the server has seen that it is gone.
    void awaitMaildrop() throws IOException {
      String answer;
      do {
        say("USER ann@example.org");
        send("PASS secret");
        answer = line();
      } while (answer.startsWith("-ERR [IN-USE]"));
      assertThat(answer).startsWith("+OK");
    }

    String line() throws IOException {
      var line = new StringBuilder();
      for (int next = input.read(); next != '\n'; next = input.read()) {
        if (next < 0) {
          throw new EOFException("The server closed the connection");
        }
        line.append((char) next);
      }
      return line.toString().stripTrailing();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
