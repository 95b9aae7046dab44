package org.posthorn.app.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
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
    name = "space",
    description = {
      "Show who takes how much space: messages as their users see them, and mail that is in no mailbox any more and is kept so that this can be undone.",
      "Bytes that several messages share, such as those of a message to many users, count for each of them; on disk they are once."
    },
    footer = {
      "",
      "Examples:  posthorn space",
      "           posthorn space example.org --users 100",
      "           posthorn space collect --try"
    })
final class SpaceCommand implements Callable<Integer> {
  @Mixin private final ClientOptions options = new ClientOptions();

  @Parameters(paramLabel = "DOMAIN", arity = "0..1", description = "Only this domain.")
  private @Nullable String domain;

  @Option(
      names = "--users",
      paramLabel = "N",
      defaultValue = "20",
      description = "Show so many users, those who take the most. Default: ${DEFAULT-VALUE}.")
  private int users;

  @Option(names = "--quick", description = "Leave out what is kept for undo only: that takes time.")
  private boolean quick;

  private final Map<String, Sum> domains = new TreeMap<>();
  private final PriorityQueue<JsonNode> largest =
      new PriorityQueue<>(Comparator.comparingLong(SpaceCommand::bytes));
  private final List<String> problems = new ArrayList<>();
  private long accounts;
  private @Nullable JsonNode result;

  private record Sum(long users, long messages, long bytes, long historyBytes) {
    static final Sum NOTHING = new Sum(0, 0, 0, 0);

    Sum plus(JsonNode line) {
      return new Sum(
          users + 1,
          messages + line.path("messages").asLong(),
          bytes + line.path("bytes").asLong(),
          historyBytes + line.path("historyBytes").asLong());
    }
  }

  @Override
  public Integer call() {
    Output out = options.output();
    String path =
        "/space?history="
            + !quick
            + (domain == null ? "" : "&domain=" + AdminClient.encode(domain));
    options.client().lines("GET", path, new byte[0], line -> take(out, line));
    out.endProgress();
    if (result == null) {
      throw new CommandFailed(ExitCode.FAILED, "The answer ended early; ask again");
    }
    if (!options.json()) {
      print(out, result);
    }
    return ExitCode.OK;
  }

  private void take(Output out, JsonNode line) {
    if (options.json()) {
      out.line(line.toString());
    }
    if (line.has("done")) {
      result = line;
      return;
    }
    domains.merge(
        line.path("domain").asString(), Sum.NOTHING.plus(line), (sum, _) -> sum.plus(line));
    if (line.path("problem").isString()) {
      problems.add(name(line) + ": " + line.path("problem").asString());
    }
    largest.add(line);
    if (largest.size() > users) {
      largest.poll();
    }
    accounts++;
    if (!options.json()) {
      out.progress(Counted.of(accounts, "account"));
    }
  }

  private void print(Output out, JsonNode whole) {
    List<List<String>> rows = new ArrayList<>();
    domains.forEach((name, sum) ->
        rows.add(
            List.of(
                name.isEmpty() ? "(of nobody)" : name,
                Long.toString(sum.users()),
                Long.toString(sum.messages()),
                Output.size(sum.bytes()),
                undo(sum.historyBytes()))));
    out.table(List.of("DOMAIN", "USERS", "MESSAGES", "SIZE", "KEPT FOR UNDO"), rows);
    if (!largest.isEmpty()) {
      out.line("");
      out.table(List.of("USER", "MESSAGES", "SIZE", "KEPT FOR UNDO"), largestUsers());
    }
    out.line("");
    out.line(
        "On disk: %s of rows, %s of messages."
            .formatted(
                Output.size(whole.path("rowsOnDiskBytes").asLong()),
                Output.size(whole.path("contentsOnDiskBytes").asLong())));
    out.line(
        whole.has("lastCollection")
            ? lastCollection(whole.path("lastCollection"))
            : "Nothing was collected yet. What could be freed:  posthorn space collect --try");
    if (!problems.isEmpty()) {
      out.line("");
      problems.forEach(out::line);
      out.line("What is wrong with it:  posthorn verify");
    }
  }

  private List<List<String>> largestUsers() {
    return largest.stream()
        .sorted(Comparator.comparingLong(SpaceCommand::bytes).reversed())
        .map(line ->
            List.of(
                name(line),
                line.path("messages").asString(),
                Output.size(line.path("bytes").asLong()),
                undo(line.path("historyBytes").asLong())))
        .toList();
  }

  private static String name(JsonNode line) {
    String user = line.path("user").asString();
    return user.isEmpty() ? "account " + line.path("account").asString() : user;
  }

  private String undo(long bytes) {
    return quick ? "?" : Output.size(bytes);
  }

  private static long bytes(JsonNode line) {
    return line.path("bytes").asLong() + line.path("historyBytes").asLong();
  }

  private static String lastCollection(JsonNode round) {
    return "Last collection %s: freed %s of %s; left %s."
        .formatted(
            Times.here().show(Instant.parse(round.path("began").asString())),
            Output.size(round.path("freedBytes").asLong()),
            Counted.of(round.path("freedContents").asLong(), "message"),
            left(round));
  }

