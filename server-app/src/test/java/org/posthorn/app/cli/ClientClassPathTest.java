package org.posthorn.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;

/// Commands that only ask the server start with few jars, so that they start fast: those that
/// `bin/posthorn` names.
final class ClientClassPathTest {
  private static final Pattern JAR = Pattern.compile("/lib/([a-z]+(?:-[a-z]+)?)-\\*\\.jar");

  @TempDir private Path folder;

  @Test
  void commandsFindAllTheirClasses() throws Exception {
    Path data = folder.resolve("data");
    Path users = folder.resolve("users.csv");
    Files.writeString(users, "login,password\nann@example.org,A-good-one-4711\n");
    var config = new ConfigSource(Optional.empty(), InProcess.settings());
    try (PosthornServer _ = PosthornServer.start(data, config)) {
      for (String command :
          List.of(
              "domain add example.org",
              "user import " + users,
              "status",
              "queue list",
              "queue destinations",
              "queue hold --all --dry-run",
              "repository list",
              "space",
              "tls received",
              "login attacks",
              "login forgive 192.0.2.7",
              "verify ann@example.org",
              "trace --failed")) {
        assertThat(run(command, data)).as(command).isEmpty();
      }
    }
  }

  /// What it says where it does not end well.
  private static String run(String command, Path data) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", classPath(), Posthorn.class.getName()));
    words.addAll(List.of(command.split(" ", -1)));
    words.addAll(List.of("--data", data.toString()));
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return process.waitFor() == 0 && !said.contains("Exception") ? "" : said;
  }

  /// Of this test's own class path what stands for the launcher's jars.
  private static String classPath() throws IOException {
    String launcher = Files.readString(Path.of("..", "bin", "posthorn"));
    String client =
        launcher.substring(launcher.indexOf("client="), launcher.indexOf("server=$client"));
    List<String> names = JAR.matcher(client).results().map(found -> found.group(1)).toList();
    assertThat(names).contains("posthorn-server", "picocli");
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> names.stream().anyMatch(name -> isOf(entry, name)))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static boolean isOf(String entry, String name) {
    String file = Path.of(entry).getFileName().toString();
    String module =
        name.equals("posthorn-server") ? "server-app" : name.replaceFirst("^posthorn-", "");
    return file.startsWith(name + "-")
        || (name.equals("jackson") && file.startsWith("jackson-"))
        || entry.endsWith("/" + module + "/target/classes");
  }
}
