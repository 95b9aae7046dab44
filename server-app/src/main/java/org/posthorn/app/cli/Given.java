package org.posthorn.app.cli;

import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// What must not be empty where it is given: `"$ID"` of a script whose ID is not set must not mean
/// everything, and `"$DIR"` not the directory in which somebody happens to be.
final class Given {
  /// Texts for people, which may be taken away.
  private static final Set<String> MAY_BE_EMPTY = Set.of("--name", "--subject", "--text");

  private Given() {}

  /// Refuses what makes no sense for any command: what is empty, and a limit that shows nothing.
  static void check(ParseResult parsed, CommandLine command) {
    for (ArgSpec given : parsed.matchedArgs()) {
      String name = given instanceof OptionSpec option ? option.longestName() : given.paramLabel();
      boolean isFlag = given.isOption() && given.arity().min() == 0;
      if (!isFlag
          && !MAY_BE_EMPTY.contains(name)
          && given.originalStringValues().stream().anyMatch(String::isBlank)) {
        throw new ParameterException(command, empty(name, given.isOption() && !given.required()));
      }
      if (name.equals("--limit") && given.getValue() instanceof Integer limit && limit < 1) {
        throw new ParameterException(command, "--limit is at least 1");
      }
    }
  }

  private static String empty(String name, boolean mayBeLeftOut) {
    return "%s is empty: say which%s%s"
        .formatted(
            name,
            mayBeLeftOut ? ", or leave the option out" : "",
            name.equals("--sender") ? "; the sender of reports is <>" : "");
  }
}