  /// What a round left, and why.
  private static String left(JsonNode round) {
    long newBytes = round.path("youngBytes").asLong();
    return "%s that are needed, %s that nobody has but that are new%s, and %s of no use"
        .formatted(
            Output.size(Math.max(0, round.path("keptBytes").asLong() - newBytes)),
            Output.size(newBytes),
            newBytes == 0
                ? ""
                : " (they can be freed from %s on)"
                    .formatted(
                        Times.here().show(Instant.parse(round.path("youngFreeFrom").asString()))),
            Output.size(round.path("deadBytes").asLong()));
  }

  @Command(
      name = "collect",
      description = {
        "Free the messages that nobody has any more, now instead of when the next collection is due.",
        "It rests most of the time so that it disturbs nobody. Messages that came in less than storage.collection.grace ago are not touched, so that whoever is about to file one has time for it; --grace makes that shorter, when the disk is full."
      },
      footer = {
        "",
        "Examples:  posthorn space collect",
        "           posthorn space collect --try --fast",
        "           posthorn space collect --fast --grace 10m"
      })
  int collect(
      @Mixin ClientOptions options,
      @Option(names = "--try", description = "Free nothing; tell what would be freed.")
          boolean tryOut,
      @Option(names = "--fast", description = "Do not rest in between.") boolean fast,
      @Option(
              names = "--grace",
              paramLabel = "TIME",
              description =
                  "Free also what came in so long ago: 10m or more. What takes longer from its last"
                      + " byte to its mailbox may be refused for now (451, NO); an import or a"
                      + " restore that is under way may have to be repeated. Nothing is lost.")
          @Nullable String grace) {
    Output out = options.output();
    var end = new ArrayList<JsonNode>();
    options
        .client()
        .lines(
            "POST",
            "/space/collect?try="
                + tryOut
                + "&fast="
                + fast
                + (grace == null ? "" : "&grace=" + AdminClient.encode(grace)),
            new byte[0],
            line -> {
              if (options.json()) {
                out.line(line.toString());
              } else if (!line.has("done")) {
                out.progress(progress(line));
              }
              if (line.has("done")) {
                end.add(line.path("round"));
              }
            });
    out.endProgress();
    if (end.isEmpty()) {
      throw new CommandFailed(ExitCode.FAILED, "The collection did not come to its end");
    }
    if (!options.json()) {
      out.line(collected(end.getFirst(), tryOut));
    }
    return end.getFirst().path("failures").asLong() == 0 ? ExitCode.OK : ExitCode.FAILED;
  }

  private static String progress(JsonNode line) {
    String named = Counted.of(line.path("named").asLong(), "message");
    return line.path("freeing").asBoolean()
        ? "needed: " + named + "; freeing the others"
        : "looking who needs what: " + named + " so far";
  }

  private static String collected(JsonNode round, boolean tryOut) {
    long failures = round.path("failures").asLong();
    long skipped = round.path("skippedFiles").asLong();
    return "%s %s of %s in %d s; left %s.%s%s"
        .formatted(
            tryOut ? "Would free" : "Freed",
            Output.size(round.path("freedBytes").asLong()),
            Counted.of(round.path("freedContents").asLong(), "message"),
            Duration.ofMillis(round.path("tookMillis").asLong()).toSeconds(),
            left(round),
            skipped == 0
                ? ""
                : " Not looked through, since nothing has died there: "
                    + Counted.of(skipped, "file")
                    + ".",
            failures == 0
                ? ""
                : " "
                    + Counted.of(failures, "file")
                    + " could not be dealt with: see the server's log.");
  }

  @Command(
      name = "forget",
      description = {
        "Forget at once all that is kept of a user so that it can be undone: what was changed until"
            + " now, and the messages that are in no mailbox any more. They cannot be had back.",
        "Their room on the disk is freed by the next collection: posthorn space collect."
      },
      footer = {
        "",
        "Examples:  posthorn space forget ann@example.org --dry-run",
        "           posthorn space forget ann@example.org --yes"
      })
  int forget(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "LOGIN", description = "The user.") String login,
      @Option(names = "--dry-run", description = "Only tell how much that is.") boolean dryRun,
      @Option(names = "--yes", description = "Do it; do not ask.") boolean yes) {
    String path = AdminClient.path("users", login, "history", "forget");
    if (dryRun || !yes) {
      JsonNode told = options.client().post(path, Map.of("dryRun", true));
      String what = what(told);
      if (dryRun) {
        options.show(told, out -> out.line("Would forget " + what + "."));
        return ExitCode.OK;
      }
      if (!Question.agreed("Forget %s of %s, for good? [y/N] ".formatted(what, login))) {
        throw new CommandFailed(
            ExitCode.USAGE, "Nothing was forgotten. To forget without a question:  --yes");
      }
    }
    JsonNode done = options.client().post(path, Map.of());
    options.done(
        done,
        "Forgot %s. To have their room now:  posthorn space collect --fast".formatted(what(done)));
    return ExitCode.OK;
  }

  private static String what(JsonNode told) {
    return "%s, and %s (%s) in no mailbox"
        .formatted(
            Counted.of(told.path("changes").asLong(), "change"),
            Counted.of(told.path("messages").asLong(), "message"),
            Output.size(told.path("bytes").asLong()));
  }
}
