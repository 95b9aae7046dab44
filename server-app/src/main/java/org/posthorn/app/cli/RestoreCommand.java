package org.posthorn.app.cli;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.message.Counted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "restore",
    description = {
      "Make a user's mail, one mailbox or one message what it was at a time or version.",
      "Shows first what it would do, and asks. Mail that came in since stays, unless --exact.",
      "A restore is a change like any other: it can be undone by a restore. See posthorn history.",
      "A TIME is 2h (ago), yesterday, 2026-11-26, 2026-11-26T10:00 (here) or 2026-11-26T10:00:00Z."
    },
    footer = {
      "",
      "Examples:  posthorn restore ann@example.org --to 2h --dry-run",
      "           posthorn restore ann@example.org --to \"yesterday 10:00\" \\",
      "               --mailbox Work",
      "           posthorn restore ann@example.org --to 1234 --exact --yes"
    })
final class RestoreCommand implements Callable<Integer> {
  @Mixin private final ClientOptions options = new ClientOptions();

  @Parameters(paramLabel = "LOGIN", description = "The user.")
  private @Nullable String login;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "TIME|VERSION",
      description = "What to go back to: a time, or a version as posthorn history shows it.")
  private @Nullable String to;

  @Option(
      names = "--mailbox",
      paramLabel = "NAME",
      description = "Only this mailbox, by the name that it had then. The others stay as they are.")
  private @Nullable String mailbox;

  @Option(
      names = "--message",
      paramLabel = "ID",
      description = "Only this message, such as E12, wherever it was.")
  private @Nullable String message;

  @Option(names = "--exact", description = "Take out also what came since; the history keeps it.")
  private boolean exact;

  @Option(names = "--dry-run", description = "Only show what would be done.")
  private boolean dryRun;

  @Option(names = "--yes", description = "Do it; do not ask.")
  private boolean yes;

  @Override
  public Integer call() {
    if (mailbox != null && message != null) {
      throw new CommandFailed(ExitCode.USAGE, "Give --mailbox or --message, not both");
    }
    Times times = Times.here();
    Output out = options.output();
    String wanted = Objects.requireNonNull(to);
    String target = wanted.matches("\\d+") ? wanted : times.parse(wanted).toString();
    if (yes && !dryRun && options.json()) {
      out.line(ask(target, false).toPrettyString());
      return ExitCode.OK;
    }
    JsonNode plan = ask(target, true);
    JsonNode steps = plan.path("steps");
    if (dryRun || steps.isEmpty()) {
      options.show(plan, o -> show(o, times, plan));
      return ExitCode.OK;
    }
    // The answer for programs is one document: that of what was done.
    if (!options.json()) {
      show(out, times, plan);
    }
    String what = Counted.of(steps.size(), "step");
    if (!yes && !Question.agreed(options.json() ? "Do " + what + "? [y/N] " : "Do it? [y/N] ")) {
      throw new CommandFailed(
          ExitCode.USAGE,
          "Nothing was changed. To see the %s:  --dry-run  To restore without a question:  --yes"
              .formatted(what));
    }
    JsonNode done = ask(plan.path("toVersion").asString(), false);
    long version = done.path("version").asLong();
    options.done(
        done,
        "Done: version %d. To undo it:  posthorn restore %s --to %d --exact"
            .formatted(version, login, version - 1));
    return ExitCode.OK;
  }

  private JsonNode ask(String target, boolean onlyTell) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("to", target);
    body.put("exact", exact);
    body.put("dryRun", onlyTell);
    if (mailbox != null) {
      body.put("mailbox", mailbox);
    }
    if (message != null) {
      body.put("message", message);
    }
    return options
        .client()
        .post(AdminClient.path("users", Objects.requireNonNull(login), "restore"), body);
  }

  private static void show(Output out, Times times, JsonNode plan) {
    String asOf = plan.path("asOf").asString("");
    String version = "version " + plan.path("toVersion").asString();
    out.line(
        out.bold(
            asOf.isEmpty()
                ? "To " + version
                : "To %s, of %s".formatted(version, times.show(Instant.parse(asOf)))));
    if (plan.path("steps").isEmpty()) {
      out.line("Nothing to do: all is as it was then.");
    }
    plan.path("steps").forEach(step -> out.line("  " + step.path("what").asString()));
  }
}
