package org.posthorn.imap.wire;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;

/// Dates as IMAP writes them (RFC 3501 §9 `date`, `date-time`).
final class DateParser {
  private static final String MONTHS = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";

  private final Tokens tokens;

  DateParser(Tokens tokens) {
    this.tokens = tokens;
  }

  /// `1-Feb-2026`, quoted or not.
  LocalDate date() throws IOException, ImapSyntaxException {
    boolean quoted = tokens.accept('"');
    LocalDate date = dateText();
    if (quoted) {
      tokens.expect('"');
    }
    return date;
  }

  /// `" 1-Feb-2026 12:34:56 +0100"`.
  Instant dateTime() throws IOException, ImapSyntaxException {
    tokens.expect('"');
    tokens.accept(' ');
    LocalDate date = dateText();
    tokens.space();
    int hour = tokens.fixedDigits(2);
    tokens.expect(':');
    int minute = tokens.fixedDigits(2);
    tokens.expect(':');
    int second = tokens.fixedDigits(2);
    tokens.space();
    boolean west = tokens.peek() == '-';
    tokens.expect(west ? '-' : '+');
    int zoneHours = tokens.fixedDigits(2);
    int zoneMinutes = tokens.fixedDigits(2);
    tokens.expect('"');
    try {
      int sign = west ? -1 : 1;
      ZoneOffset zone = ZoneOffset.ofHoursMinutes(sign * zoneHours, sign * zoneMinutes);
      // A leap second is the last one of its minute to us.
      LocalTime time = LocalTime.of(hour, minute, Math.min(second, second == 60 ? 59 : second));
      return date.atTime(time).toInstant(zone);
    } catch (DateTimeException _) {
      throw new ImapSyntaxException("No such time");
    }
  }

  private LocalDate dateText() throws IOException, ImapSyntaxException {
    int day = tokens.fixedDigits(1);
    if (tokens.atDigit()) {
      day = day * 10 + tokens.fixedDigits(1);
    }
    tokens.expect('-');
    int month = month();
    tokens.expect('-');
    int year = tokens.fixedDigits(4);
    try {
      return LocalDate.of(year, month, day);
    } catch (DateTimeException _) {
      throw new ImapSyntaxException("No such day");
    }
  }

  private int month() throws IOException, ImapSyntaxException {
    String name = tokens.keywordBefore('-');
    int place = name.length() == 3 ? MONTHS.indexOf(name) : -1;
    if (place < 0 || place % 3 != 0) {
      throw new ImapSyntaxException("No such month");
    }
    return place / 3 + 1;
  }
}
