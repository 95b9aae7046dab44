package org.posthorn.storage.directory;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// What is answered to those who write to somebody who is away. Empty `from` and `until`: at once,
/// for ever. Each sender gets it once in `every`; another `id`, and everybody may get it again. An
/// empty subject: that of the mail; an empty `html`: plain text only.
public record Vacation(
    String id,
    Optional<Instant> from,
    Optional<Instant> until,
    String subject,
    String text,
    String html,
    Duration every) {
  public static final Duration EVERY_STANDARD = Duration.ofDays(7);
  private static final int SUBJECT_MAX = 200;
  private static final int TEXT_MAX_BYTES = 8 << 10;
  private static final int HTML_MAX_BYTES = 16 << 10;
  private static final int ID_LENGTH = 8;

  public Vacation {
    if (text.isBlank()) {
      throw new DirectoryException.NotPermitted("An answer has a text: say when you are back");
    }
    if (subject.length() > SUBJECT_MAX || subject.chars().anyMatch(Character::isISOControl)) {
      throw new DirectoryException.NotPermitted(
          "A subject is one line of at most " + SUBJECT_MAX + " characters");
    }
    if (bytes(text) > TEXT_MAX_BYTES || bytes(html) > HTML_MAX_BYTES) {
      throw new DirectoryException.NotPermitted(
          "An answer has at most %d bytes of text and %d of HTML"
              .formatted(TEXT_MAX_BYTES, HTML_MAX_BYTES));
    }
    if (from.isPresent() && until.isPresent() && !from.get().isBefore(until.get())) {
      throw new DirectoryException.NotPermitted("The end comes before the beginning");
    }
    if (every.toDays() < 1 || every.toDays() > 365) {
      throw new DirectoryException.NotPermitted("Answers are 1 to 365 days apart");
    }
  }

  /// A new one, which everybody may get.
  public static Vacation of(
      Optional<Instant> from,
      Optional<Instant> until,
      String subject,
      String text,
      String html,
      Duration every) {
    return new Vacation(ListRows.random(ID_LENGTH), from, until, subject, text, html, every);
  }

  public boolean isOn(Instant now) {
    return from.map(start -> !now.isBefore(start)).orElse(true)
        && until.map(now::isBefore).orElse(true);
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
