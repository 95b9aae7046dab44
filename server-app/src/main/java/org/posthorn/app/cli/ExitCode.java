package org.posthorn.app.cli;

/// What a command's exit status means; documented in docs/cli.md and kept for ever.
final class ExitCode {
  static final int OK = 0;

  /// Failed, or done in part: what was left out is named.
  static final int FAILED = 1;

  static final int USAGE = 2;

  /// Not found, or in conflict with what is there: nothing was done.
  static final int NOT_POSSIBLE = 3;

  static final int NOT_RUNNING = 4;

  private ExitCode() {}
}
