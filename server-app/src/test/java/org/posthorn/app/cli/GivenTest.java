package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What no command takes, before it asks a server.
class GivenTest {
  @TempDir Path data;

  /// As from a script with a variable that is not set: `_` stands for what is empty.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "queue export --to _",
        "queue import _",
        "queue fail --all --yes --reason _",
        "queue destinations _",
        "queue route _",
        "queue reroute --all --via _",
        "repository show _",
        "trace _",
        "user show _",
        "export maildir ann@example.org _"
      })
  void whatIsEmptyIsRefused(String command) {
    InProcess.Result result = run(command);
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains(" is empty: say which");
  }

  @Test
  void aTextForPeopleMayBeEmpty() {
    assertThat(run("user set ann@example.org --name _").status()).isEqualTo(ExitCode.NOT_RUNNING);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "queue list --limit 0",
        "queue senders --limit -5",
        "trace ann@example.org --limit 0"
      })
  void aLimitShowsSomething(String command) {
    InProcess.Result result = run(command);
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("--limit is at least 1");
  }

  @Test
  void oneMailOrAll() {
    assertThat(run("queue drop --all 1r5g4u2a7k0c9d3m").err())
        .isEqualTo("A MAIL, or --all: not both\n");
  }

  /// As `/dev/full` does.
  @Test
  void anAnswerThatCannotBeWrittenIsAFailure() {
    var err = new StringWriter();
    assertThat(version("No space left on device", err)).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).startsWith("Cannot write");
  }

  /// As `head`, which has seen enough.
  @Test
  void aReaderWhoLeavesIsNone() {
    var err = new StringWriter();
    assertThat(version("Broken pipe", err)).isEqualTo(ExitCode.OK);
    assertThat(err.toString()).isEmpty();
  }

  private static int version(String trouble, StringWriter err) {
    var out =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException(trouble);
          }
        };
    return Posthorn.run(
        new Answer(out, StandardCharsets.UTF_8), new PrintWriter(err, true), "version");
  }

  private InProcess.Result run(String command) {
    return InProcess.run(
        data,
        Arrays.stream(command.split(" ", -1))
            .map(word -> word.equals("_") ? "" : word)
            .toArray(String[]::new));
  }
}
