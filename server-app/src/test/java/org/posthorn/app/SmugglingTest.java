package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A second message hidden in the first: none comes in, and none goes out.
@Timeout(120)
class SmugglingTest {
  private static final List<String> ENDS =
      List.of(
          "\n.\n",
          "\n.\r\n",
          "\r\n.\n",
          "\r.\r",
          "\r.\r\n",
          "\r\n.\r",
          "\r.\n",
          "\n.\r",
          "\r\n\0.\r\n",
          "\r\n.\0\r\n",
          "\r\r\n.\r\r\n",
          "\r\n.\r\r\n",
          "\n\n.\n\n",
          "\r\n\r.\r\n",
          "\r\n.\u000b\n",
          "\n..\r\n");

  @TempDir Path data;

  @Test
  void noneComesIn() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      for (String end : ENDS) {
        for (String port : List.of("mx", "lmtp", "submission")) {
          try (WireClient client = greeted(server, port)) {
            client.smtp("MAIL FROM:<ann@example.org>");
            client.smtp("RCPT TO:<ann@example.org>");
            assertThat(client.smtp("DATA")).startsWith("354");
            String hidden = "MAIL FROM:<evil@far.example>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n";
            assertThat(
                    client.smtp("Subject: x\r\n\r\nx" + end + hidden + "Subject: y\r\n\r\ny\r\n."))
                .as(port + " " + escaped(end))
                .startsWith("550 5.6.");
            assertThat(client.smtp("NOOP")).startsWith("250 2.0.0");
          }
        }
      }
      try (WireClient ann = server.imap("ann")) {
        assertThat(ann.imap("STATUS INBOX (MESSAGES)").getFirst()).contains("MESSAGES 0");
      }
    }
  }

  /// Whatever bytes a message came with: a server that takes a lone CR or LF for the end of a line
  /// sees none.
  @Test
  void noneGoesOut() throws IOException {
    try (var remote = new RawRemote();
        TestServer server =
            TestServer.start(
                    data,
                    "outbound.routes=[{recipients: far.example, to: \"127.0.0.1:%d\"}]"
                        .formatted(remote.port()))
                .withUsers("ann");
        WireClient client = greeted(server, "submission")) {
      String binary = String.join("MAIL FROM:<evil@far.example>", ENDS);
      String message =
          "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/x\r\n"
              + "Content-Transfer-Encoding: binary\r\n\r\n"
              + binary
              + "\r\n";
      client.smtp("MAIL FROM:<ann@example.org> BODY=BINARYMIME");
      assertThat(client.smtp("RCPT TO:<x@far.example>")).startsWith("250");
      String whole = message.substring(0, message.length() - 2);
      assertThat(client.smtp("BDAT " + message.length() + " LAST\r\n" + whole)).startsWith("250");
      String sent = remote.conversation();
      assertThat(sent).doesNotContain("\0").doesNotContain("MAIL FROM:<evil");
      assertThat(sent.replace("\r\n", "")).doesNotContain("\r", "\n");
      assertThat(sent.split("\r\n\\.\r\n", -1)).hasSize(2);
      String body = sent.substring(sent.indexOf("base64\r\n\r\n") + 10, sent.indexOf("\r\n.\r\n"));
      assertThat(Base64.getMimeDecoder().decode(body))
          .isEqualTo((binary + "\r\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  private static WireClient greeted(TestServer server, String port) throws IOException {
    WireClient client = server.connect(port);
    client.reply();
    client.smtp((port.equals("lmtp") ? "LHLO" : "EHLO") + " client.example");
    if (port.equals("submission")) {
      String secret = "\0ann@example.org\0secret";
      String encoded = Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8));
      assertThat(client.smtp("AUTH PLAIN " + encoded)).startsWith("235");
    }
    return client;
  }

  private static String escaped(String text) {
    return text.replace("\r", "\\r").replace("\n", "\\n").replace("\0", "\\0");
  }

  /// A server that says yes to everything and writes down every byte.
  private static final class RawRemote implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    private final CompletableFuture<String> heard = new CompletableFuture<>();

    RawRemote() throws IOException {
      Thread.ofVirtual().start(this::serve);
    }

    int port() {
      return socket.getLocalPort();
    }

    String conversation() {
      return heard.join();
    }

    private void serve() {
      try (Socket client = socket.accept()) {
        var all = new StringBuilder();
        say(client, "220 far.example ESMTP");
        InputStream in = client.getInputStream();
        boolean text = false;
        for (int next = in.read(); next >= 0; next = in.read()) {
          all.append((char) next);
          String line = lastLine(all);
          if (text && all.toString().endsWith("\r\n.\r\n")) {
            say(client, "250 ok");
            heard.complete(all.toString());
            return;
          }
          if (!text && next == '\n') {
            text = line.startsWith("DATA");
            say(client, text ? "354 go" : "250 ok");
          }
        }
        heard.complete(all.toString());
      } catch (IOException e) {
        heard.completeExceptionally(e);
      }
    }

    private static String lastLine(StringBuilder all) {
      String text = all.toString();
      return text.substring(text.lastIndexOf("\r\n", text.length() - 3) + 1).strip();
    }

    private static void say(Socket client, String line) throws IOException {
      client.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
