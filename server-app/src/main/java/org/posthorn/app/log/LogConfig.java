package org.posthorn.app.log;

import java.util.Map;
import java.util.Optional;

/// What is logged, and where to.
public record LogConfig(
    /// The least serious level that is logged: `error`, `warn`, `info`, `debug` (each step of a
    /// mail, each command of an IMAP or POP3 client) or `trace` (now the same as `debug`). Taken
    /// over by `posthorn reload`.
    Level level,
    /// Levels for parts of the server, by the beginning of their names, such as
    /// `org.posthorn.smtp: debug`. Taken over by `posthorn reload`.
    Map<String, Level> levels,
    /// Write each line as a JSON object, for programs, instead of text.
    boolean json,
    /// A file to write to instead of standard error, as seen from the data directory; without it
    /// `start --detach` writes to `log/posthorn.log` there. A new file is begun when this one is
    /// full.
    Optional<String> file,
    /// Size at which a log file is full. 64 KB to 1 TB.
    long fileMaxBytes,
    /// Full log files to keep, 1 to 20; the oldest are deleted.
    int filesMax) {

  /// How serious a line is.
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  public LogConfig {
    levels = Map.copyOf(levels);
    if (fileMaxBytes < 64 << 10 || fileMaxBytes > 1L << 40) {
      throw new IllegalArgumentException("file-max-bytes must be from 64KB to 1TB");
    }
    if (filesMax < 1 || filesMax > 20) {
      throw new IllegalArgumentException("files-max must be from 1 to 20");
    }
  }

  public static LogConfig defaults() {
    return new LogConfig(Level.INFO, Map.of(), false, Optional.empty(), 32L << 20, 8);
  }

  public LogConfig withFile(String other) {
    return new LogConfig(level, levels, json, Optional.of(other), fileMaxBytes, filesMax);
  }

  public LogConfig withJson() {
    return new LogConfig(level, levels, true, file, fileMaxBytes, filesMax);
  }

  public LogConfig withLevel(Level other) {
    return new LogConfig(other, levels, json, file, fileMaxBytes, filesMax);
  }
}
