package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CliReferenceTest {
  private static final Path PAGE = Path.of("..", "docs", "cli.md");

  @Test
  void thePageSaysWhatTheCommandsSay() throws IOException {
    String written = CliReference.write();
    if (System.getProperty("posthorn.docs.write") != null) {
      Files.writeString(PAGE, written);
    }

    assertThat(Files.readString(PAGE))
        .as("docs/cli.md is old: run this test with -Dposthorn.docs.write")
        .isEqualTo(written);
  }

  @Test
  void everyCommandHasAnExample() {
    for (String section : CliReference.write().split("\n## ", -1)) {
      if (section.startsWith("posthorn ") && !section.startsWith("posthorn bench")) {
        assertThat(section).contains("Example");
      }
    }
  }

  @Test
  void aCommandThatHasSubcommandsAndDoesSomethingItselfIsThereToo() {
    assertThat(CliReference.write())
        .contains("\n## posthorn space\n", "--quick")
        .doesNotContain("\n## posthorn user\n");
  }

  /// The list of commands shows the first paragraph of each only.
  @Test
  void inTheListOfCommandsEachIsAWholeSentence() {
    CliReference.commands()
        .forEach((name, command) -> {
          String[] description = command.getCommandSpec().usageMessage().description();
          assertThat(description).as(name).isNotEmpty();
          assertThat(description[0]).as(name).matches("(?s).*[.!?]");
        });
  }
}
