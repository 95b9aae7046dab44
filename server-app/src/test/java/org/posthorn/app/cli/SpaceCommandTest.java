package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.cli.InProcess.Result;

/// Room on the disk, as who runs a server asks for it when there is none left.
@Timeout(120)
class SpaceCommandTest {
  private static final String ANN = "ann@example.org";
  private static final List<String> SETTINGS = InProcess.settings("storage.engine=memory");

  @TempDir Path temp;
  private PosthornServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        PosthornServer.start(temp.resolve("data"), new ConfigSource(Optional.empty(), SETTINGS));
    Path password = Files.writeString(temp.resolve("password"), "secret\n");
    run("domain", "add", "example.org");
    run("user", "add", ANN, "--password-file", password.toString());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void whatIsKeptForUndoIsForgottenAtOnceAndWhatIsNewIsTold() throws IOException {
    Path mail =
        Files.writeString(temp.resolve("1.eml"), "Subject: one\r\n\r\n" + "x".repeat(4_000));
    assertThat(run("mailbox", "create", ANN, "Work").err()).isEmpty();
    assertThat(run("import", "eml", mail.toString(), "--user", ANN, "--into", "Work").err())
        .isEmpty();
    assertThat(run("mailbox", "delete", ANN, "Work", "--yes").err()).isEmpty();

    assertThat(run("space", "forget", ANN, "--dry-run").out())
        .matches("Would forget \\d changes, and 1 message \\(3\\.9 KB\\) in no mailbox\\.\n");
    Result unasked = run("space", "forget", ANN);
    assertThat(unasked.status()).isEqualTo(2);
    assertThat(unasked.err()).contains("Nothing was forgotten", "--yes");
    assertThat(run("undelete", ANN, "--list").out()).contains("one");
    assertThat(run("space", "forget", ANN, "--yes").out())
        .contains("1 message (3.9 KB) in no mailbox", "posthorn space collect --fast");
    assertThat(run("undelete", ANN, "--list").out()).doesNotContain("one");
    assertThat(run("space", "forget", ANN, "--dry-run").out()).contains("0 messages");

    assertThat(run("space", "collect", "--fast").out())
        .contains("Freed 0 B of 0 messages")
        .containsPattern(
            "left 0 B that are needed, 3\\.9 KB that nobody has but that are new"
                + " \\(they can be freed from .* on\\), and 0 B of no use\\.");
    assertThat(run("space").out()).contains("that nobody has but that are new (they can be freed");
  }

  @Test
  void aGraceThatIsTooShortIsRefused() {
    assertThat(run("space", "collect", "--grace", "1m").err()).contains("ask for 10m or more");
    Result word = run("space", "collect", "--grace", "soon");
    assertThat(word.err()).contains("\"soon\" is not a time");
    assertThat(word.status()).isEqualTo(2);
  }

  @Test
  void historyThatIsNotKeptIsAnotherOrder() {
    for (String none : List.of("0", "0d", "none")) {
      for (String[] whose :
          List.of(new String[] {"user", ANN}, new String[] {"domain", "example.org"})) {
        Result refused = run(whose[0], "set", whose[1], "--history", none);
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err())
            .contains("History is kept for 1 to 36500 days", "posthorn space forget LOGIN");
      }
    }
  }

  private Result run(String... arguments) {
    return InProcess.run(temp.resolve("data"), arguments);
  }
}
