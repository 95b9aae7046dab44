package org.posthorn.app.cli;

import org.posthorn.app.config.Units;

/// Sizes as people type them.
final class Sizes {
  private Sizes() {}

  static long bytes(String text) {
    return Units.bytes(text)
        .filter(bytes -> bytes > 0)
        .orElseThrow(() ->
            new CommandFailed(
                ExitCode.USAGE, "\"" + text + "\" is not a size; write for example 500MB or 5GB"));
  }
}
