package org.posthorn.app.cli;

import java.util.stream.Collectors;
import org.posthorn.message.Counted;
import tools.jackson.databind.JsonNode;

/// Tells how an import goes, line by line. Used by one thread.
final class ImportReport {
  private final ClientOptions options;
  private final Output out;
  private int added;
  private int refused;
  private boolean whole;

  ImportReport(ClientOptions options) {
    this.options = options;
    this.out = options.output();
  }

  void take(JsonNode line) {
    if (options.json()) {
      out.line(line.toString());
    }
    if (line.has("done")) {
      whole = true;
      line.path("alsoReceives")
          .forEachEntry((login, roles) ->
              tell(
                  "%s, the first user of the domain, also gets mail for %s"
                      .formatted(
                          login,
                          roles
                              .valueStream()
                              .map(JsonNode::asString)
                              .collect(Collectors.joining(", ")))));
    } else if (line.has("problem")) {
      refused++;
      tell("line %s: %s".formatted(line.path("line").asString(), line.path("problem").asString()));
    } else {
      added++;
      if (!options.json()) {
        out.progress(Counted.of(added, "user") + " added");
      }
    }
  }

  int end() {
    if (!whole) {
      throw new CommandFailed(
          ExitCode.FAILED, "The server went away; added before: " + Counted.of(added, "user"));
    }
    tell(
        "%s added, %s not taken".formatted(Counted.of(added, "user"), Counted.of(refused, "line")));
    return refused == 0 ? ExitCode.OK : ExitCode.FAILED;
  }

  private void tell(String text) {
    if (!options.json()) {
      out.endProgress();
      out.line(text);
    }
  }
}
