package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What others wrote does nothing to the terminal.
class OutputTest {
  private final StringWriter written = new StringWriter();

  @ParameterizedTest
  @ValueSource(ints = {0, 80})
  void escapesWhatCouldMoveTheCursorOrHideSomething(int columns) {
    var out = new Output(new PrintWriter(written), columns);
    out.line("two\nlines\tare two \u001b[8mhidden\u009b2J \u202E");
    out.table(List.of("A", "B"), List.of(List.of("x\ny\u202E", "\u001b]0;title\u0007")));
    assertThat(written.toString().replaceAll("\u001b\\[[01]m", ""))
        .isEqualTo(
            """
            two
            lines\tare two \\u001b[8mhidden\\u009b2J \\u202e
            A           B
            x\\ny\\u202e  \\u001b]0;title\\u0007
            """);
  }

  @Test
  void keepsItsOwnColours() {
    var out = new Output(new PrintWriter(written), 80);
    out.line(out.bold("Mail \u202E") + out.red("!") + "x\u202E");
    String bold = out.bold("|").replaceFirst("\\|.*", "");
    assertThat(written.toString()).startsWith(bold + "Mail \\u202e").endsWith("x\\u202e\n");
  }
}
