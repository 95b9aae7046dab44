package org.posthorn.app.cli;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.message.Counted;
import tools.jackson.databind.JsonNode;

/// Prints stories of mails. Used by one thread.
final class TraceLines {
  private static final String INDENT = "  ";
  private static final int DEPTH_MAX = 8;
  private static final int PEOPLE_MAX = 3;

  private final Output out;
  private final Times times;
  private final boolean steps;

  TraceLines(Output out, Times times, boolean steps) {
    this.out = out;
    this.times = times;
    this.steps = steps;
  }

  /// A paragraph for each mail; those that were made for others come behind them, indented. On top
  /// stands when it was refused.
  void stories(List<JsonNode> lines) {
    Map<String, List<JsonNode>> children = new HashMap<>();
    Set<String> there =
        lines.stream().map(line -> line.path("mail").asString("")).collect(Collectors.toSet());
    List<JsonNode> roots = new ArrayList<>();
    for (JsonNode line : lines) {
      String parent = line.path("onBehalfOf").asString("");
      if (line.path("mail").asString("").isEmpty()) {
        continue;
      }
      if (there.contains(parent) && !parent.isEmpty()) {
        children.computeIfAbsent(parent, _ -> new ArrayList<>()).add(line);
      } else {
        roots.add(line);
      }
    }
    refusals(lines);
    var told = new HashSet<String>();
    roots.forEach(root -> story(root, 0, children, told));
    warn(lines.getLast());
  }

  private void refusals(List<JsonNode> lines) {
    List<JsonNode> refused = lines.stream().filter(line -> line.has("event")).toList().reversed();
    refused.forEach(this::live);
    if (!refused.isEmpty()) {
      out.line("");
    }
  }

  private void story(
      JsonNode mail, int depth, Map<String, List<JsonNode>> children, Set<String> told) {
    String id = mail.path("mail").asString();
    if (!told.add(id)) {
      return;
    }
    if (told.size() > 1) {
      out.line("");
    }
    String indent = INDENT.repeat(Math.min(depth, DEPTH_MAX));
    String messageId = mail.path("messageId").asString("");
    String parent = mail.path("onBehalfOf").asString("");
    out.line(
        indent
            + out.bold("Mail " + id)
            + (messageId.isEmpty() ? "" : "  " + messageId)
            + (parent.isEmpty() ? "" : "  for " + parent));
    for (JsonNode event : mail.path("events")) {
      if (steps || !event.path("detail").asBoolean()) {
        out.line(indent + INDENT + when(event) + "  " + text(event));
      }
    }
    out.line(indent + INDENT + "now: " + mail.path("fate").asString());
    for (JsonNode child : children.getOrDefault(id, List.of())) {
      story(child, depth + 1, children, told);
    }
  }

  /// A line for each mail, and for each client that was refused.
  void table(List<JsonNode> lines, String what) {
    List<List<String>> rows = new ArrayList<>();
    List<JsonNode> all =
        lines.stream()
            .filter(line -> line.has("mail"))
            .sorted((one, other) -> at(other).compareTo(at(one)))
            .toList();
    for (JsonNode line : all) {
      rows.add(line.has("fate") ? mail(line) : refused(line));
    }
    out.table(List.of("WHEN", "MAIL", "FROM", "TO", "FATE"), rows);
    if (lines.getLast().path("more").asBoolean()) {
      out.line("There is more, older: ask with a higher --limit.");
    }
    warn(lines.getLast());
    all.stream()
        .filter(line -> line.has("fate"))
        .findFirst()
        .ifPresent(line ->
            out.line(out.faint("One whole:  posthorn trace " + line.path("mail").asString())));
  }

  /// A line for whom each mail ended without being delivered, and what can be done about it.
  void failures(List<JsonNode> lines) {
    List<List<String>> rows =
        lines.stream()
            .filter(line -> line.has("mail"))
            .map(line ->
                List.of(
                    when(line),
                    line.path("mail").asString(),
                    sender(line.path("sender").asString("")),
                    line.path("to").asString(),
                    line.path("why").asString()))
            .toList();
    if (rows.isEmpty()) {
      out.line("Nothing has failed since then.");
      return;
    }
    out.table(List.of("WHEN", "MAIL", "FROM", "TO", "WHY"), rows);
    if (lines.getLast().path("more").asBoolean()) {
      out.line("There is more, older: ask with a higher --limit.");
    }
    out.line("");
    out.line("What bounced is not here any more: once the cause is mended, its sender sends");
    out.line("it again. What is in the dead letters is:  posthorn queue retry --state dead");
  }

  private List<String> mail(JsonNode line) {
    return List.of(
        when(line),
        line.path("mail").asString(),
        sender(line.path("sender").asString("")),
        people(line.path("to")),
        line.path("fate").asString());
  }

  private List<String> refused(JsonNode line) {
    JsonNode event = line.path("event");
    JsonNode refused = event.path("event");
    return List.of(
        when(event),
        "-",
        sender(refused.path("sender").asString("")),
        people(refused.path("to")),
        "refused: "
            + refused.path("reply").asString()
            + (refused.path("because").asString("").isEmpty()
                ? ""
                : "; gate " + refused.path("because").asString()));
  }

  /// One event as it happens.
  void live(JsonNode line) {
    JsonNode event = line.path("event");
    if (steps || !event.path("detail").asBoolean()) {
      String mail = line.path("mail").asString("");
      out.line(when(event) + "  " + (mail.isEmpty() ? "" : out.bold(mail) + "  ") + text(event));
    }
  }

  private void warn(JsonNode last) {
    long missing = last.path("missingEvents").asLong();
    if (missing > 0) {
      out.line(
          "%s of these or other mails came too fast at that time and %s missing."
              .formatted(Counted.of(missing, "event"), missing == 1 ? "is" : "are"));
    }
  }

  private static Instant at(JsonNode line) {
    return Instant.parse((line.has("at") ? line : line.path("event")).path("at").asString());
  }

  private String when(JsonNode event) {
    return times.show(Instant.parse(event.path("at").asString()));
  }

  /// With the time of the next try as all others are written.
  private String text(JsonNode event) {
    String text = event.path("text").asString();
    String next = event.path("event").path("next").asString("");
    return next.isEmpty() ? text : text.replace(next, times.show(Instant.parse(next)));
  }

  private static String sender(String sender) {
    return sender.isEmpty() ? "<>" : sender;
  }

  private static String people(JsonNode addresses) {
    List<String> some =
        addresses.path("some").valueStream().limit(PEOPLE_MAX).map(JsonNode::asString).toList();
    int others = addresses.path("count").asInt() - some.size();
    return String.join(", ", some) + (others > 0 ? " and " + others + " more" : "");
  }
}
