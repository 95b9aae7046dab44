package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A message with a binary part (RFC 3030 §3) in by SMTP, and out again by all doors.
@Timeout(60)
class BinaryJourneyTest {
  private static final String BYTES = "\0\1\r\n.\r\n\n\r\0";
  private static final String MESSAGE =
      "Subject: binary\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
          + "--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/x\r\n"
          + "Content-Transfer-Encoding: binary\r\n\r\n"
          + BYTES
          + "\r\n--b--\r\n";

  @TempDir Path data;

  @Test
  void isReadWithAndWithoutNul() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      for (String port : List.of("mx", "lmtp")) {
        send(server, port);
      }
      JourneyTest.awaitMessages(server, "ann", "INBOX", 2);
      try (WireClient ann = server.imap("ann")) {
        ann.imap("SELECT INBOX");
        assertThat(ann.imap("FETCH 2 BINARY.SIZE[2]").getFirst()).contains(" " + BYTES.length());
        List<String> binary = ann.imap("FETCH 2 BINARY.PEEK[2]");
        assertThat(binary.getFirst()).endsWith("~{" + BYTES.length() + "}");
        assertThat(binary.get(1)).isEqualTo(BYTES);
        assertThat(ann.imap("FETCH 2 BODY.PEEK[2]").get(1)).isEqualTo(encoded());
        assertThat(ann.imap("FETCH 2 BODY.PEEK[]").get(1)).doesNotContain("\0").contains(encoded());
        assertThat(ann.imap("FETCH 2 BODYSTRUCTURE").getFirst())
            .contains("\"application\" \"x\" NIL NIL NIL \"base64\"");
      }
      try (WireClient pop3 = server.connect("pop3")) {
        pop3.line();
        for (String command : List.of("USER ann@example.org", "PASS secret", "RETR 1")) {
          pop3.send(command);
          assertThat(pop3.line()).startsWith("+OK");
        }
        var text = new StringBuilder();
        for (String line = pop3.line(); !line.equals("."); line = pop3.line()) {
          text.append(line).append("\r\n");
        }
        assertThat(text.toString()).doesNotContain("\0").contains(encoded());
      }
    }
    StoppedServer.verify(
        data,
        new ConfigSource(Optional.empty(), TestServer.SETTINGS),
        Optional.empty(),
        true,
        line -> assertThat(line).doesNotContainKey("problem"));
  }

  private static String encoded() {
    return Base64.getEncoder().encodeToString(BYTES.getBytes(StandardCharsets.US_ASCII)) + "\r\n";
  }

  private static void send(TestServer server, String port) throws IOException {
    try (WireClient smtp = server.connect(port)) {
      smtp.reply();
      smtp.smtp((port.equals("lmtp") ? "LHLO" : "EHLO") + " client.example");
      assertThat(smtp.smtp("MAIL FROM:<a@example.net> BODY=BINARYMIME")).startsWith("250");
      assertThat(smtp.smtp("RCPT TO:<ann@example.org>")).startsWith("250");
      String text = MESSAGE.substring(0, MESSAGE.length() - 2);
      assertThat(smtp.smtp("BDAT " + MESSAGE.length() + " LAST\r\n" + text))
          .startsWith("250 2.0.0");
    }
  }
}
