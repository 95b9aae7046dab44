package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

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

  /// A character of Chinese takes two columns, an accent that stands on a letter none.
  @Test
  void aTableOfWideCharactersIsAlignedAndFits() {
    var out = new Output(new PrintWriter(written), 40);
    out.table(
        List.of("LOGIN", "NAME", "QUOTA"),
        List.of(
            List.of("a@example.org", "\u540d\u5b57", "5 GB"),
            List.of("b@example.org", "e\u0301va", "1 GB"),
            List.of("c@example.org", "\u540d\u5b57".repeat(10), "2 GB")));
    assertThat(written.toString().replaceAll("\u001b\\[[01]m", ""))
        .isEqualTo(
            """
            LOGIN          NAME                QUOTA
            a@example.org  \u540d\u5b57                5 GB
            b@example.org  e\u0301va                 1 GB
            c@example.org  %s…   2 GB
            """
                .formatted("\u540d\u5b57".repeat(4)));
  }

  @Test
  void keysOfDomainsFitOnANarrowTerminal() {
    JsonNode keys =
        JsonMapper.shared()
            .readTree(
                """
                [{"domain": "mail.example.org", "selector": "ed20261130", "state": "waiting",
                  "algorithm": "ed25519-sha256", "since": "2026-11-30T12:24:25Z",
                  "next": "publish its record; it signs as soon as that is seen"}]
                """);
    DkimCommand.printTable(new Output(new PrintWriter(written), 80), keys);
    assertThat(written.toString().replaceAll("\u001b\\[[01]m", "").lines())
        .hasSize(4)
        .anyMatch(line ->
            line.startsWith("mail.example.org  ed20261130  ed25519-sha256") && line.length() <= 80)
        .endsWith(
            "ed20261130 of mail.example.org: publish its record; it signs as soon as that is seen");
  }

  /// Nobody can name a mail by a part of its id.
  @Test
  void leavesIdsAndTimesWholeOnANarrowTerminal() {
    var out = new Output(new PrintWriter(written), 80);
    String text = "451 4.2.0 Come again later, and tell the people whom you know to do so too";
    out.table(
        List.of("WHEN", "MAIL", "FROM", "TO", "FATE"),
        List.of(
            List.of(
                "2026-11-29 19:35:36",
                "1r5g4u2a7k0c9d3m",
                "ann@example.org",
                "somebody@far.example",
                text)));
    out.table(
        List.of("MAIL", "FROM", "TO", "STATE", "TRIES", "NEXT", "LAST ANSWER"),
        List.of(
            List.of(
                "1r5g4u2a7k0c9d3m",
                "ann@example.org",
                "somebody@far.example",
                "outgoing",
                "12",
                "in 3h 12m",
                text)));
    assertThat(written.toString().lines().map(line -> line.replaceAll("\u001b\\[[01]m", "")))
        .allMatch(line -> line.length() <= 80)
        .anyMatch(line -> line.startsWith("2026-11-29 19:35:36  1r5g4u2a7k0c9d3m  ann@"))
        .anyMatch(line ->
            line.startsWith("1r5g4u2a7k0c9d3m  ann@")
                && line.contains("  outgoing  12     in 3h 12m  451"));
  }

  @Test
  void keepsItsOwnColours() {
    var out = new Output(new PrintWriter(written), 80);
    out.line(out.bold("Mail \u202E") + out.red("!") + "x\u202E");
    String bold = out.bold("|").replaceFirst("\\|.*", "");
    assertThat(written.toString()).startsWith(bold + "Mail \\u202e").endsWith("x\\u202e\n");
  }
}
