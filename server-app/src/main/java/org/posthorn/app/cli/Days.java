package org.posthorn.app.cli;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.config.Units;
import tools.jackson.databind.JsonNode;

/// Numbers of days as people type them (`90d`, `2w`, `none`, `default`), as requests have them (0:
/// for ever, -1: what else counts), and as they are shown.
final class Days {
  private static final int DEFAULT = -1;

  private Days() {}

  /// Into the body of a request, unless nothing was said.
  static void into(Map<String, Object> body, String key, @Nullable String text) {
    if (text != null) {
      body.put(key, parse(text));
    }
  }

  /// The same for history, which is never kept for ever nor not at all.
  static void historyInto(Map<String, Object> body, @Nullable String text) {
    if (text == null) {
      return;
    }
    boolean isNone =
        text.equals("none") || Units.duration(text).filter(Duration::isZero).isPresent();
    if (isNone) {
      throw new CommandFailed(
          ExitCode.USAGE,
          "History is kept for 1 to 36500 days: write for example 1d, or default. To forget at once"
              + " what is kept of a user:  posthorn space forget LOGIN");
    }
    body.put("historyDays", parse(text));
  }

  static int parse(String text) {
    return switch (text) {
      case "none" -> 0;
      case "default" -> DEFAULT;
      default ->
          Units.duration(text)
              .filter(time -> time.isPositive() && time.toDays() <= 36_500)
              .filter(time -> Duration.ofDays(time.toDays()).equals(time))
              .map(time -> (int) time.toDays())
              .orElseThrow(() ->
                  new CommandFailed(
                      ExitCode.USAGE,
                      "\""
                          + text
                          + "\" is not a number of days; write for example 30d, or default"));
    };
  }

  /// `30d`, `none`, or what stands for nothing said.
  static String show(JsonNode days, String otherwise) {
    if (!days.isNumber()) {
      return otherwise;
    }
    return days.asInt() == 0 ? "none" : days.asInt() + "d";
  }
}
