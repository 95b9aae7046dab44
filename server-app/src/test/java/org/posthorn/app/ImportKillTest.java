package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// An import is killed, first the command, then the server, at moments that nobody chose; when it
/// is repeated, every message is there once.
@Timeout(300)
class ImportKillTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int MESSAGES = 4_000;
  private static final String LOGIN = "ann@example.org";

  @TempDir Path data;
  @TempDir Path files;

  @Test
  void everyMessageIsThereOnceAfterTheCommandAndTheServerWereKilled() throws Exception {
    Path mbox = files.resolve("INBOX");
    Files.writeString(mbox, mbox());
    ServerProcess server = ServerProcess.start(data);
    try {
      var admin = new AdminClient(data, JSON);
      admin.post("/domains", Map.of("domain", "example.org"));
      admin.post("/users", Map.of("login", LOGIN, "password", "secret"));

      Import first = Import.start(data, mbox);
      first.awaitProgress();
      first.kill();
      assertThat(messages(admin)).isBetween(1L, (long) MESSAGES - 1);

      Import second = Import.start(data, mbox);
      second.awaitProgress();
      server.kill();
      assertThat(second.awaitEnd()).isEqualTo(1);

      server = ServerProcess.start(data);
      assertThat(messages(admin)).isBetween(2L, (long) MESSAGES - 1);
      Import third = Import.start(data, mbox);
      assertThat(third.awaitEnd()).isZero();
      assertThat(messages(admin)).isEqualTo(MESSAGES);
      assertThat(subjects(server)).hasSize(MESSAGES);

      List<JsonNode> walk = new ArrayList<>();
      admin.lines("POST", "/verify?deep=true", new byte[0], walk::add);
      assertThat(walk.getLast().path("problems").asInt(-1)).isZero();
    } finally {
      server.close();
    }
  }

  private static long messages(AdminClient admin) {
    return admin.get(AdminClient.path("users", LOGIN)).path("messages").asLong();
  }

  private static Set<String> subjects(ServerProcess server) throws IOException {
    var subjects = new HashSet<String>();
    try (WireClient client = server.imap("ann")) {
      for (String line : client.imap("FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])")) {
        if (line.startsWith("Subject: ")) {
          subjects.add(line.strip());
        }
      }
    }
    return subjects;
  }

  private static String mbox() {
    var mbox = new StringBuilder();
    for (int i = 0; i < MESSAGES; i++) {
      mbox.append("From ann@example.org Fri Nov 27 07:33:07 2026\n")
          .append("Subject: ")
          .append(i)
          .append("\n\n")
          .append("text and more text\n".repeat(i % 200))
          .append('\n');
    }
    return mbox.toString();
  }

  /// `posthorn import mbox` in a process of its own.
  private static final class Import {
    private final Process process;
    private final BufferedReader lines;

    private Import(Process process) {
      this.process = process;
      this.lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    static Import start(Path data, Path mbox) throws IOException {
      List<String> command =
          Stream.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-Xmx64m",
                  "-cp",
                  System.getProperty(
                      "surefire.test.class.path", System.getProperty("java.class.path")),
                  "org.posthorn.app.cli.Posthorn",
                  "import",
                  "mbox",
                  mbox.toString(),
                  "--user",
                  LOGIN,
                  "--json",
                  "--data",
                  data.toString())
              .toList();
      return new Import(
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    /// Reads until the server has taken something of this run.
    void awaitProgress() throws IOException {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (JSON.readTree(line).path("imported").asLong() > 0) {
          return;
        }
      }
      throw new IOException("The import ended early");
    }

    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }

    int awaitEnd() throws IOException {
      while (lines.readLine() != null) {
        // What it says does not matter here.
      }
      return process.onExit().join().exitValue();
    }
  }
}
