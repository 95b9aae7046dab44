package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

class CliReferenceTest {
  private static final Path PAGE = Path.of("..", "docs", "cli.md");
  private static final Pattern CONTINUED = Pattern.compile(" \\\\\\n *");
  private static final Pattern EXAMPLE =
      Pattern.compile("(?m)^(?:Examples?:)? +(?:echo .*\\| )?posthorn ([^>\n]*)");
  private static final Pattern WORD = Pattern.compile("(?:[^\\s\"']|\"[^\"]*\"|'[^']*')+");
  private static final Pattern UNQUOTED = Pattern.compile("[\"']");

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

  /// On a narrow terminal too: a line that is too long is broken where no shell goes on.
  @Test
  void everyExampleWorksAsItIsTyped() {
    CliReference.commands()
        .forEach((name, command) -> {
          String[] footer = command.getCommandSpec().usageMessage().footer();
          assertThat(footer).as(name).allMatch(line -> line.length() <= 80);
          assertThat(command.getUsageMessage(Ansi.OFF)).as(name).doesNotContain("<arg");
          EXAMPLE
              .matcher(CONTINUED.matcher(String.join("\n", footer)).replaceAll(" "))
              .results()
              .forEach(example -> CliReferenceTest.parse(example.group(1)));
        });
  }

  private static void parse(String example) {
    String[] words =
        WORD.matcher(example)
            .results()
            .map(word -> UNQUOTED.matcher(word.group()).replaceAll(""))
            .toArray(String[]::new);
    assertThatCode(() -> Posthorn.commandLine(words).parseArgs(words))
        .as(example)
        .doesNotThrowAnyException();
  }
}
