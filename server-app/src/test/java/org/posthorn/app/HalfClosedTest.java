package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Clients that say all they have to say, end their side of the connection and only then read, as
/// `nc -N` does; or that end it amid something.
@Timeout(60)
class HalfClosedTest {
  @TempDir Path data;

  @Test
  void smtpAnswersAllThatWasSaid() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      assertThat(
              said(
                  server,
                  "mx",
                  """
                  EHLO mx.example.net
                  MAIL FROM:<a@example.net>
                  RCPT TO:<nobody@example.org>
                  RCPT TO:<ann@example.org>
                  DATA
                  Subject: with QUIT

                  text
                  .
                  QUIT
                  """))
          .filteredOn(line -> line.charAt(3) == ' ')
          .extracting(line -> line.substring(0, 3))
          .containsExactly("220", "250", "250", "550", "250", "354", "250", "221");
      assertThat(
              said(
                  server,
                  "mx",
                  """
                  HELO mx.example.net
                  MAIL FROM:<a@example.net>
                  RCPT TO:<ann@example.org>
                  DATA
                  Subject: without QUIT

                  .
                  """))
          .extracting(line -> line.substring(0, 3))
          .containsExactly("220", "250", "250", "250", "354", "250");
      JourneyTest.awaitMessages(server, "ann", "INBOX", 2);
    }
  }

  @Test
  void smtpTakesNothingThatHasNoEnd() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      String envelope =
          """
          EHLO mx.example.net
          MAIL FROM:<a@example.net>
          RCPT TO:<ann@example.org>
          """;
      for (String message :
          List.of(
              "DATA\n",
              "DATA\nSubject: half\n\ntext\n",
              "DATA\nSubject: no dot\n\ntext\n..\n",
              "BDAT 100 LAST\nSubject: too short\n\n",
              "BDAT 15\nSubject: no\n\nx\n")) {
        assertThat(said(server, "mx", envelope + message).getLast())
            .as(message)
            .doesNotContain("Accepted");
      }
      // A dot without its CRLF is no end, nor is half a command a command.
      for (String end : List.of("DATA\r\nSubject: x\r\n\r\n.", "DATA\r\nSubject: x\r\n\r\n.\r")) {
        assertThat(saidAsItIs(server, "mx", envelope.replace("\n", "\r\n") + end).getLast())
            .startsWith("354");
      }
      assertThat(saidAsItIs(server, "mx", "QUIT")).hasSize(1);
      // What came afterwards is the only one.
      assertThat(said(server, "mx", envelope + "DATA\nSubject: whole\n\n.\n").getLast())
          .contains("Accepted");
      JourneyTest.awaitMessages(server, "ann", "INBOX", 1);
      assertThat(server.admin().get("/queue").path("total").asInt()).isZero();
    }
  }

  @Test
  void imapAnswersAllThatWasSaid() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      assertThat(
              said(
                  server,
                  "imap",
                  """
                  a LOGIN ann@example.org secret
                  b APPEND INBOX {14+}
                  Subject: one

                  c SELECT INBOX
                  d FETCH 1 RFC822.SIZE
                  e LOGOUT
                  """))
          .filteredOn(line -> line.matches("[a-e] .*"))
          .extracting(line -> line.substring(0, 4))
          .containsExactly("a OK", "b OK", "c OK", "d OK", "e OK");
      // Half a message is none; and who idles and is gone is gone.
      assertThat(
              said(
                  server,
                  "imap",
                  """
                  a LOGIN ann@example.org secret
                  b APPEND INBOX {1000+}
                  Subject: half

                  """))
          .noneMatch(line -> line.startsWith("b OK"));
      assertThat(
              said(
                  server,
                  "imap",
                  """
                  a LOGIN ann@example.org secret
                  b SELECT INBOX
                  c IDLE
                  """))
          .contains("* 1 EXISTS")
          .anyMatch(line -> line.startsWith("b OK"))
          .noneMatch(line -> line.startsWith("c OK"));
    }
  }

  @Test
  void pop3AnswersAllThatWasSaidAndDeletesOnlyAfterQuit() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      try (WireClient ann = server.imap("ann")) {
        ann.send("b APPEND INBOX {14+}\r\nSubject: one\r\n");
        assertThat(ann.line()).startsWith("b OK");
      }
      String visit = "USER ann@example.org\nPASS secret\nDELE 1\nSTAT\n";
      assertThat(said(server, "pop3", visit))
          .hasSize(5)
          .allMatch(line -> line.startsWith("+OK"))
          .last()
          .isEqualTo("+OK 0 0");
      assertThat(said(server, "pop3", visit + "QUIT\n"))
          .hasSize(6)
          .allMatch(line -> line.startsWith("+OK"));
      JourneyTest.awaitMessages(server, "ann", "INBOX", 0);
    }
  }

  private static List<String> said(TestServer server, String port, String text) throws IOException {
    return saidAsItIs(server, port, text.replace("\n", "\r\n"));
  }

  /// All that the server answers until it hangs up.
  private static List<String> saidAsItIs(TestServer server, String port, String text)
      throws IOException {
    try (WireClient client = server.connect(port)) {
      client.sendBytes(text);
      client.endOutput();
      return client.rest();
    }
  }
}
