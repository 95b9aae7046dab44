package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.app.cli.InProcess;

/// Somebody has a user's password and sends as much as they can.
@Timeout(120)
class StolenPasswordTest {
  private static final String[] SETTINGS = {
    "smtp.sending.recipients-per-hour=3", "smtp.sending.failures-per-hour=5", TestServer.WITHOUT_DNS
  };

  @TempDir Path data;

  @Test
  void isStoppedAndTheAdministratorHearsOfItOnce() throws IOException {
    try (TestServer server = TestServer.start(data, SETTINGS).withUsers("boss", "ann");
        WireClient ann = server.submission("ann")) {
      assertThat(ann.smtp("MAIL FROM:<ann@example.org>")).startsWith("250");
      for (int i = 0; i < 3; i++) {
        assertThat(ann.smtp("RCPT TO:<x%d@far.example>".formatted(i))).startsWith("250");
      }
      assertThat(ann.smtp("RCPT TO:<x@far.example>"))
          .isEqualTo(
              "450 4.7.1 You have written to 3 recipients in an hour, try again later or ask your"
                  + " administrator");
      assertThat(ann.smtp("RCPT TO:<y@far.example>")).startsWith("450 4.7.1");
      // Neighbours are no way out.
      assertThat(ann.smtp("RCPT TO:<boss@example.org>")).startsWith("250");
      JourneyTest.awaitMessages(server, "boss", "INBOX", 1);
      try (WireClient boss = server.imap("boss")) {
        boss.imap("SELECT INBOX");
        assertThat(boss.imap("FETCH 1 BODY.PEEK[]").get(1))
            .contains("Subject: ann@example.org sends too much")
            .contains("posthorn user sending release ann@example.org");
      }
      assertThat(InProcess.run(data, "user", "sending", "list").out())
          .containsPattern("ann@example.org +3 +3 +0 +\\S+");
      memoryIsWritten(server);
    }
    try (TestServer server = TestServer.start(data, SETTINGS);
        WireClient ann = server.submission("ann")) {
      ann.smtp("MAIL FROM:<ann@example.org>");
      assertThat(ann.smtp("RCPT TO:<x@far.example>")).startsWith("450 4.7.1");
      assertThat(InProcess.run(data, "user", "sending", "release", "ann@example.org").out())
          .isEqualTo("ann@example.org may send again.\n");
      assertThat(ann.smtp("RCPT TO:<x@far.example>")).startsWith("250");
      assertThat(InProcess.run(data, "user", "sending", "release", "eve@example.org").status())
          .isEqualTo(3);
    }
  }

  @Test
  void aNewNameLetsNobodyGoOn() throws IOException {
    try (TestServer server = TestServer.start(data, SETTINGS).withUsers("ann", "bob")) {
      try (WireClient ann = server.submission("ann")) {
        ann.smtp("MAIL FROM:<ann@example.org>");
        for (int i = 0; i < 4; i++) {
          ann.smtp("RCPT TO:<x%d@far.example>".formatted(i));
        }
      }
      assertThat(InProcess.run(data, "user", "rename", "ann@example.org", "bob@example.org").err())
          .contains("bob@example.org");
      assertThat(server.admin().get("/sending").toString()).contains("\"ann@example.org\"");
      InProcess.run(data, "user", "rename", "ann@example.org", "anna@example.org");
      try (WireClient anna = server.submission("anna")) {
        anna.smtp("MAIL FROM:<anna@example.org>");
        assertThat(anna.smtp("RCPT TO:<x@far.example>")).startsWith("450 4.7.1");
      }
      assertThat(server.admin().get("/sending").toString())
          .contains("\"anna@example.org\"", "heldUntil")
          .doesNotContain("\"ann@example.org\"");
    }
  }

