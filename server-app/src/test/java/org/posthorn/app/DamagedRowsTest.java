package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.app.cli.InProcess;
import org.posthorn.storage.Written;

/// A file of the rows is damaged where no crash can have done it: the server says which and what to
/// type, and what it says works.
class DamagedRowsTest {
  private static final int MESSAGES = 30;
  private static final Pattern SALVAGE =
      Pattern.compile("posthorn (salvage --data \\S+ --into \\S+)");
  private static final Pattern RESTORE =
      Pattern.compile("posthorn (backup restore FOLDER --all --data \\S+)");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {".*\\.log", "MANIFEST-.*"})
  void whatToTypeIsSaidAndWorks(String name) throws IOException, InterruptedException {
    Path data = folder.resolve("data");
    Path backup = folder.resolve("backup");
    serveOnce(data, backup);
    Path file = damage(data, name);

    String[] said = new String[1];
    assertThatThrownBy(() -> TestServer.start(data).close())
        .satisfies(refused -> said[0] = String.valueOf(refused.getMessage()));

    assertThat(said[0]).contains(file.toString());
    run(command(SALVAGE, said[0]));
    assertThat(messages(Path.of(data + "-salvaged"))).isEqualTo(MESSAGES);
    run(command(RESTORE, said[0]).replace("FOLDER", backup.toString()));
    assertThat(messages(Path.of(data + "-restored"))).isEqualTo(MESSAGES);
  }

  /// Killed, so that the log has what was written last.
  private static void serveOnce(Path data, Path backup) throws IOException, InterruptedException {
    TestServer.start(data).withUsers("ann").close();
    try (ServerProcess server = ServerProcess.start(data);
        WireClient imap = server.imap("ann")) {
      for (int i = 1; i <= MESSAGES; i++) {
        String message = ImapLoad.message(i * 1_000L);
        imap.send("a APPEND INBOX {%d+}\r\n%s".formatted(message.length(), message));
        String line = imap.line();
        while (!line.startsWith("a ")) {
          line = imap.line();
        }
        assertThat(line).startsWith("a OK");
      }
      run("backup create " + backup + " --data " + data);
      server.kill();
    }
  }

  /// Another byte in the middle of what is written.
  private static Path damage(Path data, String name) throws IOException {
    try (Stream<Path> files = Files.list(data.resolve("store/rows"))) {
      Path file =
          files
              .filter(path -> path.getFileName().toString().matches(name))
              .max(Comparator.comparingLong(path -> path.toFile().length()))
              .orElseThrow();
      byte[] bytes = Files.readAllBytes(file);
      bytes[Math.toIntExact(Written.bytes(file) / 3)] ^= 0x55;
      Files.write(file, bytes);
      return file;
    }
  }

  private static String command(Pattern pattern, String text) {
    Matcher command = pattern.matcher(text);
    assertThat(command.find()).as(text).isTrue();
    return command.group(1);
  }

  private static void run(String command) {
    InProcess.Result result = InProcess.run(command.split(" ", -1));
    assertThat(result.isDone()).as("%s: %s%s", command, result.out(), result.err()).isTrue();
  }

  private static long messages(Path data) throws IOException {
    try (TestServer server = TestServer.start(data, Optional.empty())) {
      return server.admin().get("/users/ann%40example.org").path("messages").asLong();
    }
  }
}
