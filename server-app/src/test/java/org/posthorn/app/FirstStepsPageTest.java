package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.app.tls.SelfSigned;

/// "Five minutes to a server of your own" of README.md, typed as it stands but for the ports, with
/// certificates that the script of docs/operating.md has put in their place.
@Timeout(120)
class FirstStepsPageTest {
  private static final Path README = Path.of("..", "README.md");
  private static final Path OPERATING = Path.of("..", "docs", "operating.md");
  private static final Pattern CHECK = Pattern.compile("`(bin/posthorn config check [^`]*)`");
  private static final Pattern PORT = Pattern.compile("port: [0-9]+");
  private static final String PORTS =
      """
      smtp: {mx: {port: 0}, submission: {port: 0}, submissions: {port: 0}, lmtp: {port: 0}}
      imap: {plain: {port: 0}, tls: {port: 0}}
      pop3: {plain: {port: 0}, tls: {port: 0}}
      """;

  @TempDir Path home;
  private Path data = Path.of("unused");

  @BeforeEach
  void aProgramAndPortsOfItsOwn() throws IOException {
    data = Files.createDirectories(home.resolve("posthorn-data"));
    Files.writeString(data.resolve("posthorn.yaml"), PORTS);
    Files.writeString(home.resolve("password"), "secret\n");
    Path program = Files.createDirectories(home.resolve("bin")).resolve("posthorn");
    Files.writeString(
        program,
        "#!/bin/sh\nexport POSTHORN_LAUNCHER=%s\nexec '%s' org.posthorn.app.cli.Posthorn \"$@\"\n"
            .formatted(program, String.join("' '", InstalledProgram.java())));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterEach
  void nothingGoesOnRunning() {
    InProcess.run(data, "stop");
  }

  @Test
  void aServerIsUpInFiveMinutes() throws Exception {
    String section = section(README, "## Five minutes");
    String commands = block(section, "").replaceAll(" +# asks.*", " --password-stdin <password");

    assertThat(run(commands)).startsWith("0 ").contains("Added ann@example.org");

    SelfSigned.ensure(
        home.resolve("fullchain.pem"), home.resolve("privkey.pem"), "mail.example.org");
    String hook = block(section(OPERATING, "## On a fresh Debian"), "sh");
    assertThat(
            run(
                "RENEWED_LINEAGE="
                    + home
                    + "\n"
                    + hook.replace("-o posthorn -g posthorn ", "")
                        .replace("/var/lib/posthorn", data.toString())))
        .isEqualTo("0 ");
    Files.writeString(
        data.resolve("posthorn.yaml"),
        PORT.matcher(block(section, "yaml"))
            .replaceAll("port: 0")
            .replace("0.0.0.0", "127.0.0.1")
            .replace("smtp:\n", "smtp:\n  lmtp: {port: 0}\n"));
    Matcher next = CHECK.matcher(section);
    assertThat(next.find()).isTrue();

    assertThat(run(exported(commands) + next.group(1))).startsWith("0 ");
    assertThat(InProcess.run(data, "status").out())
        .contains("hostname  mail.example.org", "1 domain, 1 user, ");
  }

  /// The folder that the commands before have named for those behind.
  private static String exported(String commands) {
    return commands.substring(0, commands.indexOf('\n') + 1);
  }

  private static String section(Path page, String title) throws IOException {
    String text = Files.readString(page);
    int begin = text.indexOf(title);
    assertThat(begin).as(title).isPositive();
    return text.substring(begin, text.indexOf("\n## ", begin));
  }

  /// The first block of a kind.
  private static String block(String section, String kind) {
    String open = "\n```" + kind + "\n";
    int begin = section.indexOf(open);
    assertThat(begin).as(kind).isPositive();
    return section.substring(begin + open.length(), section.indexOf("```", begin + open.length()));
  }

  /// The exit status and what was printed.
  private String run(String commands) throws Exception {
    var shell =
        new ProcessBuilder("sh", "-c", "set -eu\n" + commands)
            .directory(home.toFile())
            .redirectErrorStream(true);
    shell.environment().keySet().removeIf(name -> name.startsWith("POSTHORN"));
    shell.environment().put("HOME", home.toString());
    Process process = shell.start();
    try (var printed = process.inputReader()) {
      String said = printed.readAllAsString();
      return process.waitFor() + " " + said;
    }
  }
}
