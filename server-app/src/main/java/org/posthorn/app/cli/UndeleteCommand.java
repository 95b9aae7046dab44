package org.posthorn.app.cli;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    name = "undelete",
    description = {
      "List the messages that were deleted from a user's mail, or bring them back where they were.",
      "A TIME is 2h (ago), yesterday, 2026-11-26, 2026-11-26T10:00 (here) or 2026-11-26T10:00:00Z."
    },
    footer = {
      "",
      "Examples:  posthorn undelete ann@example.org --list --since yesterday",
      "           posthorn undelete ann@example.org E12 E15",
      "           posthorn undelete ann@example.org --all --mailbox Trash \\",
      "               --into Rescued"
    })
final class UndeleteCommand implements Callable<Integer> {
  @Mixin private final ClientOptions options = new ClientOptions();

  @Parameters(index = "0", paramLabel = "LOGIN", description = "The user.")
  private @Nullable String login;

  @Parameters(
      index = "1..*",
      paramLabel = "MESSAGE",
      arity = "0..*",
      description = "Messages by their ids, such as E12. Without any, the list is shown.")
  private final List<String> messages = new ArrayList<>();

  @Option(names = "--list", description = "Show what can be had back; change nothing.")
  private boolean list;

  @Option(names = "--all", description = "Bring all of them back.")
  private boolean all;

  @Option(
      names = "--mailbox",
      paramLabel = "NAME",
      description = "Only those out of this mailbox, by the name that it had then.")
  private @Nullable String mailbox;

  @Option(names = "--since", paramLabel = "TIME", description = "Only those deleted after.")
  private @Nullable String since;

  @Option(
      names = "--into",
      paramLabel = "NAME",
      description = "Put them into this mailbox; it is made if need be.")
  private @Nullable String into;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "1000",
      description = "List at most so many, the newest. Default: ${DEFAULT-VALUE}.")
  private int limit;

  @Override
  public Integer call() {
    if (all && !messages.isEmpty()) {
      throw new CommandFailed(ExitCode.USAGE, "Name messages, or say --all");
    }
    boolean some = all || !messages.isEmpty();
    if (list && (some || into != null)) {
      throw new CommandFailed(
          ExitCode.USAGE, "--list changes nothing: leave it out, or MESSAGE, --all and --into");
    }
    if (!some && into != null) {
      throw new CommandFailed(ExitCode.USAGE, "Say what is to go there: name messages, or --all");
    }
    return some ? bringBack() : list();
  }

  private int list() {
    Times times = Times.here();
    new LongTable(
            options.output(),
            "MESSAGE",
            "DELETED",
            "BY",
            "MAILBOX",
            "FROM",
            "SUBJECT",
            "SIZE",
            "KEPT UNTIL")
        .fill(
            options,
            HistoryCommand.path(
                Objects.requireNonNull(login), "expunged", limit, mailbox, since, times),
            line ->
                List.of(
                    line.path("message").asString(),
                    times.show(Instant.parse(line.path("when").asString())),
                    HistoryCommand.who(line),
                    line.path("mailbox").asString(),
                    line.path("from").asString(),
                    line.path("subject").asString(),
                    Output.size(line.path("sizeBytes").asLong()),
                    times.show(Instant.parse(line.path("until").asString())).substring(0, 10)),
            "Nothing was deleted that could be brought back.");
    return ExitCode.OK;
  }

  private int bringBack() {
    Map<String, Object> body = new LinkedHashMap<>();
    if (all) {
      body.put("all", true);
    } else {
      body.put("messages", messages);
    }
    if (mailbox != null) {
      body.put("mailbox", mailbox);
    }
    if (since != null) {
      body.put("since", Times.here().parse(since).toString());
    }
    if (into != null) {
      body.put("into", into);
    }
    JsonNode done =
        options
            .client()
            .post(AdminClient.path("users", Objects.requireNonNull(login), "undelete"), body);
    options.show(
        done,
        out -> {
          if (done.path("steps").isEmpty()) {
            out.line("Nothing was deleted that could be brought back.");
          }
          done.path("steps").forEach(step -> out.line(step.path("what").asString()));
        });
    return ExitCode.OK;
  }
}
