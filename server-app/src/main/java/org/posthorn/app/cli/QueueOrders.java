package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.message.Counted;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// Which mail an order is for, and how it is given: for one mail, for all that fits, or only to see
/// how many that would be.
final class QueueOrders {
  @Mixin private ClientOptions options = new ClientOptions();

  @Parameters(
      paramLabel = "MAIL",
      arity = "0..1",
      description = "The mail's id, from the list or the log.")
  private @Nullable String mail;

  @Mixin private QueueChoice choice = new QueueChoice();

  @Option(names = "--all", description = "All mail under way.")
  private boolean all;

  @Option(names = "--dry-run", description = "Only say how many recipients that would be.")
  private boolean dryRun;

  /// Filled by the command line.
  QueueOrders() {}

  QueueOrders(ClientOptions options, QueueChoice choice, boolean dryRun) {
    this.options = options;
    this.choice = choice;
    this.dryRun = dryRun;
  }

  boolean areForASender() {
    return mail == null && choice.hasSender();
  }

  /// Gives the order. `done` is what became of the recipients, as in `3 recipients held`, `would`
  /// what would become of them.
  int give(String verb, Map<String, ?> body, String done, String would) {
    return give(verb, body, done, would, "");
  }

  /// As [#give], with what is to be known about it once it is done.
  int give(String verb, Map<String, ?> body, String done, String would, String then) {
    requireChoice();
    JsonNode answer = send(verb, body, choice.query(also(dryRun)));
    String count = Counted.of(answer.path("recipients").asLong(), "recipient");
    long busy = answer.path("busy").asLong();
    boolean nothing = answer.path("recipients").asLong() + busy == 0;
    String held = nothing && verb.equals("retry") ? held() : "";
    options.done(
        answer,
        count
            + " "
            + (dryRun ? would : done)
            + (nothing && !all && held.isEmpty() ? why() : ".")
            + held
            + (nothing || dryRun ? "" : then)
            + (busy == 0
                ? ""
                : " "
                    + Counted.of(busy, "recipient")
                    + " left out: somebody works on them right now; repeat it."));
    if (busy == 0 || dryRun) {
      return ExitCode.OK;
    }
    return answer.path("recipients").asLong() == 0 ? ExitCode.NOT_POSSIBLE : ExitCode.FAILED;
  }

  /// Why an order has found nobody. What is in a repository is not under way.
  private String why() {
    if (mail != null) {
      for (JsonNode recipient :
          options.client().get(AdminClient.path("queue", mail)).path("recipients")) {
        String repository = QueueLines.repository(recipient);
        if (!repository.isEmpty()) {
          return ": it is in the repository %s. See  posthorn repository show %s"
              .formatted(repository, repository);
        }
      }
    }
    return ": none fits, or it is so already. See  posthorn queue list";
  }

  /// That what was to be tried waits for somebody to release it; empty if none does.
  private String held() {
    String query = choice.queryOfHeld(also(true));
    long count = send("release", Map.of(), query).path("recipients").asLong();
    return count == 0
        ? ""
        : " %s %s held, and not tried before  posthorn queue release%s"
            .formatted(
                Counted.of(count, "recipient"),
                count == 1 ? "is" : "are",
                mail == null ? "" : " " + mail);
  }

  /// As [#give], but asks first, naming how many it is about; `question` has a %s for that.
  int giveAfterAsking(
      String verb,
      Map<String, ?> body,
      String done,
      String would,
      String question,
      boolean agreed) {
    requireChoice();
    if (!agreed && !dryRun) {
      JsonNode preview = send(verb, body, choice.query(also(true)));
      // Whom somebody works on now may be at rest when the order comes.
      long count = preview.path("recipients").asLong() + preview.path("busy").asLong();
      if (count > 0
          && !Question.agreed(question.formatted(Counted.of(count, "recipient")) + " [y/N] ")) {
        throw new CommandFailed(
            ExitCode.USAGE,
            "%s %s. Nothing was done; to do it without a question:  --yes"
                .formatted(Counted.of(count, "recipient"), would));
      }
    }
    return give(verb, body, done, would);
  }

  private void requireChoice() {
    if (mail != null && all) {
      throw new CommandFailed(ExitCode.USAGE, "A MAIL, or --all: not both");
    }
    if (mail == null && !all && choice.isEverything()) {
      throw new CommandFailed(
          ExitCode.USAGE,
          "Give the id of a MAIL, or say which with --destination, --sender, --state and so on, or --all");
    }
  }

  /// What an order says beside which mail it is for.
  private String[] also(boolean dry) {
    List<String> more = new ArrayList<>();
    if (dry) {
      more.add("dry-run=true");
    }
    if (all) {
      more.add("all=true");
    }
    return more.toArray(String[]::new);
  }

  private JsonNode send(String verb, Map<String, ?> body, String query) {
    choice.requireKnownBy(options);
    if (mail != null) {
      return options.client().post(AdminClient.path("queue", mail, verb) + query, body);
    }
    var last = new AtomicReference<@Nullable JsonNode>();
    Output out = options.output();
    options
        .client()
        .lines(
            "POST",
            "/queue/" + verb + query,
            options.mapper().writeValueAsBytes(body),
            line -> {
              last.set(line);
              if (line.has("lookedAt")) {
                out.progress(
                    "%s so far, of %,d mails looked at"
                        .formatted(
                            Counted.of(line.path("recipients").asLong(), "recipient"),
                            line.path("lookedAt").asLong()));
              }
            });
    out.endProgress();
    JsonNode answer = last.get();
    if (answer == null || !answer.path("done").asBoolean(false)) {
      throw new CommandFailed(
          ExitCode.FAILED, "The server went away before all was done: repeat the command");
    }
    return answer;
  }
}
