package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.message.Counted;
import org.posthorn.message.report.RecipientReport;
import tools.jackson.databind.JsonNode;

/// How destinations of the queue are shown.
final class DestinationLines {
  private DestinationLines() {}

  static void table(Output out, JsonNode answer) {
    List<List<String>> rows = new ArrayList<>();
    JsonNode destinations = answer.path("destinations");
    for (JsonNode each : destinations) {
      rows.add(
          List.of(
              each.path("name").asString(),
              Output.number(each.path("recipients")),
              Output.number(each.path("held")),
              each.path("state").asString(),
              Waits.near(each.path("oldest").asString("")),
              next(each),
              each.path("lastText").asString("")));
    }
    if (rows.isEmpty()) {
      out.line("Nothing is on its way to other servers.");
      tellOfChain(out, answer.path("inChain").asLong());
    } else {
      out.table(
          List.of("DESTINATION", "WAITING", "HELD", "STATE", "OLDEST", "NEXT", "LAST ANSWER"),
          rows);
      out.tellOfRest(destinations.size(), answer.path("total").asLong(), "destinations");
      out.line("");
      out.line("What an answer means and what to do:  posthorn queue destinations NAME");
      tellOfChain(out, answer.path("inChain").asLong());
    }
  }

  private static void tellOfChain(Output out, long inChain) {
    if (inChain > 0) {
      out.line(
          "%s in the chain here:  posthorn queue list --state waiting"
              .formatted(
                  inChain == 1 ? "1 recipient waits" : "%,d recipients wait".formatted(inChain)));
    }
  }

  static void one(Output out, JsonNode destination) {
    out.line(out.bold(destination.path("name").asString()));
    out.line(
        "waiting     %s, %s held"
            .formatted(
                Counted.of(destination.path("recipients").asLong(), "recipient"),
                Output.number(destination.path("held"))));
    out.line(
        "state       %s; %s in use, of %s"
            .formatted(
                destination.path("state").asString(),
                Counted.of(destination.path("underway").asLong(), "connection"),
                destination.path("atOnce").asString()));
    if (destination.path("failures").asInt() > 0) {
      out.line(
          "in vain     %s in a row"
              .formatted(Counted.of(destination.path("failures").asLong(), "time")));
    }
    line(out, "route       ", destination.path("route").asString(""));
    line(out, "limits      ", destination.path("limits").asString(""));
    line(out, "oldest      ", Waits.near(destination.path("oldest").asString("")));
    line(out, "next        ", next(destination));
    String said = destination.path("lastText").asString("");
    if (!said.isEmpty()) {
      out.line(
          Waits.near(destination.path("lastAt").asString(""))
              + whose(said, destination.path("lastRemote").asString(""))
              + said);
    }
    line(out, "meaning     ", destination.path("meaning").asString(""));
    line(out, "what to do  ", destination.path("advice").asString(""));
    JsonNode doors = destination.path("doors");
    if (doors.size() > 1) {
      doors.forEach(door -> door(out, door));
    }
  }

  /// One of several ways to come there, of which some are shut.
  private static void door(Output out, JsonNode door) {
    out.line("");
    out.line(out.bold(door.path("as").asString()));
    int failures = door.path("failures").asInt();
    out.line(
        "state       %s; %s waiting%s"
            .formatted(
                door.path("state").asString(),
                Counted.of(door.path("recipients").asLong(), "recipient"),
                failures == 0
                    ? ""
                    : ", in vain %s in a row".formatted(Counted.of(failures, "time"))));
    line(out, "next        ", Waits.near(door.path("leftAloneUntil").asString("")));
    line(out, "last        ", door.path("lastText").asString(""));
    line(out, "meaning     ", door.path("meaning").asString(""));
    line(out, "what to do  ", door.path("advice").asString(""));
  }

  /// Only what the server replied did it say: the rest are our words, perhaps about it.
  private static String whose(String said, String remote) {
    if (remote.isEmpty()) {
      return ": ";
    }
    return RecipientReport.isReply(said) ? ", " + remote + " said: " : ", about " + remote + ": ";
  }

  private static void line(Output out, String title, String text) {
    if (!text.isEmpty()) {
      out.line(title + text);
    }
  }

  /// A destination that is left alone is not tried before its pause is over.
  private static String next(JsonNode destination) {
    String pause = destination.path("leftAloneUntil").asString("");
    return Waits.near(pause.isEmpty() ? destination.path("nextTry").asString("") : pause);
  }
}
