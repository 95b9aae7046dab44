package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.cli.InProcess.Result;

/// `posthorn salvage`, after the rows of a server were deleted.
@Timeout(120)
class SalvageCommandTest {
  private static final String ANN = "ann@example.org";
  private static final List<String> SETTINGS = InProcess.settings();

  @TempDir Path temp;

  @Test
  void maildirsAreMadeFromTheMessagesAlone() throws IOException {
    try (PosthornServer _ = start()) {
      Path password = Files.writeString(temp.resolve("password"), "secret\n");
      run("domain", "add", "example.org");
      run("user", "add", ANN, "--password-file", password.toString());
      run("mailbox", "create", ANN, "Work");
      Path mail = Files.writeString(temp.resolve("1.eml"), "Subject: one\r\n\r\nhello\r\n");
      assertThat(run("import", "eml", mail.toString(), "--user", ANN).err()).isEmpty();
    }
    delete(temp.resolve("data/store/rows"));
    Path rescued = temp.resolve("rescued");
    assertThat(run("salvage").status()).as("where to?").isEqualTo(2);
    Result first = run("salvage", "--as-maildir", rescued.toString());
    assertThat(first.err()).isEmpty();
    assertThat(first.out()).contains("1 message of 1 account is in " + rescued, "  " + ANN);
    assertThat(first.out()).doesNotContain("log in");
    List<Path> files = messages(rescued.resolve(ANN));
    assertThat(files).hasSize(1);
    assertThat(Files.readString(files.getFirst())).endsWith("Subject: one\n\nhello\n");
    assertThat(run("salvage", "--as-maildir", rescued.toString()).status()).isZero();
    assertThat(messages(rescued.resolve(ANN))).as("again").isEqualTo(files);
  }

  /// Wherever in the Maildir.
  private static List<Path> messages(Path maildir) throws IOException {
    try (Stream<Path> files = Files.walk(maildir)) {
      return files
          .filter(file -> file.getFileName().toString().contains(".posthorn:2,"))
          .sorted()
          .toList();
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private PosthornServer start() throws IOException {
    return PosthornServer.start(temp.resolve("data"), new ConfigSource(Optional.empty(), SETTINGS));
  }

  private Result run(String... arguments) {
    return InProcess.run(temp.resolve("data"), arguments);
  }
}
