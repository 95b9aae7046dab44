package org.posthorn.app.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/// Times near now, as people say them: `in 12m`, `2h ago`, from instants as the API writes them.
final class Waits {
  private Waits() {}

  static String near(String instant) {
    return from(instant, Instant.now());
  }

  static String from(String instant, Instant now) {
    if (instant.isEmpty()) {
      return "";
    }
    try {
      Duration away = Duration.between(now, Instant.parse(instant));
      if (away.abs().toSeconds() < 1) {
        return "now";
      }
      return away.isNegative() ? length(away.negated()) + " ago" : "in " + length(away);
    } catch (DateTimeException _) {
      return instant;
    }
  }

  /// The two largest units at most.
  private static String length(Duration time) {
    if (time.toDays() > 0) {
      return time.toDays() + "d" + part(time.toHoursPart(), "h");
    }
    if (time.toHours() > 0) {
      return time.toHours() + "h" + part(time.toMinutesPart(), "m");
    }
    return time.toMinutes() > 0 ? time.toMinutes() + "m" : time.toSeconds() + "s";
  }

  private static String part(int value, String unit) {
    return value == 0 ? "" : " " + value + unit;
  }
}
