package org.posthorn.app.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.Counted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

@Command(
    name = "repository",
    description = "Mail that was put aside: quarantines, and the dead letters.",
    footer = {
      "",
      "Examples:  posthorn repository list",
      "           posthorn repository show quarantine --sender example.net",
      "           posthorn repository run quarantine 1r5g4u2a7k0c9d3m \\",
      "               --processor local"
    })
final class RepositoryCommand {
  private static final String YES = "Do it; do not ask.";
  private static final String DRY_RUN = "Only say how many recipients that would be.";

  @Command(
      name = "list",
      description = "Show the repositories: how much is in each, and how long it stays.",
      footer = {"", "Example:  posthorn repository list --json"})
  int list(@Mixin ClientOptions options) {
    JsonNode answer = options.client().get("/repositories");
    options.show(answer, out -> print(out, answer));
    return ExitCode.OK;
  }

  @Command(
      name = "show",
      description = {
        "Show the mail in a repository, oldest first, and why it is there.",
        "Of one mail  posthorn queue show  tells all."
      },
      footer = {
        "",
        "Examples:  posthorn repository show quarantine",
        "           posthorn repository show dead-letters --recipient ann@example.org \\",
        "               --json"
      })
  int show(
      @Mixin ClientOptions options,
      @Mixin RepositoryChoice choice,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "1000",
              description = "At most so many mails. Default: 1000.")
          int limit) {
    JsonNode answer = choice.show(options, limit);
    options.show(
        answer,
        out -> {
          if (answer.path("mails").isEmpty()) {
            out.line(
                choice.isKnown(options)
                    ? "Nothing is in it."
                    : "Nothing is in it; see  posthorn repository list");
          } else {
            printMails(out, answer);
          }
        });
    return ExitCode.OK;
  }

  @Command(
      name = "run",
      description = {
        "Lead mail through the chain again: through a processor, or through the one that it was put aside for.",
        "Dead letters go back to the step where they stopped."
      },
      footer = {
        "",
        "Examples:  posthorn repository run quarantine 1r5g4u2a7k0c9d3m \\",
        "               --processor local",
        "           posthorn repository run dead-letters --dry-run"
      })
  int run(
      @Mixin ClientOptions options,
      @Mixin RepositoryChoice choice,
      @Option(names = "--processor", paramLabel = "NAME", description = "Where it goes on.")
          @Nullable String processor,
      @Option(names = "--dry-run", description = DRY_RUN) boolean dryRun) {
    Map<String, Object> body = new LinkedHashMap<>();
    if (processor != null) {
      body.put("processor", processor);
    }
    var orders = new RepositoryOrders(options, choice, dryRun);
    JsonNode answer = orders.send("run", body);
    if (answer.path("recipients").asLong() == 0
        && processor == null
        && !choice.show(options, 1).path("mails").isEmpty()) {
      throw new CommandFailed(
          ExitCode.NOT_POSSIBLE,
          "Nobody has said where this mail goes on: name a processor with  --processor NAME");
    }
    return orders.tell(answer, "run again", "would be run again");
  }

  @Command(
      name = "export",
      description = {
        "Write the mail in a repository to files: ID.eml is the message, ID.json the envelope.",
        "It stays in the repository. A mail whose files are there already is left out."
      },
      footer = {"", "Example:  posthorn repository export quarantine --to /tmp/quarantine"})
  int export(
      @Mixin ClientOptions options,
      @Mixin RepositoryChoice choice,
      @Option(
              names = "--to",
              paramLabel = "DIR",
              required = true,
              description = "The directory; it is made.")
          Path directory) {
    return QueueExport.all(options, choice.ids(options), directory);
  }

  @Command(
      name = "expire",
      description = {
        "Throw away what came longer ago than a time.",
        "The server does it by itself for repositories with a time in the configuration (repositories.NAME.keep)."
      },
      footer = {"", "Example:  posthorn repository expire quarantine --older-than 30d --yes"})
  int expire(
      @Mixin ClientOptions options,
      @Mixin RepositoryChoice choice,
      @Option(names = "--dry-run", description = DRY_RUN) boolean dryRun,
      @Option(names = "--yes", description = YES) boolean yes) {
    if (!choice.hasAge()) {
      throw new CommandFailed(ExitCode.USAGE, "Say how old:  --older-than 30d");
    }
    return new RepositoryOrders(options, choice, dryRun)
        .afterAsking("expire", "thrown away", "would be thrown away", yes);
  }

  @Command(
      name = "delete",
      description = "Throw mail in a repository away. Nobody is told.",
      footer = {
        "",
        "Examples:  posthorn repository delete quarantine 1r5g4u2a7k0c9d3m --yes",
        "           posthorn repository delete quarantine --sender spammer@example.net"
      })
  int delete(
      @Mixin ClientOptions options,
      @Mixin RepositoryChoice choice,
      @Option(names = "--dry-run", description = DRY_RUN) boolean dryRun,
      @Option(names = "--yes", description = YES) boolean yes) {
    return new RepositoryOrders(options, choice, dryRun)
        .afterAsking("drop", "thrown away", "would be thrown away", yes);
  }

  private static void print(Output out, JsonNode repositories) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode each : repositories) {
      long keepSeconds = each.path("keepSeconds").asLong();
      rows.add(
          List.of(
              each.path("name").asString(),
              each.path("mails").asString(),
              each.path("recipients").asString(),
              Waits.near(each.path("oldest").asString("")),
              Waits.near(each.path("newest").asString("")),
              keepSeconds == 0 ? "until taken out" : time(Duration.ofSeconds(keepSeconds))));
    }
    out.table(List.of("REPOSITORY", "MAILS", "RECIPIENTS", "OLDEST", "NEWEST", "STAYS"), rows);
  }

  private static String time(Duration time) {
    return time.toHours() % 24 == 0
        ? Counted.of(time.toDays(), "day")
        : Counted.of(time.toHours(), "hour");
  }

  private static void printMails(Output out, JsonNode answer) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode mail : answer.path("mails")) {
      for (JsonNode recipient : mail.path("recipients")) {
        rows.add(
            List.of(
                mail.path("id").asString(),
                mail.path("sender").asString("<>"),
                recipient.path("address").asString(),
                Waits.near(recipient.path("due").asString("")),
                why(recipient.path("where").asString(""))));
      }
    }
    out.table(List.of("MAIL", "FROM", "TO", "SINCE", "WHY"), rows);
    QueuePages.tellOfRest(out, answer, "--sender, --recipient, --reason");
  }

  /// Of a stack trace the first line.
  private static String why(String where) {
    return where.lines().findFirst().orElse("").replaceFirst("^in the repository [^:]*: ", "");
  }
}
