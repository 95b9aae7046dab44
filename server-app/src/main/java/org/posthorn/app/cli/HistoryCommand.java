package org.posthorn.app.cli;

import java.time.Instant;
import java.util.List;
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
      "           posthorn history ann@example.org --mailbox Work \\",
      "               --since \"yesterday 18:00\""
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

  @Override
  public Integer call() {
    Times times = Times.here();
    new LongTable(options.output(), "VERSION", "WHEN", "WHO", "WHAT")
        .fill(
            options,
            path(Objects.requireNonNull(login), "history", limit, mailbox, since, times),
            line ->
                List.of(
                    line.path("version").asString(),
                    times.show(Instant.parse(line.path("when").asString())),
                    who(line),
                    String.join(
                        ", ", line.path("what").valueStream().map(JsonNode::asString).toList())),
            "Nothing was changed.");
    return ExitCode.OK;
  }

  /// Where a list of things of a user's past is.
  static String path(
      String login,
      String list,
      int limit,
      @Nullable String mailbox,
      @Nullable String since,
      Times times) {
    var path = new StringBuilder(AdminClient.path("users", login, list)).append("?limit=" + limit);
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
