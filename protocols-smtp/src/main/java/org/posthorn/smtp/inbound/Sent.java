package org.posthorn.smtp.inbound;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// How much a user has sent of late: recipients in the hour, and in the day, that began with the
/// first of them, and how many of them failed. As a value of [SendingBrake]'s memory.
record Sent(Count hour, Count day, Count failed, Instant told) {
  static final Duration HOUR = Duration.ofHours(1);
  static final Duration DAY = Duration.ofDays(1);
  static final Sent NOTHING = new Sent(Count.NONE, Count.NONE, Count.NONE, Instant.EPOCH);

  /// So many since then.
  record Count(int number, Instant since) {
    static final Count NONE = new Count(0, Instant.EPOCH);

    Count at(Instant now, Duration length) {
      return now.isBefore(since.plus(length)) && !now.isBefore(since) ? this : new Count(0, now);
    }

    Count plusOne() {
      return new Count(number + 1, since);
    }

    private String text() {
      return number + "@" + since.toEpochMilli();
    }

    private static Count of(String text) {
      int at = text.indexOf('@');
      return new Count(Integer.parseInt(text.substring(0, at)), instant(text.substring(at + 1)));
    }
  }

  /// What still counts.
  Sent at(Instant now) {
    return new Sent(hour.at(now, HOUR), day.at(now, DAY), failed.at(now, HOUR), told);
  }

  Sent withOneMore() {
    return new Sent(hour.plusOne(), day.plusOne(), failed, told);
  }

  Sent withOneFailed() {
    return new Sent(hour, day, failed.plusOne(), told);
  }

  Sent told(Instant now) {
    return new Sent(hour, day, failed, now);
  }

  /// What is yet to come was told by a clock that has been set back.
  boolean wasToldLately(Instant now) {
    return now.isBefore(told.plus(DAY)) && !now.isBefore(told);
  }

  String text() {
    return String.join(" ", "1", hour.text(), day.text(), failed.text(), "" + told.toEpochMilli());
  }

  /// Empty where it is not readable, which is as good as nothing.
  static Optional<Sent> of(String text) {
    String[] words = text.split(" ", -1);
    try {
      return words.length == 5 && words[0].equals("1")
          ? Optional.of(
              new Sent(
                  Count.of(words[1]), Count.of(words[2]), Count.of(words[3]), instant(words[4])))
          : Optional.empty();
    } catch (IndexOutOfBoundsException | NumberFormatException _) {
      return Optional.empty();
    }
  }

  private static Instant instant(String millis) {
    return Instant.ofEpochMilli(Long.parseLong(millis));
  }
}
