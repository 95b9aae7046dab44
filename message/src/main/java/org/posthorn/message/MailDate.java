package org.posthorn.message;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Dates as mail writes them (RFC 5322 §3.3), and as it has written them (§4.3).
public final class MailDate {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss Z", Locale.ENGLISH);
  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
  private static final int TEXT_MAX = 200;

  private MailDate() {}

  /// Such as `Sun, 22 Nov 2026 12:00:00 +0000`, in UTC.
  public static String format(Instant instant) {
    return FORMAT.format(instant.atOffset(ZoneOffset.UTC));
  }

  /// Reads the value of a Date field: with or without the day of the week, seconds and zone, with
  /// two-digit years, named zones and comments. Empty for what is no date.
  public static Optional<OffsetDateTime> parse(String text) {
    List<String> words = words(text);
    int at = !words.isEmpty() && !isNumber(words.getFirst()) ? 1 : 0;
    if (words.size() < at + 4 || !isNumber(words.get(at)) || !isNumber(words.get(at + 2))) {
      return Optional.empty();
    }
    String month = words.get(at + 1).toLowerCase(Locale.ROOT);
    int monthIndex = month.length() < 3 ? -1 : MONTHS.indexOf(month.substring(0, 3));
    String[] time = words.get(at + 3).split(":", -1);
    if (monthIndex < 0 || time.length < 2 || !isNumber(time[0]) || !isNumber(time[1])) {
      return Optional.empty();
    }
    int second = time.length > 2 && isNumber(time[2]) ? Integer.parseInt(time[2]) : 0;
    try {
      LocalDateTime local =
          LocalDateTime.of(
              year(words.get(at + 2)),
              monthIndex + 1,
              Integer.parseInt(words.get(at)),
              Integer.parseInt(time[0]),
              Integer.parseInt(time[1]),
              Math.min(second, 59));
      ZoneOffset zone = words.size() > at + 4 ? zone(words.get(at + 4)) : ZoneOffset.UTC;
      return Optional.of(local.atOffset(zone));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  /// The Date field of the message that begins with `bytes`.
  public static Optional<OffsetDateTime> ofMessage(byte[] bytes) {
    return Headers.read(bytes).stream()
        .map(Headers.Placed::field)
        .filter(field -> field.is("Date"))
        .findFirst()
        .flatMap(field -> parse(field.value()));
  }

  private static int year(String digits) {
    int year = Integer.parseInt(digits);
    if (digits.length() == 2) {
      return year < 50 ? 2000 + year : 1900 + year;
    }
    return digits.length() == 3 ? 1900 + year : year;
  }

  private static ZoneOffset zone(String text) {
    if (text.length() == 5 && (text.startsWith("+") || text.startsWith("-"))) {
      String digits = text.substring(1);
      if (isNumber(digits)) {
        int minutes = Integer.parseInt(digits) / 100 * 60 + Integer.parseInt(digits) % 100;
        return ZoneOffset.ofTotalSeconds((text.startsWith("-") ? -60 : 60) * minutes);
      }
    }
    int hours =
        switch (text.toUpperCase(Locale.ROOT)) {
          case "EDT" -> -4;
          case "EST", "CDT" -> -5;
          case "CST", "MDT" -> -6;
          case "MST", "PDT" -> -7;
          case "PST" -> -8;
          default -> 0;
        };
    return ZoneOffset.ofHours(hours);
  }

  /// Split at white space and commas, without comments.
  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    int depth = 0;
    for (int i = 0; i < Math.min(text.length(), TEXT_MAX); i++) {
      char c = text.charAt(i);
      depth += c == '(' ? 1 : 0;
      if (depth == 0 && c > ' ' && c != ',') {
        word.append(c);
      } else if (!word.isEmpty()) {
        words.add(word.toString());
        word.setLength(0);
      }
      depth -= c == ')' && depth > 0 ? 1 : 0;
    }
    if (!word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty()
        && text.length() <= 4
        && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
