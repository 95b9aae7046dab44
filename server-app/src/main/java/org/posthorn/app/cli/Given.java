package org.posthorn.app.cli;

/// What must not be empty where it is given: `"$ID"` of a script whose ID is not set must not mean
/// everything.
final class Given {
  private Given() {}

  /// The text; `name` says what it is for.
  static String text(String name, String text) {
    if (text.isBlank()) {
      throw new CommandFailed(
          ExitCode.USAGE,
          "%s is empty: say which%s%s"
              .formatted(
                  name,
                  name.startsWith("--") ? ", or leave the option out" : "",
                  name.equals("--sender") ? "; the sender of reports is <>" : ""));
    }
    return text;
  }
}
