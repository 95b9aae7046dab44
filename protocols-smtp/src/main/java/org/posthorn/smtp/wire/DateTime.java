package org.posthorn.smtp.wire;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A date-time of RFC 3339 §5.6. The JDK's parsers take more (no seconds, seconds in the offset,
/// years of five digits) and less (no leap second, no offset of more than 18 hours).
final class DateTime {
  /// A fraction may have any number of digits; nine of them count.
  private static final Pattern FORM =
      Pattern.compile(
          "([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}):([0-9]{2})(?:(\\.[0-9]{1,9})[0-9]*)?"
              + "(?:Z|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))");

  private DateTime() {}

  static Optional<Instant> parse(String text) {
    Matcher form = FORM.matcher(text.toUpperCase(Locale.ROOT));
    if (!form.matches()) {
      return Optional.empty();
    }
    boolean leap = form.group(2).equals("60");
    String fraction = leap || form.group(3) == null ? "" : form.group(3);
    String local = form.group(1) + ":" + (leap ? "59" : form.group(2)) + fraction;
    try {
      Instant time = LocalDateTime.parse(local).toInstant(ZoneOffset.UTC).minus(offset(form));
      return leap ? afterLeapSecond(time.plusSeconds(1)) : Optional.of(time);
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  private static Duration offset(Matcher form) {
    if (form.group(4) == null) {
      return Duration.ZERO;
    }
    Duration east =
        Duration.ofHours(Long.parseLong(form.group(5))).plusMinutes(Long.parseLong(form.group(6)));
    return form.group(4).equals("-") ? east.negated() : east;
  }

  /// They end a month of UTC (§5.7); our clock knows none, so it is over when the month is.
  private static Optional<Instant> afterLeapSecond(Instant next) {
    LocalDateTime utc = LocalDateTime.ofInstant(next, ZoneOffset.UTC);
    boolean month = utc.getDayOfMonth() == 1 && utc.toLocalTime().equals(LocalTime.MIDNIGHT);
    return month ? Optional.of(next) : Optional.empty();
  }
}
