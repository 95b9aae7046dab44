package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// What would become of a mail, for people: a line for each step, under it what the step changes,
/// and at the end a table of where the recipients are.
final class RehearsalLines {
  private static final int RECIPIENTS_SHOWN = 3;

  private RehearsalLines() {}

  static void print(JsonNode report, Output out) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode turn : report.path("turns")) {
      String place = turn.path("processor").asString() + "/" + turn.path("step").asString();
      if (turn.path("matched").isEmpty()) {
        rows.add(List.of(place, "-", "passed by: " + some(turn.path("passedBy"))));
        continue;
      }
      rows.add(List.of(place, some(turn.path("matched")), turn.path("outcome").asString()));
      turn.path("changes").forEach(change -> rows.add(List.of("", "", "  " + change.asString())));
      turn.path("deeds")
          .forEach(deed -> rows.add(List.of("", "", "  would send " + deed.asString())));
    }
    out.table(List.of("STEP", "FOR", "WHAT"), rows);
    out.line("");
    out.table(
        List.of("IN THE END", "RECIPIENT", "WHERE", "WHY"),
        report
            .path("ends")
            .valueStream()
            .flatMap(end ->
                end.path("recipients")
                    .valueStream()
                    .map(recipient ->
                        List.of(
                            word(end.path("kind").asString()),
                            recipient.asString(),
                            end.path("place").asString(),
                            end.path("reason").asString())))
            .toList());
  }

  private static String word(String kind) {
    return switch (kind) {
      case "served" -> "done";
      case "relayed" -> "sent on";
      case "retried" -> "tried again";
      default -> kind;
    };
  }

  private static String some(JsonNode addresses) {
    List<String> all = addresses.valueStream().map(JsonNode::asString).toList();
    return all.size() <= RECIPIENTS_SHOWN
        ? String.join(", ", all)
        : String.join(", ", all.subList(0, RECIPIENTS_SHOWN))
            + " and "
            + (all.size() - RECIPIENTS_SHOWN)
            + " more";
  }
}
