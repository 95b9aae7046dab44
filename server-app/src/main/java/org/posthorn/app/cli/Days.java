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
