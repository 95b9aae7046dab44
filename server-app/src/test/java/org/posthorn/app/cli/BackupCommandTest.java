package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.cli.InProcess.Result;

/// `posthorn backup` beside a running server and without one.
@Timeout(120)
class BackupCommandTest {
  private static final List<String> SETTINGS = InProcess.settings();

  @TempDir Path temp;
  private Path data;
  private String folder;

  @BeforeEach
  void names() throws IOException {
    data = temp.resolve("data");
    folder = temp.resolve("backup").toString();
    Files.writeString(temp.resolve("password"), "secret\n");
  }

  @Test
  void aServerIsSavedProvedListedAndBroughtBack() throws IOException {
    try (PosthornServer _ = start(data)) {
      fill();
      Result created = run(data, "backup", "create", folder);
      assertThat(created.err()).isEmpty();
      assertThat(created.out()).contains("2 accounts with 0 messages, 3 of them");
      assertThat(run(data, "backup", "verify", folder).out()).contains("all is well");
      assertThat(run(data, "mailbox", "create", "ann@example.org", "Late").status()).isZero();
      assertThat(run(data, "backup", "create", folder, "--keep", "5").out()).contains("1 of them");
      assertThat(run(data, "backup", "list", folder).out()).contains("RUN", "whole", "increment");
      assertThat(run(data, "backup", "list", folder, "--accounts").out())
          .contains("ann@example.org", "whole + 1");

      Result inTheWay = run(data, "backup", "restore", folder, "ann@example.org");
      assertThat(inTheWay.status()).isEqualTo(3);
      assertThat(inTheWay.err()).contains("--as", "--replace");
      assertThat(
              run(data, "backup", "restore", folder, "ann@example.org", "--as", "a@example.org")
                  .out())
          .contains("Restored 1 account with 0 messages.");
      assertThat(run(data, "mailbox", "list", "a@example.org").out()).contains("Late", "Work");
      assertThat(run(data, "backup", "prune", folder, "--keep", "1").out()).contains("1 run left");
    }
    // No server runs now.
    assertThat(run(data, "backup", "list", folder).out()).contains("increment");
    Result verified = run(data, "backup", "verify", folder);
    assertThat(verified.err()).isEmpty();
    assertThat(verified.out()).contains("2 accounts", "all is well");
    assertThat(run(data, "backup", "create", folder).out()).contains("3 accounts");
    Path other = temp.resolve("other");
    Result restored = run(other, "backup", "restore", folder, "--all");
    assertThat(restored.err()).isEmpty();
    assertThat(restored.out()).contains("Restored 3 accounts");
    try (PosthornServer _ = start(other)) {
      assertThat(run(other, "mailbox", "list", "ann@example.org").out()).contains("Late", "Work");
      assertThat(run(other, "verify", "--deep").out()).contains("all is well");
    }
  }

  @Test
  void refusalsSayWhatToDo() throws IOException {
    try (PosthornServer _ = start(data)) {
      assertThat(run(data, "backup", "list", folder).status()).isEqualTo(3);
      assertThat(run(data, "backup", "list", folder).err()).contains("posthorn backup create");
      fill();
      assertThat(run(data, "backup", "create", folder).status()).isZero();
      Result nobody = run(data, "backup", "restore", folder, "nobody@example.org");
      assertThat(nobody.status()).isEqualTo(3);
      assertThat(nobody.err()).contains("posthorn backup list");
      assertThat(run(data, "backup", "restore", folder).status()).isEqualTo(2);
      assertThat(run(data, "backup", "prune", folder, "--keep", "0").status()).isEqualTo(2);
      assertThat(run(data, "backup", "create", data.toString()).err()).contains("is no backup");
      assertThat(run(data, "backup", "verify", folder, "--json").out())
          .contains("\"done\":true", "\"problems\":0");
    }
    assertThat(run(temp.resolve("nowhere"), "backup", "create", folder).err())
        .contains("There is no server's data");
  }

  @Test
  void aDamagedBackupIsNamed() throws IOException {
    try (PosthornServer _ = start(data)) {
      fill();
      assertThat(run(data, "backup", "create", folder).status()).isZero();
      flip();
      Result verified = run(data, "backup", "verify", folder);
      assertThat(verified.status()).isEqualTo(1);
      assertThat(verified.out()).contains("problem", ".rows");
    }
  }

  private void flip() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(folder, "rows"))) {
      Path rows = files.findFirst().orElseThrow();
      byte[] bytes = Files.readAllBytes(rows);
      bytes[bytes.length / 2] ^= 1;
      Files.write(rows, bytes);
    }
  }

  private void fill() {
    assertThat(run(data, "domain", "add", "example.org").status()).isZero();
    for (String user : List.of("ann@example.org", "bob@example.org")) {
      String password = temp.resolve("password").toString();
      assertThat(run(data, "user", "add", user, "--password-file", password).status()).isZero();
    }
    assertThat(run(data, "mailbox", "create", "ann@example.org", "Work").status()).isZero();
  }

  private static PosthornServer start(Path data) throws IOException {
    return PosthornServer.start(data, new ConfigSource(Optional.empty(), SETTINGS));
  }

  private static Result run(Path data, String... arguments) {
    return InProcess.run(data, arguments);
  }
}
