package org.posthorn.app.transfer.imap;

import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What FETCH responses say of a message; 0 for what they do not say. `hasFlags` and `hasDate`:
/// whether they say these at all. `labels` are Gmail's.
record Found(
    long uid,
    List<String> flags,
    boolean hasFlags,
    List<String> labels,
    long internalMillis,
    boolean hasDate,
    long sizeBytes) {
  private static final DateTimeFormatter DATE =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern("d-MMM-yyyy HH:mm:ss Z")
          .toFormatter(Locale.ENGLISH);

  Found {
    flags = List.copyOf(flags);
    labels = List.copyOf(labels);
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
    List<String> labels = List.of();
    boolean hasFlags = false;
    boolean hasDate = false;
    for (int i = 0; i + 1 < items.size(); i += 2) {
      Object value = items.get(i + 1);
      switch (String.valueOf(items.get(i)).toUpperCase(Locale.ROOT)) {
        case "UID" -> uid = ImapResponses.number(value);
        case "RFC822.SIZE" -> size = ImapResponses.number(value);
        case "INTERNALDATE" -> {
          millis = millis(String.valueOf(value));
          hasDate = true;
        }
        case "FLAGS" -> {
          flags = flags(value);
          hasFlags = true;
        }
        case "X-GM-LABELS" -> labels = names(value);
        default -> {
          // Not asked for.
        }
      }
    }
    return uid > 0
        ? Optional.of(new Found(uid, flags, hasFlags, labels, millis, hasDate, size))
        : Optional.empty();
  }

  boolean isWhole() {
    return hasFlags && hasDate;
  }

  /// What a later response says counts, and of the rest what was said before.
  Found then(Found later) {
    return new Found(
        uid,
        later.hasFlags ? later.flags : flags,
        hasFlags || later.hasFlags,
        later.labels.isEmpty() ? labels : later.labels,
        later.hasDate ? later.internalMillis : internalMillis,
        hasDate || later.hasDate,
        later.sizeBytes > 0 ? later.sizeBytes : sizeBytes);
  }

  private static List<String> flags(Object value) {
    return names(value).stream().filter(name -> !name.equalsIgnoreCase("\\Recent")).toList();
  }

  private static List<String> names(Object value) {
    return value instanceof List<?> names
        ? names.stream().map(String::valueOf).toList()
        : List.of();
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
