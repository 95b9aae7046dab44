package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.AdminFailure;

/// What limits do to mail that comes in, over real sockets.
@Timeout(120)
class QuotaTest {
  @TempDir Path data;

  @Test
  void theUserIsWarnedOnceAndThenMailIsRefusedAtTheDoor() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann", "bob")) {
      server.admin().patch("/domains/example.org", Map.of("quotaMessages", 20));
      server.admin().patch("/users/ann@example.org", Map.of("quotaMessages", 10));
      server
          .admin()
          .put("/aliases/info@example.org", Map.of("targets", List.of("ann@example.org")));
      try (WireClient ann = server.imap("ann");
          WireClient lmtp = server.connect("lmtp")) {
        lmtp.reply();
        lmtp.smtp("LHLO mx.example.net");
        fill(ann, 7);
        JourneyTest.awaitMessages(server, "ann", "INBOX", 7);
        fill(ann, 1);
        JourneyTest.awaitMessages(server, "ann", "INBOX", 9);
        ann.imap("SELECT INBOX");
        assertThat(String.join("\n", ann.imap("FETCH 9 BODY[]")))
            .contains("From: Mail server <postmaster@example.org>", "To: <ann@example.org>")
            .contains("Subject: Your mailbox is 80 % full", "Messages: 8 of 10 (80 %)");
        assertThat(ann.imap("GETQUOTAROOT INBOX").get(1))
            .isEqualTo("* QUOTA account (MESSAGE 9 10 MAILBOX 6 5000)");

        fill(ann, 1);
        JourneyTest.awaitMessages(server, "ann", "INBOX", 11);
        assertThat(ann.tryImap("APPEND INBOX {3+}\r\nHi\r").getLast()).contains("NO [OVERQUOTA]");
        assertThat(ann.tryImap("COPY 1 Trash").getLast()).contains("NO [OVERQUOTA]");
        for (String full : List.of("ann", "info")) {
          lmtp.smtp("RSET");
          assertThat(lmtp.deliver("a@example.net", full + "@example.org", ""))
              .startsWith("452 4.2.2");
        }
        lmtp.smtp("RSET");
        assertThat(lmtp.deliver("a@example.net", "bob@example.org", "Hi\r\n")).startsWith("250");
        assertThat(server.admin().get("/users/bob@example.org").path("limitMessages").asInt())
            .isEqualTo(20);
      }
    }
    try (TestServer server = TestServer.start(data);
        WireClient ann = server.imap("ann")) {
      ann.imap("SELECT INBOX");
      ann.imap("STORE 1:2 +FLAGS (\\Deleted)");
      ann.imap("EXPUNGE");
      assertThat(ann.imap("STATUS INBOX (MESSAGES)").getFirst()).contains("MESSAGES 9");
    }
  }

  @Test
  void theSizeThatIsDeclaredCounts() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann");
        WireClient smtp = server.connect("mx")) {
      server.admin().patch("/domains/example.org", Map.of("quotaBytes", 1_000));
      smtp.reply();
      smtp.smtp("EHLO mx.example.net");
      smtp.smtp("MAIL FROM:<a@example.net> SIZE=2000");
      assertThat(smtp.smtp("RCPT TO:<ann@example.org>")).startsWith("452 4.2.2");
      smtp.smtp("RSET");
      smtp.smtp("MAIL FROM:<a@example.net> SIZE=500");
      assertThat(smtp.smtp("RCPT TO:<ann@example.org>")).startsWith("250");
      smtp.smtp("RSET");
      server.admin().patch("/users/ann@example.org", Map.of("quotaBytes", 0));
      smtp.smtp("MAIL FROM:<a@example.net> SIZE=2000");
      assertThat(smtp.smtp("RCPT TO:<ann@example.org>")).startsWith("250");
    }
  }

  /// A script that counts wrong would give somebody all the room there is.
  @Test
  void aQuotaBelowNothingIsRefused() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      for (String field : List.of("quotaBytes", "quotaMessages", "historyDays")) {
        for (String path : List.of("/users/ann@example.org", "/domains/example.org")) {
          assertThatThrownBy(() -> server.admin().patch(path, Map.of(field, -7)))
              .as(path + " " + field)
              .isInstanceOf(AdminFailure.class)
              .hasMessageContaining("-7");
        }
      }
      server.admin().patch("/users/ann@example.org", Map.of("quotaBytes", -1));
    }
  }

  /// It was an error of the server, with a page of its log, or counted as 0.
  @Test
  void aBodyWithoutWhatItMustHaveIsRefused() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      AdminClient admin = server.admin();
      assertThatThrownBy(() -> admin.post("/users", Map.of("password", "x")))
          .hasMessage("The body is not what this takes: \"login\" is missing");
      assertThatThrownBy(() -> admin.put("/aliases/x@example.org", Map.of()))
          .hasMessageContaining("\"targets\" is missing");
      assertThatThrownBy(() -> admin.patch("/users/ann@example.org/mailboxes/INBOX", Map.of()))
          .hasMessageContaining("\"retentionDays\" is missing");
      assertThatThrownBy(() -> admin.patch("/users/ann@example.org/app-passwords", Map.of()))
          .hasMessageContaining("\"only\" is missing");
    }
  }

  private static void fill(WireClient client, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      client.imap("APPEND INBOX {12+}\r\nSubject: x\r\n");
    }
  }
}
