package org.posthorn.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;

class ConfigReferenceTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path PAGE = ROOT.resolve("docs").resolve("configuration.md");

  @Test
  void thePageSaysWhatTheRecordsSay() throws IOException {
    String written = new ConfigReference(new RecordComments(ROOT)).write();
    if (System.getProperty("posthorn.docs.write") != null) {
      Files.writeString(PAGE, written);
    }

    assertThat(Files.readString(PAGE))
        .as("docs/configuration.md is old: run this test with -Dposthorn.docs.write")
        .isEqualTo(written);
  }

  @Test
  void everyKeyIsExplained() throws IOException {
    assertThat(new ConfigReference(new RecordComments(ROOT)).write().lines())
        .noneMatch(line -> line.matches("\\| `[^`]+` \\| [^|]* \\|\\s*\\|"));
  }

  /// The example at the top of the page is a configuration that starts.
  @Test
  void theExampleIsInOrder(@TempDir Path directory) throws IOException {
    String page = new ConfigReference(new RecordComments(ROOT)).write();
    int start = page.indexOf("```yaml") + "```yaml".length();
    Path file =
        Files.writeString(
            directory.resolve("posthorn.yaml"), page.substring(start, page.indexOf("```", start)));

    var mapped = new ConfigSource(Optional.of(file), List.of()).read();

    assertThat(mapped.config().hostname()).isEqualTo("mail.example.org");
    assertThat(mapped.config().smtp().hostname()).isEqualTo("mail.example.org");
    assertThat(mapped.config().smtp().mx().listener().port()).isEqualTo(25);
  }
}
