package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;

/// What is said of a server that was to run in the background; a script stands for the server.
@Timeout(60)
final class DetachedStartTest {
  @TempDir private Path temp;

  @Test
  void whyItDoesNotStartIsSaidThoughTheDiskIsFull() throws IOException, InterruptedException {
    Path data = temp.resolve("disk");
    try (var disk = SmallDisk.mount(data, 2)) {
      fillUp(disk);
      Said said = detached(data, script("echo 'The disk is full: free space on it' >&2; exit 1"));
      assertThat(said.text()).contains("The disk is full: free space on it");
      assertThat(said.status()).isEqualTo(1);
    }
  }

  @Test
  void thatItSaidNothingIsSaid() throws IOException, InterruptedException {
    Path data = temp.resolve("data");
    Said said = detached(data, script("exit 1"));
    assertThat(said.text()).contains("has not said why", " free", "posthorn start --data " + data);
    assertThat(said.status()).isEqualTo(1);
  }

  @Test
  void theLogThatItNamesIsTheOneThatIsWritten() throws IOException, InterruptedException {
    Path log = temp.resolve("elsewhere.log");
    Path data = temp.resolve("data");
    List<String> command = new ArrayList<>(InstalledProgram.java());
    command.add("org.posthorn.app.cli.Posthorn");
    String server = "exec " + String.join(" ", command) + " \"$@\"";
    var settings = new ArrayList<String>();
    TestServer.SETTINGS.forEach(setting -> settings.addAll(List.of("--set", setting)));
    settings.addAll(List.of("--set", "log.file=" + log));
    try {
      Said said = detached(data, script(server), settings.toArray(String[]::new));
      assertThat(said.text()).contains("its log is " + log);
      assertThat(log).exists();
    } finally {
      var _ = InProcess.run(data, "stop");
    }
  }

  /// To the last byte.
  private static void fillUp(SmallDisk disk) throws IOException {
    disk.fill(0);
    byte[] piece = new byte[4096];
    try (var rest = Files.newOutputStream(disk.path().resolve("rest"))) {
      while (Files.getFileStore(disk.path()).getUsableSpace() > 0) {
        rest.write(piece);
      }
    }
  }

  private Path script(String text) throws IOException {
    Path script = temp.resolve("server.sh");
    Files.writeString(script, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return script;
  }

  private record Said(int status, String text) {}

  private static Said detached(Path data, Path launcher, String... more)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(InstalledProgram.java());
    command.addAll(
        List.of("org.posthorn.app.cli.Posthorn", "start", "--detach", "--data", data.toString()));
    command.addAll(List.of(more));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("POSTHORN_LAUNCHER", launcher.toString());
    Process start = builder.start();
    String text = new String(start.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Said(start.waitFor(), text);
  }
}
