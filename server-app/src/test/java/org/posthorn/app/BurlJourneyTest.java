package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A message that is in a mailbox is submitted without being sent again: GENURLAUTH (RFC 4467) at
/// one port, BURL (RFC 4468) at another.
@Timeout(60)
class BurlJourneyTest {
  private static final String MESSAGE =
      """
      From: ann@example.org\r
      To: bob@example.org\r
      Subject: a draft\r
      Date: Mon, 2 Nov 2026 04:05:06 +0000\r
      Message-ID: <draft@example.org>\r
      \r
      .starts with a dot\r
      %s\r
      ends\r
      """
          .formatted("x".repeat(70).concat("\r\n").repeat(3_000));

  private static final String TO_BOB = "imap://ann@example.org/Drafts/;UID=1";

  @TempDir Path data;

  @Test
  void aDraftIsSentFromItsMailbox() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann", "bob")) {
      String url = vouched(server, "ann", TO_BOB + ";urlauth=submit+ann");
      try (WireClient ann = submission(server, "ann")) {
        envelope(ann, "ann");
        assertThat(ann.smtp("BURL " + url + " LAST")).startsWith("250 2.0.0 Accepted");
      }
      JourneyTest.awaitMessages(server, "bob", "INBOX", 1);
      try (WireClient bob = server.imap("bob")) {
        bob.imap("SELECT INBOX");
        String arrived = bob.imap("FETCH 1 BODY.PEEK[]").get(1);
        assertThat(arrived).endsWith(MESSAGE);
      }
    }
  }

  @Test
  void nothingIsTakenByAUrlThatProvesNothing() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann", "bob", "eve")) {
      String good = vouched(server, "ann", TO_BOB + ";urlauth=submit+ann");
      String over =
          vouched(server, "ann", TO_BOB + ";EXPIRE=2999-01-01T00:00:00Z;urlauth=submit+ann");
      char last = good.charAt(good.length() - 1);
      String forged = good.substring(0, good.length() - 1) + (last == '0' ? '1' : '0');
      try (WireClient ann = submission(server, "ann")) {
        for (String wrong :
            new String[] {
              forged,
              good.replace("UID=1", "UID=2"),
              good.replaceFirst(":internal:.*", ""),
              over.replace("2999", "2001"),
              good.replace("ann@example.org", "bob@example.org"),
              vouched(server, "ann", TO_BOB + ";urlauth=submit+bob"),
              vouched(server, "ann", TO_BOB + ";urlauth=user+ann"),
            }) {
          envelope(ann, "ann");
          assertThat(ann.smtp("BURL " + wrong + " LAST")).as(wrong).startsWith("554 5.7.0");
          ann.smtp("RSET");
        }
        envelope(ann, "ann");
        String gone = vouched(server, "ann", TO_BOB.replace("=1", "=7") + ";urlauth=submit+ann");
        assertThat(ann.smtp("BURL " + gone + " LAST")).startsWith("554 5.6.6");
      }
      try (WireClient eve = submission(server, "eve")) {
        envelope(eve, "eve");
        assertThat(eve.smtp("BURL " + good + " LAST")).startsWith("554 5.7.0");
      }
      // A new key, and the old URL is worth nothing.
      try (WireClient ann = server.imap("ann")) {
        ann.imap("RESETKEY Drafts INTERNAL");
      }
      try (WireClient ann = submission(server, "ann")) {
        envelope(ann, "ann");
        assertThat(ann.smtp("BURL " + good + " LAST")).startsWith("554 5.7.0");
      }
      try (WireClient stranger = server.connect("submission")) {
        stranger.reply();
        stranger.smtp("EHLO client.example");
        assertThat(stranger.smtp("BURL " + good + " LAST")).startsWith("5");
      }
      assertThat(server.admin().get("/queue").path("total").asInt()).isZero();
      JourneyTest.awaitMessages(server, "bob", "INBOX", 0);
    }
  }

  /// The URL with its token; the draft is put there first.
  private static String vouched(TestServer server, String user, String url) throws IOException {
    try (WireClient client = server.imap(user)) {
      if (client.imap("STATUS Drafts (MESSAGES)").getFirst().contains("MESSAGES 0")) {
        client.send("b APPEND Drafts {%d+}\r\n%s".formatted(MESSAGE.length(), MESSAGE));
        assertThat(client.line()).startsWith("b OK");
      }
      String answer = client.imap("GENURLAUTH \"" + url + "\" INTERNAL").getFirst();
      return answer.replaceFirst("^\\* GENURLAUTH \"?([^\" ]+)\"?$", "$1");
    }
  }

  private static void envelope(WireClient client, String user) throws IOException {
    assertThat(client.smtp("MAIL FROM:<" + user + "@example.org>")).startsWith("250");
    assertThat(client.smtp("RCPT TO:<bob@example.org>")).startsWith("250");
  }

  private static WireClient submission(TestServer server, String user) throws IOException {
    WireClient client = server.connect("submission");
    client.reply();
    client.smtp("EHLO client.example");
    String secret = "\0" + user + "@example.org\0secret";
    String encoded = Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8));
    assertThat(client.smtp("AUTH PLAIN " + encoded)).startsWith("235");
    return client;
  }
}
