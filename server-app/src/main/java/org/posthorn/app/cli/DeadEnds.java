package org.posthorn.app.cli;

import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// Places that name addresses which nobody has, or whose mail nobody gets, or which are a user's
/// name from before, as people read them.
final class DeadEnds {
  private static final int TOLD_MAX = 20;

  private DeadEnds() {}

  /// What is said behind the answer when something is gone; nothing when nothing led there.
  static String behind(JsonNode gone) {
    JsonNode places = gone.path("leadNowhere");
    return places.isEmpty()
        ? ""
        : "\nNobody has this address any more. What led to it leads nowhere now:\n"
            + some(places, ":  posthorn alias check");
  }

  /// What is said behind the answer when a user has another name; nothing when no list knew the
  /// name before.
  static String listsByOldName(JsonNode renamed) {
    JsonNode places = renamed.path("listsByOldName");
    String login = renamed.path("login").asString();
    // Who has logged in is a member by each own address, and an alias that is kept is one.
    String posts =
        renamed.path("alias").asBoolean()
            ? "after a login counts as from there; only what comes without a login is a stranger's"
            : "is a stranger's";
    return places.isEmpty()
        ? ""
        : """

        Lists know the user by the name before:
        %s
        What is posted from %s %s.
        To have the new name there, for each list (name all its moderators anew):
          posthorn list subscribe LIST %s
          posthorn list unsubscribe LIST ADDRESS
          posthorn list set LIST moderators=ADDRESS,…\
        """
            .formatted(some(places, " (--json has them all)"), login, posts, login);
  }

  private static String some(JsonNode places, String where) {
    String told =
        places.valueStream().limit(TOLD_MAX).map(DeadEnds::line).collect(Collectors.joining("\n"));
    return places.size() <= TOLD_MAX
        ? told
        : told + "\n  and %d more%s".formatted(places.size() - TOLD_MAX, where);
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
