package org.posthorn.app.transfer.imap;

import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What a FETCH response says of a message; 0 for what it does not say.
record Found(long uid, List<String> flags, long internalMillis, long sizeBytes) {
  private static final DateTimeFormatter DATE =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern("d-MMM-yyyy HH:mm:ss Z")
          .toFormatter(Locale.ENGLISH);

  Found {
    flags = List.copyOf(flags);
  }

  /// Empty for other responses, and for those that do not say which message it is.
  static Optional<Found> read(List<Object> response) {
    if (response.size() < 4
        || !ImapResponses.is(response.get(2), "FETCH")
        || !(response.get(3) instanceof List<?> items)) {
      return Optional.empty();
    }
    long uid = 0;
    long size = 0;
    long millis = 0;
    List<String> flags = List.of();
    for (int i = 0; i + 1 < items.size(); i += 2) {
      Object value = items.get(i + 1);
      switch (String.valueOf(items.get(i)).toUpperCase(Locale.ROOT)) {
        case "UID" -> uid = ImapResponses.number(value);
        case "RFC822.SIZE" -> size = ImapResponses.number(value);
        case "INTERNALDATE" -> millis = millis(String.valueOf(value));
        case "FLAGS" -> flags = flags(value);
        default -> {
          // Not asked for.
        }
      }
    }
    return uid > 0 ? Optional.of(new Found(uid, flags, millis, size)) : Optional.empty();
  }

  private static List<String> flags(Object value) {
    List<String> flags = new ArrayList<>();
    if (value instanceof List<?> names) {
      names.stream()
          .map(String::valueOf)
          .filter(name -> !name.equalsIgnoreCase("\\Recent"))
          .forEach(flags::add);
    }
    return flags;
  }

  /// `17-Jul-1996 02:44:25 -0700`; 0 for what is none.
  static long millis(String date) {
    try {
      return OffsetDateTime.parse(date.strip(), DATE).toInstant().toEpochMilli();
    } catch (DateTimeException _) {
      return 0;
    }
  }
}
