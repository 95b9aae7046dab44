package org.posthorn.mailet.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The tutorial is run as it stands: its files are written, its commands typed, and what it shows
/// is what comes.
@Timeout(900)
final class TutorialTest {
  private static final Path PAGE = Path.of("..", "docs", "tutorial.md");

  /// Either a file, named in the line before, or commands, or what is printed.
  private static final Pattern BLOCK =
      Pattern.compile(
          "(?:^`([^`\\n]+)`:\\n\\n)?^```(\\w+)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  @TempDir Path folder;

  @Test
  void everyLineWorksAsItStands() throws IOException, InterruptedException {
    assumeTrue(Installed.hasMaven());
    Path bin = programs(Installed.in(folder.resolve("home")).home());
    var script = new StringBuilder("set -eu\nexport PATH=" + bin + ":$PATH\n");
    var shown = new StringBuilder();
    Matcher blocks = BLOCK.matcher(Files.readString(PAGE));
    while (blocks.find()) {
      String body = blocks.group(3);
      if (blocks.group(1) != null) {
        script.append("cat > %s <<'END-OF-FILE'\n%sEND-OF-FILE\n".formatted(blocks.group(1), body));
      } else if (blocks.group(2).equals("sh")) {
        script.append(body);
      } else {
        assertThat(blocks.group(2)).isEqualTo("text");
        shown.append(body);
      }
    }
    Path work = Files.createDirectories(folder.resolve("work"));
    Path file = Files.writeString(folder.resolve("tutorial.sh"), script);

    String printed = Installed.run(work, List.of("sh", file.toString()));

    assertThat(shown.toString().lines())
        .isNotEmpty()
        .allSatisfy(line -> assertThat(printed).contains(line.strip()));
  }

  /// `posthorn` as it is installed, and a Maven that does without the net.
  private static Path programs(Path home) throws IOException {
    Path bin = Files.createDirectories(home.resolve("bin"));
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    write(
        bin.resolve("posthorn"),
        """
        #!/bin/sh
        export POSTHORN_LAUNCHER=%s/posthorn
        exec %s -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx512m --enable-native-access=ALL-UNNAMED \\
          -Dguice_bytecode_gen_option=DISABLED -cp '%s/lib/*' org.posthorn.app.cli.Posthorn "$@"
        """
            .formatted(bin, java, home));
    write(
        bin.resolve("mvn"),
        """
        #!/bin/sh
        PATH=${PATH#*:}
        exec mvn -o -B "$@"
        """);
    return bin;
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
