package org.posthorn.app.cli;

/// Ends a command: `exitCode` is one of [ExitCode], the message says what happened and what to do
/// next.
final class CommandFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  CommandFailed(int exitCode, String message) {
    super(message, null, false, false);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
