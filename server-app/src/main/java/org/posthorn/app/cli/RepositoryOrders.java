package org.posthorn.app.cli;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.Counted;
import tools.jackson.databind.JsonNode;

/// Orders about mail in a repository.
record RepositoryOrders(ClientOptions options, RepositoryChoice choice, boolean dryRun) {
  JsonNode send(String verb, Map<String, ?> body) {
    return answer(verb, body, dryRun);
  }

  /// Says what became of how many.
  int tell(JsonNode answer, String done, String would) {
    long recipients = answer.path("recipients").asLong();
    long busy = answer.path("busy").asLong();
    options.done(
        answer,
        Counted.of(recipients, "recipient")
            + " "
            + (dryRun ? would : done)
            + "."
            + (recipients + busy > 0 || options.json() || choice.isKnown(options)
                ? ""
                : " Nothing is in %s; see  posthorn repository list".formatted(choice.name()))
            + (busy == 0 ? "" : " " + Counted.of(busy, "recipient") + " left out: repeat it."));
    if (busy == 0 || dryRun) {
      return ExitCode.OK;
    }
    return recipients == 0 ? ExitCode.NOT_POSSIBLE : ExitCode.FAILED;
  }

  /// Asks first, naming how many it is about.
  int afterAsking(String verb, String done, String would, boolean agreed) {
    if (!agreed && !dryRun) {
      JsonNode preview = answer(verb, Map.of(), true);
      // Whom somebody works on now may be at rest when the order comes.
      long count = preview.path("recipients").asLong() + preview.path("busy").asLong();
      if (count > 0
          && !Question.agreed(
              "Throw %s in %s away? Nobody will be told. [y/N] "
                  .formatted(Counted.of(count, "recipient"), choice.name()))) {
        throw new CommandFailed(
            ExitCode.USAGE, "Nothing was done. To do it without a question:  --yes");
      }
    }
    return tell(answer(verb, Map.of(), dryRun), done, would);
  }

  private JsonNode answer(String verb, Map<String, ?> body, boolean dry) {
    String path = choice.path(verb) + "?" + (dry ? choice.query("dry-run=true") : choice.query());
    if (choice.isOne()) {
      return options.client().post(path, body);
    }
    var last = new AtomicReference<@Nullable JsonNode>();
    Output out = options.output();
    byte[] bytes = options.mapper().writeValueAsBytes(body);
    options
        .client()
        .lines(
            "POST",
            path,
            bytes,
            line -> {
              last.set(line);
              out.progress(Counted.of(line.path("recipients").asLong(), "recipient") + " so far");
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
