package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "trace",
    description = {
      "Tell what happened to a mail: who handed it over, what the gates and the chain made of it, where it is now.",
      "WHAT is the id of a mail (from the log or the queue), a Message-ID, or an address: that gives a table of its mails, newest first.",
      "Without it, --failed shows what nobody got: what bounced, and the dead letters."
    },
    footer = {
      "",
      "Examples:  posthorn trace 1r5g4u2a7k0c9d3m",
      "           posthorn trace '<20261127100000.1@example.net>' --steps",
      "           posthorn trace ann@example.org --since 2h",
      "           posthorn trace ann@example.org --follow",
      "           posthorn trace --failed --since yesterday --to example.net",
      "Stories are kept for 30 days (story.keep), within 2 GB (story.max-bytes)."
    })
final class TraceCommand implements Callable<Integer> {
  @Mixin private final ClientOptions options = new ClientOptions();

  @Parameters(
      paramLabel = "WHAT",
      arity = "0..1",
      description = "A mail's id, a Message-ID or an address.")
  private @Nullable String what;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description =
          "Only mail of which something happened after that: 2h (ago), yesterday, 2026-11-26T10:00. With --failed 1d if nothing is said.")
  private @Nullable String since;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "50",
      description = "At most so many mails of an address, or failures. Default: ${DEFAULT-VALUE}.")
  private int limit;

  @Option(names = "--steps", description = "Show every step of the chain, with the time it took.")
  private boolean steps;

  @Option(
      names = "--follow",
      description = "Show what happens from now on, until you stop it; without WHAT of all mail.")
  private boolean follow;

  @Option(
      names = "--failed",
      description = "Show what bounced or failed for good, for whom and why.")
  private boolean failed;

  @Option(
      names = "--to",
      paramLabel = "TEXT",
      description = "With --failed: only recipients whose address has this part, such as a domain.")
  private @Nullable String to;

  @Override
  public Integer call() {
    if (to != null && !failed) {
      throw new CommandFailed(ExitCode.USAGE, "--to goes with --failed only");
    }
    if (follow && since != null) {
      throw new CommandFailed(
          ExitCode.USAGE, "--follow shows what comes: for what was before, --since without it");
    }
    if (failed) {
      return failed();
    }
    if (follow) {
      return follow();
    }
    if (what == null) {
      throw new CommandFailed(
          ExitCode.USAGE,
          "Say of what: a mail's id, a Message-ID or an address; or --failed or --follow");
    }
    List<JsonNode> lines = lines("/trace?limit=" + limit + "&of=" + AdminClient.encode(what));
    if (options.json()) {
      lines.forEach(line -> options.output().line(line.toString()));
    } else if (lines.getLast().path("whole").asBoolean()) {
      new TraceLines(options.output(), Times.here(), steps).stories(lines);
    } else {
      new TraceLines(options.output(), Times.here(), steps).table(lines, what);
    }
    return ExitCode.OK;
  }

  private int failed() {
    if (what != null || follow) {
      throw new CommandFailed(
          ExitCode.USAGE, "--failed shows all mail: leave WHAT and --follow out, or use --to");
    }
    List<JsonNode> lines =
        lines("/trace/failed?limit=" + limit + (to == null ? "" : "&to=" + AdminClient.encode(to)));
    if (options.json()) {
      lines.forEach(line -> options.output().line(line.toString()));
    } else {
      new TraceLines(options.output(), Times.here(), steps).failures(lines);
    }
    return ExitCode.OK;
  }

  private List<JsonNode> lines(String path) {
    String after = since == null ? "" : "&since=" + Times.here().parse(since);
    List<JsonNode> lines = new ArrayList<>();
    options.client().lines("GET", path + after, new byte[0], lines::add);
    if (lines.isEmpty() || !lines.getLast().has("done")) {
      throw new CommandFailed(ExitCode.FAILED, "The answer ended early; ask again");
    }
    return lines;
  }

  /// What is printed reaches nobody any more.
  private static final class NoReader extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /// Until whoever reads it goes, as `head` does when it has seen enough, or the server.
  private int follow() {
    try {
      printLive();
    } catch (NoReader _) {
      return ExitCode.OK;
    }
    throw new CommandFailed(
        ExitCode.FAILED,
        "The server has ended, and nothing follows any more: repeat the command when it runs again");
  }

  private void printLive() {
    Output out = options.output();
    var lines = new TraceLines(out, Times.here(), steps);
    String path = "/trace/live" + (what == null ? "" : "?of=" + AdminClient.encode(what));
    options
        .client()
        .lines(
            "GET",
            path,
            new byte[0],
            line -> {
              if (line.has("event")) {
                if (options.json()) {
                  out.line(line.toString());
                } else {
                  lines.live(line);
                }
                if (out.isInVain()) {
                  throw new NoReader();
                }
              }
            });
  }
}
