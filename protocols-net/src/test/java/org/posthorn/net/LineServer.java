package org.posthorn.net;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// A small protocol for tests: greets, repeats each line (of at most 100 bytes), knows STARTTLS,
/// `BIG n` (n bytes in lines), `TAKE n` (counts a literal) and QUIT.
final class LineServer implements ConnectionHandler {
  private static final int LINE_MAX = 100;

  @Override
  public void serve(Connection connection) throws IOException {
    connection.output().write("hello\r\n");
    byte[] line = new byte[LINE_MAX];
    while (true) {
      try {
        connection.awaitCommand();
        int length = connection.input().readLine(line, LineEnd.LF_TOO);
        if (!answer(connection, new String(line, 0, length, StandardCharsets.UTF_8))) {
          return;
        }
      } catch (LineTooLong _) {
        connection.output().write("too long\r\n");
      } catch (EOFException _) {
        return;
      }
    }
  }

  @Override
  public String busy() {
    return "busy\r\n";
  }

  @Override
  public String farewell(Dismissal why) {
    return why == Dismissal.SERVER_STOPS ? "farewell\r\n" : "logged out\r\n";
  }

  private static boolean answer(Connection connection, String line) throws IOException {
    String[] words = line.split(" ", 2);
    WireOutput output = connection.output();
    switch (words[0]) {
      case "STARTTLS" -> {
        output.write("go ahead\r\n");
        output.flush();
        connection.startTls();
      }
      case "TLS" -> output.write(connection.tls().orElse("plain") + "\r\n");
      case "BIG" -> big(output, Long.parseLong(words[1]));
      case "TAKE" -> {
        try (var literal = connection.input().asStream(Long.parseLong(words[1]))) {
          output.write("took " + literal.readAllBytes().length + "\r\n");
        }
      }
      case "FAIL" -> throw new IllegalStateException("As it was asked to");
      case "QUIT" -> {
        output.write("bye\r\n");
        return false;
      }
      default -> output.write("echo " + line + "\r\n");
    }
    return true;
  }

  private static void big(WireOutput output, long bytes) throws IOException {
    byte[] part = "0123456789abcd\r\n".repeat(4096).getBytes(StandardCharsets.US_ASCII);
    for (long left = bytes; left > 0; left -= part.length) {
      output.write(part, 0, (int) Math.min(left, part.length));
    }
  }
}
