package org.posthorn.spool;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.posthorn.message.MailId;

/// Makes ids of 16 digits and lower-case letters: 45 bits of milliseconds, then 35 bits that start
/// at random and count on within a millisecond. So they sort by time, and those of two processes
/// hardly meet. Safe for use by many threads.
final class MailIds {
  private static final String DIGITS = "0123456789abcdefghijklmnopqrstuv";
  private static final int BITS_PER_DIGIT = 5;
  private static final int TIME_DIGITS = 9;
  private static final int COUNT_DIGITS = 7;
  private static final long COUNT_MAX = (1L << (COUNT_DIGITS * BITS_PER_DIGIT)) - 1;

  private final InstantSource clock;
  private long lastMillis;
  private long count;

  MailIds(InstantSource clock) {
    this.clock = clock;
  }

  synchronized MailId next() {
    long millis = Math.max(clock.millis(), lastMillis);
    if (millis == lastMillis && count < COUNT_MAX) {
      count++;
    } else {
      lastMillis = millis == lastMillis ? millis + 1 : millis;
      count = ThreadLocalRandom.current().nextLong(COUNT_MAX / 2);
    }
    var id = new StringBuilder(TIME_DIGITS + COUNT_DIGITS);
    digits(id, lastMillis, TIME_DIGITS);
    digits(id, count, COUNT_DIGITS);
    return new MailId(id.toString());
  }

  /// When the id was made; empty for ids that are not from here.
  static Optional<Instant> timeOf(MailId id) {
    if (id.value().length() != TIME_DIGITS + COUNT_DIGITS) {
      return Optional.empty();
    }
    long millis = 0;
    for (int i = 0; i < TIME_DIGITS; i++) {
      int digit = DIGITS.indexOf(id.value().charAt(i));
      if (digit < 0) {
        return Optional.empty();
      }
      millis = (millis << BITS_PER_DIGIT) | digit;
    }
    return Optional.of(Instant.ofEpochMilli(millis));
  }

  private static void digits(StringBuilder text, long value, int digits) {
    for (int i = digits - 1; i >= 0; i--) {
      text.append(DIGITS.charAt((int) (value >>> (i * BITS_PER_DIGIT)) & (DIGITS.length() - 1)));
    }
  }
}
