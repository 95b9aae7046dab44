package org.posthorn.app.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/// Commands in this process: as they would run in one of their own, but at once.
public final class InProcess {
  private InProcess() {}

  /// The exit status, and what it printed.
  public record Result(int status, String out, String err) {
    public boolean isDone() {
      return status == ExitCode.OK;
    }
  }

  public static Result run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int status = Posthorn.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    return new Result(status, out.toString(), err.toString());
  }
}
