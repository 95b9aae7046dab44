package org.posthorn.app.cli;

import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// Places that name addresses which nobody has, as people read them.
final class DeadEnds {
  private static final int TOLD_MAX = 20;

  private DeadEnds() {}

  /// What is said behind the answer when something is gone; nothing when nothing led there.
  static String behind(JsonNode gone) {
    JsonNode places = gone.path("leadNowhere");
    return places.isEmpty()
        ? ""
        : "\nNobody has this address any more, but it is named by:\n" + some(places);
  }

  private static String some(JsonNode places) {
    String told =
        places.valueStream().limit(TOLD_MAX).map(DeadEnds::line).collect(Collectors.joining("\n"));
    return places.size() <= TOLD_MAX
        ? told
        : told + "\n  and %d more:  posthorn alias check".formatted(places.size() - TOLD_MAX);
  }

  static String line(JsonNode place) {
    String where = place.path("where").asString();
    String what =
        switch (place.path("kind").asString()) {
          case "alias" -> "alias " + where;
          case "catch-all" -> "the catch-all of " + where;
          case "list-moderator" -> "the moderators of list " + where;
          case "list-archive" -> "the archive of list " + where;
          case "list-member" -> "the members of list " + where;
          default -> "smtp.postmaster in the configuration";
        };
    return "  %s (%s)".formatted(what, place.path("address").asString());
  }
}
