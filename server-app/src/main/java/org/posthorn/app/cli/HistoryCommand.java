package org.posthorn.app.cli;

import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "history",
    description = {
      "Show what was changed in a user's mail, newest first: when, by whom, and what.",
      "A TIME is 2h (ago), yesterday, 2026-11-26, 2026-11-26T10:00 (here) or 2026-11-26T10:00:00Z."
    },
    footer = {
      "",
      "Examples:  posthorn history ann@example.org",
      "           posthorn history ann@example.org --mailbox Work --since \"yesterday 18:00\""
    })
final class HistoryCommand implements Callable<Integer> {
  @Mixin private final ClientOptions options = new ClientOptions();

  @Parameters(paramLabel = "LOGIN", description = "The user.")
  private @Nullable String login;

  @Option(
      names = "--mailbox",
      paramLabel = "NAME",
      description = "Only what touched this mailbox, by the name that it had then.")
  private @Nullable String mailbox;

  @Option(names = "--since", paramLabel = "TIME", description = "Only what came after.")
  private @Nullable String since;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "50",
      description = "At most so many changes. Default: ${DEFAULT-VALUE}.")
  private int limit;

  private @Nullable JsonNode result;

  @Override
  public Integer call() {
    Times times = Times.here();
    Output out = options.output();
    var table = new LongTable(out, "VERSION", "WHEN", "WHO", "WHAT");
    options
        .client()
        .lines(
            "GET",
            path(times),
            new byte[0],
            line -> {
              if (line.has("done")) {
                result = line;
              }
              if (options.json()) {
                out.line(line.toString());
              } else if (!line.has("done")) {
                table.row(
                    line.path("version").asString(),
                    times.show(Instant.parse(line.path("when").asString())),
                    who(line),
                    String.join(
                        ", ", line.path("what").valueStream().map(JsonNode::asString).toList()));
              }
            });
    if (result == null) {
      throw new CommandFailed(ExitCode.FAILED, "The answer ended early; ask again");
    }
    if (!options.json()) {
      table.end("Nothing was changed.");
    }
    return ExitCode.OK;
  }

  private String path(Times times) {
    var path =
        new StringBuilder(AdminClient.path("users", Objects.requireNonNull(login), "history"))
            .append("?limit=" + limit);
    if (mailbox != null) {
      path.append("&mailbox=").append(AdminClient.encode(mailbox));
    }
    if (since != null) {
      path.append("&since=").append(times.parse(since));
    }
    return path.toString();
  }

  /// `ann@example.org, imap c1a2b3`.
  static String who(JsonNode change) {
    String how = (change.path("protocol").asString() + " " + change.path("connection").asString());
    return change.path("login").asString() + (how.isBlank() ? "" : ", " + how.strip());
  }
}
