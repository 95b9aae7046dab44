package org.posthorn.app.cli;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.app.config.Units;

/// Points in time as people type and read them: `2h` (ago), `yesterday`, `yesterday 10:00`,
/// `2026-11-26`, `2026-11-26T10:00` in the zone of whoever asks, and with a zone of their own. A
/// day alone means its beginning.
final class Times {
  private static final DateTimeFormatter SHOWN =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

  private final ZonedDateTime now;

  /// Times as seen from `now`, in its zone.
  Times(ZonedDateTime now) {
    this.now = now;
  }

  /// Times as seen from here and now.
  static Times here() {
    return new Times(ZonedDateTime.now(ZoneId.systemDefault()));
  }

  /// Throws [CommandFailed] for what is no time, or is still to come.
  Instant parse(String text) {
    Instant time =
        ago(text)
            .or(() -> withZone(text))
            .or(() -> local(text))
            .orElseThrow(() ->
                new CommandFailed(
                    ExitCode.USAGE,
                    "\"%s\" is not a time; write for example 2h, yesterday, 2026-11-26, 2026-11-26T10:00 or 2026-11-26T10:00:00Z"
                        .formatted(text)));
    if (time.isAfter(now.toInstant())) {
      throw new CommandFailed(
          ExitCode.USAGE, "\"%s\" is still to come: it means %s".formatted(text, show(time)));
    }
    return time;
  }

  /// In the zone of whoever reads it.
  String show(Instant time) {
    return SHOWN.format(time.atZone(now.getZone()));
  }

  private Optional<Instant> ago(String text) {
    return Units.duration(text).map(now.toInstant()::minus);
  }

  private static Optional<Instant> withZone(String text) {
    try {
      return Optional.of(OffsetDateTime.parse(text.strip().replace(' ', 'T')).toInstant());
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  private Optional<Instant> local(String text) {
    String[] parts = text.strip().toLowerCase(Locale.ROOT).split("[t ](?=\\d)", 2);
    try {
      LocalDateTime time =
          parts.length == 1 && parts[0].contains(":")
              ? now.toLocalDate().atTime(LocalTime.parse(parts[0]))
              : day(parts[0])
                  .atTime(parts.length == 1 ? LocalTime.MIDNIGHT : LocalTime.parse(parts[1]));
      return Optional.of(time.atZone(now.getZone()).toInstant());
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  private LocalDate day(String text) {
    return switch (text) {
      case "today" -> now.toLocalDate();
      case "yesterday" -> now.toLocalDate().minusDays(1);
      default -> LocalDate.parse(text);
    };
  }
}