  /// Also where the one before went with the domain.
  @ParameterizedTest
  @ValueSource(
      strings = {"user remove ann@example.org --yes", "domain remove example.org --force --yes"})
  void whoIsNewUnderAnOldNameBeginsWithNothing(String remove) throws IOException {
    try (TestServer server = TestServer.start(data, SETTINGS).withUsers("boss", "ann")) {
      for (boolean isNew : new boolean[] {false, true}) {
        if (isNew) {
          assertThat(InProcess.run(data, remove.split(" ", -1)).status()).isZero();
          server
              .admin()
              .post(
                  "/users",
                  Map.of("login", "ann@example.org", "password", "secret", "createDomain", true));
        }
        try (WireClient ann = server.submission("ann")) {
          ann.smtp("MAIL FROM:<ann@example.org>");
          for (int i = 0; i < 3; i++) {
            assertThat(ann.smtp("RCPT TO:<x%d@far.example>".formatted(i))).startsWith("250");
          }
          assertThat(ann.smtp("RCPT TO:<x@far.example>")).startsWith("450 4.7.1");
        }
      }
      assertThat(InProcess.run(data, "user", "add", "ann@example.org", "--shared").status())
          .as("there already")
          .isEqualTo(3);
      assertThat(server.admin().get("/sending").toString()).contains("heldUntil");
    }
  }

  /// A newsletter that a gate holds to its pace is no stolen password.
  @Test
  void countsNobodyWhomAGateDefers() throws IOException {
    Path gates =
        Files.writeString(
            data.resolve("gates.yaml"),
            """
            submission:
              - gate: RateLimit
                what: recipients
                per: login
                count: 2
                every: 1h
            """);
    String[] settings = Arrays.copyOf(SETTINGS, SETTINGS.length + 1);
    settings[SETTINGS.length] = "gates-file=" + gates;
    try (TestServer server = TestServer.start(data, settings).withUsers("ann");
        WireClient ann = server.submission("ann")) {
      ann.smtp("MAIL FROM:<ann@example.org>");
      for (int i = 0; i < 2; i++) {
        assertThat(ann.smtp("RCPT TO:<x%d@far.example>".formatted(i))).startsWith("250");
      }
      for (int i = 0; i < 5; i++) {
        assertThat(ann.smtp("RCPT TO:<y%d@far.example>".formatted(i))).startsWith("451");
      }
      assertThat(InProcess.run(data, "user", "sending", "list").out())
          .containsPattern("ann@example.org +2 +2 +0\\b");
    }
  }

  /// Lists that are bought have many addresses that there are no more.
  @Test
  void isStoppedByRecipientsThatDoNotExist() throws IOException {
    try (TestServer server = TestServer.start(data, SETTINGS).withUsers("boss", "ann");
        WireClient ann = server.submission("ann")) {
      ann.smtp("MAIL FROM:<ann@example.org>");
      for (int i = 0; i < 5; i++) {
        assertThat(ann.smtp("RCPT TO:<x%d@example.org>".formatted(i))).startsWith("550 5.1.1");
      }
      assertThat(ann.smtp("RCPT TO:<x@far.example>"))
          .startsWith("450 4.7.1 Too many of your recipients do not exist");
      JourneyTest.awaitMessages(server, "boss", "INBOX", 1);
      assertThat(server.admin().get("/sending").toString()).contains("\"failed\":5", "heldUntil");
    }
  }

  @Test
  void isStoppedByRecipientsThatOtherServersRefuse() throws IOException {
    try (TestServer other =
            TestServer.start(data.resolve("other")).withAccounts("bob@far.example");
        TestServer server =
            TestServer.start(
                    data.resolve("ours"),
                    other.route("far.example"),
                    "smtp.sending.failures-per-hour=2")
                .withUsers("ann");
        WireClient ann = server.submission("ann")) {
      ann.smtp("MAIL FROM:<ann@example.org>");
      for (String name : List.of("bob", "no", "nobody", "none")) {
        assertThat(ann.smtp("RCPT TO:<" + name + "@far.example>")).startsWith("250");
      }
      assertThat(ann.smtp("DATA")).startsWith("354");
      assertThat(ann.smtp("Subject: x\r\n\r\n.")).startsWith("250");
      // The report, which is sent when the answers are written down.
      JourneyTest.awaitMessages(server, "ann", "INBOX", 1);
      while (!server.admin().get("/sending").toString().contains("\"failed\":3")) {
        LockSupport.parkNanos(20_000_000);
      }
      ann.smtp("MAIL FROM:<ann@example.org>");
      assertThat(ann.smtp("RCPT TO:<bob@far.example>"))
          .startsWith("450 4.7.1 Too many of your recipients do not exist");
    }
  }

  private static void memoryIsWritten(TestServer server) {
    // Whoever asks for the list has what was noted written first.
    server.admin().get("/sending");
  }
}
