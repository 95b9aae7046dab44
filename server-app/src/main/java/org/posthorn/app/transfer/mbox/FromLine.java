package org.posthorn.app.transfer.mbox;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/// The line between the messages of an mbox: `From ann@example.org Fri Nov 27 07:33:07 2026`, with
/// a zone before or behind the year in some programs.
final class FromLine {
  /// As `ctime` writes it (RFC 4155), a space before a day of one digit.
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ENGLISH);

  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");

  private FromLine() {}

  /// The time in it, milliseconds since 1970; empty when there is none. Without a zone it is UTC
  /// (RFC 4155).
  static OptionalLong millis(String line) {
    String[] words = line.strip().split(" +");
    for (int i = 1; i + 3 < words.length + 1; i++) {
      int month = MONTHS.indexOf(words[i].toLowerCase(Locale.ROOT));
      if (month >= 0 && i + 2 < words.length && words[i + 2].matches("\\d{1,2}:\\d\\d(:\\d\\d)?")) {
        return at(words, i, month + 1);
      }
    }
    return OptionalLong.empty();
  }

  static boolean hasTime(String line) {
    return millis(line).isPresent();
  }

  static String format(String sender, long millis) {
    return "From "
        + sender
        + " "
        + FORMAT.format(
            LocalDateTime.ofEpochSecond(Math.floorDiv(millis, 1_000), 0, ZoneOffset.UTC));
  }

  private static OptionalLong at(String[] words, int monthAt, int month) {
    String[] time = words[monthAt + 2].split(":", -1);
    try {
      int year = 0;
      ZoneOffset zone = ZoneOffset.UTC;
      for (int i = monthAt + 3; i < Math.min(words.length, monthAt + 6); i++) {
        if (year == 0 && words[i].matches("\\d{4}")) {
          year = Integer.parseInt(words[i]);
        } else if (words[i].matches("[+-]\\d{4}")) {
          zone = zone(words[i]);
        }
      }
      LocalDateTime local =
          LocalDateTime.of(
              year,
              month,
              Integer.parseInt(words[monthAt + 1]),
              Integer.parseInt(time[0]),
              Integer.parseInt(time[1]),
              time.length > 2 ? Math.min(59, Integer.parseInt(time[2])) : 0);
      return year == 0
          ? OptionalLong.empty()
          : OptionalLong.of(local.toInstant(zone).toEpochMilli());
    } catch (DateTimeException | NumberFormatException _) {
      return OptionalLong.empty();
    }
  }

  /// Throws [DateTimeException] for what is none.
  private static ZoneOffset zone(String text) {
    int minutes = Integer.parseInt(text.substring(1, 3)) * 60 + Integer.parseInt(text.substring(3));
    return ZoneOffset.ofTotalSeconds((text.charAt(0) == '-' ? -60 : 60) * minutes);
  }
}
