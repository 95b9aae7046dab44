package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;

/// What `posthorn plugin list` says of plugins that a chain could not be made with.
final class PluginListTest {
  @TempDir private Path data;

  @Test
  void namesWhatBringsTheNameOfAnotherOrOfWhatShips() throws IOException {
    plugin("good.jar", "Good");
    assertThat(InProcess.run(data, "plugin", "list").status()).isZero();
    plugin("one.jar", "Bad");
    plugin("two.jar", "Bad");
    plugin("old.jar", "ToMailbox");

    InProcess.Result result = InProcess.run(data, "plugin", "list");

    assertThat(result.status()).as(result.err()).isEqualTo(1);
    assertThat(result.out().lines().skip(1))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("good.jar").endsWith("Good"),
            line ->
                assertThat(line)
                    .startsWith("unusable: Plugin old.jar brings the mailet ToMailbox, and one of"),
            line ->
                assertThat(line)
                    .isEqualTo(
                        "unusable: Plugin one.jar brings the mailet Bad, and so does two.jar."
                            + " Remove one of them."),
            line -> assertThat(line).startsWith("unusable: Plugin two.jar brings the mailet Bad"));
  }

  private void plugin(String jar, String name) throws IOException {
    Path work = Files.createDirectories(data.resolve("work-" + jar));
    Files.writeString(
        work.resolve(name + ".java"),
        """
        import org.posthorn.mailet.*;
        public final class %1$s implements MailetFactory<NoParameters> {
          public String name() { return "%1$s"; }
          public String summary() { return "A test."; }
          public Class<NoParameters> parameters() { return NoParameters.class; }
          public Mailet create(NoParameters none, Services services) { return Outcome.Continue::new; }
        }
        """
            .formatted(name));
    Path classes = Files.createDirectories(work.resolve("classes"));
    PluginTest.compile(work, classes);
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(services.resolve("org.posthorn.mailet.MailetFactory"), name + "\n");
    PluginTest.jar(Files.createDirectories(data.resolve("plugins")).resolve(jar), List.of(classes));
  }
}
