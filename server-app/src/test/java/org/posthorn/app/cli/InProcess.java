package org.posthorn.app.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Commands in this process: as they would run in one of their own, but at once.
public final class InProcess {
  private InProcess() {}

  /// The exit status, and what it printed.
  public record Result(int status, String out, String err) {
    public boolean isDone() {
      return status == ExitCode.OK;
    }
  }

  /// Settings of a server that tests of commands start: IMAP on a free port and nothing else that
  /// listens, cheap hashes; and `more`.
  public static List<String> settings(String... more) {
    return Stream.concat(
            Stream.of(
                "smtp.mx.enabled=false",
                "smtp.submission.enabled=false",
                "smtp.submissions.enabled=false",
                "smtp.lmtp.enabled=false",
                "imap.plain.port=0",
                "imap.tls=~",
                "pop3={plain: ~, tls: ~}",
                "storage.logins.hash-memory-bytes=8MB",
                "storage.logins.hash-iterations=1"),
            Stream.of(more))
        .toList();
  }

  /// On a data directory.
  public static Result run(Path data, String... arguments) {
    return run(
        Stream.concat(Stream.of(arguments), Stream.of("--data", data.toString()))
            .toArray(String[]::new));
  }

  /// On a data directory, printing to `out`; the exit status.
  public static int run(PrintWriter out, Path data, String... arguments) {
    return Posthorn.run(
        out,
        new PrintWriter(new StringWriter(), true),
        Stream.concat(Stream.of(arguments), Stream.of("--data", data.toString()))
            .toArray(String[]::new));
  }

  public static Result run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int status = Posthorn.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    return new Result(status, out.toString(), err.toString());
  }
}
