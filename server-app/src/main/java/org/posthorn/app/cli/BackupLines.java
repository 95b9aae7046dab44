package org.posthorn.app.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.Counted;
import tools.jackson.databind.JsonNode;

/// Shows what is told while a backup is made, proved or brought back: a bar, and problems above it.
/// Used by one thread.
final class BackupLines {
  private static final int WIDTH = 30;

  private final ClientOptions options;
  private final Output out;
  private @Nullable JsonNode last;

  BackupLines(ClientOptions options) {
    this.options = options;
    this.out = options.output();
  }

  void take(Map<String, Object> line) {
    take(options.mapper().<JsonNode>valueToTree(line));
  }

  void take(JsonNode line) {
    if (options.json()) {
      out.line(line.toString());
    }
    if (line.has("done")) {
      last = line;
    } else if (!options.json() && line.has("problem")) {
      out.endProgress();
      out.line(
          out.red("problem  ")
              + line.path("account").asString("")
              + "  "
              + line.path("problem").asString());
    } else if (!options.json()) {
      out.progress(bar(line));
    }
  }

  /// The last line, which says that the work came to its end.
  JsonNode end() {
    out.endProgress();
    if (last == null) {
      throw new CommandFailed(ExitCode.FAILED, "The work did not come to its end");
    }
    return last;
  }

  void say(String sentence) {
    if (!options.json()) {
      out.line(sentence);
    }
  }

  private static String bar(JsonNode line) {
    long done = line.path("accountsDone").asLong();
    long total = Math.max(1, line.path("accountsTotal").asLong());
    int filled = (int) (WIDTH * Math.min(done, total) / total);
    return "[%s%s] %d of %s, %s"
        .formatted(
            "#".repeat(filled),
            ".".repeat(WIDTH - filled),
            done,
            Counted.of(total, "account"),
            Counted.of(line.path("messages").asLong(), "message"));
  }
}
