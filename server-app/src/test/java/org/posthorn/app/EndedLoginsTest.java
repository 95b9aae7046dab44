package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Whoever may be logged in no longer is sent away in order.
@Timeout(60)
class EndedLoginsTest {
  private static final String BYE = "* BYE Your login was ended here";

  @TempDir Path data;
  private TestServer server;

  @BeforeEach
  void start() throws IOException {
    server = TestServer.start(data).withUsers("ann", "bob");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void disable(String user) {
    server.admin().patch("/users/" + user + "@example.org", Map.of("enabled", false));
  }

  @Test
  void imapSaysByeToWhoWaits() throws IOException {
    try (WireClient waiting = server.imap("ann");
        WireClient idle = server.imap("ann");
        WireClient selected = server.imap("ann");
        WireClient notified = server.imap("ann");
        WireClient bob = server.imap("bob")) {
      idle.send("i IDLE");
      assertThat(idle.line()).isEqualTo("+ Idling");
      selected.imap("SELECT INBOX");
      selected.send("i IDLE");
      assertThat(selected.line()).isEqualTo("+ Idling");
      notified.imap("NOTIFY SET (PERSONAL (MailboxName))");
      disable("ann");
      for (WireClient each : List.of(waiting, idle, selected, notified)) {
        assertThat(each.rest()).containsExactly(BYE);
      }
      bob.imap("NOOP");
    }
  }

  @Test
  void imapEndsTheCommandThatHasBegun() throws IOException {
    try (WireClient ann = server.imap("ann")) {
      ann.send("a APPEND INBOX {14}");
      assertThat(ann.line()).startsWith("+ ");
      disable("ann");
      ann.sendBytes("Subject: x\r\n\r\n\r\nb NOOP\r\n");
      List<String> rest = ann.rest();
      assertThat(rest).hasSize(2).endsWith(BYE);
      assertThat(rest.getFirst()).startsWith("a OK [APPENDUID ");
    }
  }

  @Test
  void whoIsRemovedHearsSoOnce() throws IOException {
    try (WireClient waiting = server.imap("ann");
        WireClient idle = server.imap("ann")) {
      idle.imap("SELECT INBOX");
      idle.send("i IDLE");
      assertThat(idle.line()).isEqualTo("+ Idling");
      server.admin().delete("/users/ann@example.org");
      assertThat(waiting.rest()).containsExactly(BYE);
      // The account may be found gone first.
      assertThat(idle.rest()).hasSize(1).allMatch(line -> line.startsWith("* BYE "));
    }
  }

  @Test
  void submissionSays421() throws IOException {
    try (WireClient ann = server.submission("ann")) {
      assertThat(ann.smtp("MAIL FROM:<ann@example.org>")).startsWith("250");
      disable("ann");
      assertThat(ann.rest())
          .hasSize(1)
          .allMatch(line -> line.matches("421 4\\.7\\.0 .* Your login was ended here"));
    }
  }

  /// Nothing may be said there unasked; nothing is deleted without QUIT.
  @Test
  void pop3Closes() throws IOException {
    try (WireClient ann = server.connect("pop3")) {
      for (String command : List.of("", "USER ann@example.org", "PASS secret")) {
        if (!command.isEmpty()) {
          ann.send(command);
        }
        assertThat(ann.line()).startsWith("+OK");
      }
      disable("ann");
      assertThat(ann.rest()).isEmpty();
    }
  }
}
