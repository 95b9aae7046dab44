package org.posthorn.app.admin;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Numbers of days as requests change them: a missing value changes nothing, -1 says nothing any
/// more (so what stands behind it counts), and 0 is for ever.
final class DaySettings {
  private DaySettings() {}

  static OptionalInt changed(OptionalInt before, @Nullable Integer days) {
    return days == null ? before : said(days);
  }

  static OptionalInt said(int days) {
    if (days < -1) {
      throw Declined.badRequest(
          "%d is no number of days: write a number, 0 for ever or -1 for what else counts"
              .formatted(days));
    }
    return days < 0 ? OptionalInt.empty() : OptionalInt.of(days);
  }
}
