package org.posthorn.app.admin;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.directory.Allowance;

/// What users may keep, as requests change it: a missing value changes nothing, -1 says nothing any
/// more (so what stands behind it counts), and 0 is no limit.
final class Allowances {
  private Allowances() {}

  static Allowance changed(
      Allowance before, @Nullable Long quotaBytes, @Nullable Long quotaMessages) {
    Allowance after = before;
    if (quotaBytes != null) {
      after = after.withQuotaBytes(said("quotaBytes", quotaBytes));
    }
    if (quotaMessages != null) {
      after = after.withQuotaMessages(said("quotaMessages", quotaMessages));
    }
    return after;
  }

  private static OptionalLong said(String field, long value) {
    if (value < -1) {
      throw Declined.badRequest(
              "%s is %d: write a number, 0 for no limit or -1 for what else counts"
                  .formatted(field, value))
          .about(field);
    }
    return value < 0 ? OptionalLong.empty() : OptionalLong.of(value);
  }
}
