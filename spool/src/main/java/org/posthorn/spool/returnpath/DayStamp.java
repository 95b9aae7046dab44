package org.posthorn.spool.returnpath;

import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;

/// Days in two characters: five bits each, so they come round after 1,024 days. Safe for use by
/// many threads.
record DayStamp(InstantSource clock, int keepDays) {
  private static final int ROUND_DAYS = 1_024;
  private static final int BITS = 5;

  /// Days since 1970.
  int day() {
    return (int) LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).toEpochDay();
  }

  String today() {
    int day = Math.floorMod(day(), ROUND_DAYS);
    return "" + Base32.character(day >> BITS) + Base32.character(day);
  }

  /// Whether it is so many days ago at most; or tomorrow, by the clock of another machine.
  boolean isRecent(String stamp) {
    if (stamp.length() != 2) {
      return false;
    }
    int high = Base32.value(stamp.charAt(0));
    int low = Base32.value(stamp.charAt(1));
    if (high < 0 || low < 0) {
      return false;
    }
    int ago = Math.floorMod(day() - (high << BITS | low), ROUND_DAYS);
    return ago <= keepDays || ago == ROUND_DAYS - 1;
  }
}
