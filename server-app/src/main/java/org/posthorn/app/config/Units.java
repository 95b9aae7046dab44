package org.posthorn.app.config;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Sizes and times as people write them: `50MB`, `30m`, `1h30m`. K, M, G and T are powers of 1024.
public final class Units {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,18})\\s*(?:([KMGT])I?)?B?");
  private static final Pattern TIME = Pattern.compile("(\\d{1,9})(MS|W|D|H|M|S)");
  private static final String SIZE_LETTERS = "KMGT";

  private Units() {}

  public static Optional<Long> bytes(String text) {
    Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int power = matcher.group(2) == null ? 0 : SIZE_LETTERS.indexOf(matcher.group(2)) + 1;
    try {
      return Optional.of(Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << (10 * power)));
    } catch (ArithmeticException _) {
      return Optional.empty();
    }
  }

  public static Optional<Duration> duration(String text) {
    String upper = text.strip().toUpperCase(Locale.ROOT);
    if (upper.equals("0")) {
      return Optional.of(Duration.ZERO);
    }
    Matcher matcher = TIME.matcher(upper);
    Duration total = Duration.ZERO;
    int end = 0;
    while (end < upper.length() && matcher.find(end) && matcher.start() == end) {
      total = total.plus(one(Long.parseLong(matcher.group(1)), matcher.group(2)));
      end = matcher.end();
    }
    return end == upper.length() && end > 0 ? Optional.of(total) : Optional.empty();
  }

  /// The shortest writing that reads back as the same number.
  static String write(long bytes) {
    for (int power = SIZE_LETTERS.length(); power > 0; power--) {
      long unit = 1L << (10 * power);
      if (bytes != 0 && bytes % unit == 0) {
        return bytes / unit + SIZE_LETTERS.substring(power - 1, power) + "B";
      }
    }
    return Long.toString(bytes);
  }

  public static String write(Duration time) {
    if (time.isZero()) {
      return "0";
    }
    var text = new StringBuilder();
    append(text, time.toDays(), "d");
    append(text, time.toHoursPart(), "h");
    append(text, time.toMinutesPart(), "m");
    append(text, time.toSecondsPart(), "s");
    append(text, time.toMillisPart(), "ms");
    return text.toString();
  }

  private static void append(StringBuilder text, long count, String unit) {
    if (count != 0) {
      text.append(count).append(unit);
    }
  }

  private static Duration one(long count, String unit) {
    return switch (unit) {
      case "MS" -> Duration.ofMillis(count);
      case "S" -> Duration.ofSeconds(count);
      case "M" -> Duration.ofMinutes(count);
      case "H" -> Duration.ofHours(count);
      case "D" -> Duration.ofDays(count);
      default -> Duration.ofDays(7 * count);
    };
  }
}
