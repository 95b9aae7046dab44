package org.posthorn.app.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;

/// Writes docs/cli.md from the commands themselves.
final class CliReference {
  private static final String HEAD =
      """
      # The command line

      This page is made from the commands themselves (`posthorn COMMAND --help` says the same), and a
      test compares the two; to write it anew: `mvn -pl server-app -am test -Dtest=CliReferenceTest
      -Dsurefire.failIfNoSpecifiedTests=false -Dposthorn.docs.write`.

      Commands about a running server find it by its data directory: `--data DIR`, else
      `$POSTHORN_DATA`, else `/var/lib/posthorn` where that may be written, else
      `~/.local/share/posthorn`. They are clients of the [admin API](admin-api.md). With `--json` they
      answer for programs. Passwords come from standard input, a file or a prompt, never from an
      argument.

      | exit status | means |
      |---|---|
      | 0 | done |
      | 1 | failed, or done in part: what was left out is named |
      | 2 | wrong usage, or a configuration that cannot be used |
      | 3 | not found (also a file that was to be read), or in conflict with what is there: nothing was done |
      | 4 | no server is running |

      The launcher reads `POSTHORN_JAVA_HOME` (the JDK to use), `POSTHORN_HEAP` (heap of the server,
      such as `2g`), `POSTHORN_JVM` (more options for its JVM), `POSTHORN_BUILD=no` (run what is built,
      although a source is newer), `POSTHORN_DATA`, `POSTHORN_CONFIG` and
      `NO_COLOR`.
      """;

  private CliReference() {}

  static String write() {
    var page = new StringBuilder(HEAD);
    commands()
        .forEach((name, command) -> {
          if (command.getSubcommands().isEmpty() || command.getCommand() instanceof Callable) {
            page.append("\n## ").append(name).append("\n\n```text\n");
            page.append(command.getUsageMessage(CommandLine.Help.Ansi.OFF).stripTrailing());
            page.append("\n```\n");
          }
        });
    return page.toString();
  }

  /// By their whole names, in the order in which they are listed.
  static Map<String, CommandLine> commands() {
    var all = new LinkedHashMap<String, CommandLine>();
    below("posthorn", Posthorn.commandLine("--help"), all);
    return all;
  }

  private static void below(String name, CommandLine command, Map<String, CommandLine> all) {
    command
        .getSubcommands()
        .forEach((sub, next) -> {
          all.put(name + " " + sub, next);
          below(name + " " + sub, next, all);
        });
  }
}
