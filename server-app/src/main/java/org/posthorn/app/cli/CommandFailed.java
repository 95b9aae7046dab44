package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.posthorn.app.DataDirectory;
import org.posthorn.app.FileTrouble;

/// Ends a command: `exitCode` is one of [ExitCode], the message says what happened and what to do
/// next.
final class CommandFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  CommandFailed(int exitCode, String message) {
    super(message, null, false, false);
    this.exitCode = exitCode;
  }

  /// `file`, which was to be read for `what`, cannot be. That it is not there is no other failure
  /// than that of anything else that is named and not found.
  static CommandFailed unread(String what, Path file, IOException e) {
    return new CommandFailed(
        e instanceof NoSuchFileException ? ExitCode.NOT_POSSIBLE : ExitCode.FAILED,
        "Cannot read %s: %s".formatted(what, FileTrouble.unread(file, e)));
  }

  /// Work without a server came to nothing: in most cases since there is one.
  static CommandFailed stopped(IOException e) {
    return new CommandFailed(
        e instanceof DataDirectory.InUse ? ExitCode.NOT_POSSIBLE : ExitCode.FAILED,
        String.valueOf(e.getMessage()));
  }

  int exitCode() {
    return exitCode;
  }
}
