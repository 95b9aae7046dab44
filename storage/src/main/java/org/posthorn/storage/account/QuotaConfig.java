package org.posthorn.storage.account;

import java.util.List;

/// How much mail an account may hold when neither its user nor the domain has a quota, and when
/// users are told that their room ends.
public record QuotaConfig(
    /// Bytes of mail that an account may hold. 0: no limit.
    long limitBytes,
    /// Messages that an account may hold, in all mailboxes together. 0: no limit.
    long limitMessages,
    /// When so many percent of a quota are used, the user gets a message that says so: once for
    /// each of these, and again only when less was used in between. 1 to 100; an empty list: no
    /// such messages.
    List<Integer> warnPercents) {
  private static final int WARNINGS_MAX = 10;

  public QuotaConfig {
    warnPercents = warnPercents.stream().sorted().distinct().toList();
    if (limitBytes < 0 || limitMessages < 0) {
      throw new IllegalArgumentException("A quota is 0 (none) or more");
    }
    if (warnPercents.size() > WARNINGS_MAX
        || warnPercents.stream().anyMatch(percent -> percent < 1 || percent > 100)) {
      throw new IllegalArgumentException(
          "warn-percents has at most %d numbers from 1 to 100, not %s"
              .formatted(WARNINGS_MAX, warnPercents));
    }
  }

  public static QuotaConfig defaults() {
    return new QuotaConfig(0, 0, List.of(80, 95));
  }

  QuotaLimits limits() {
    return new QuotaLimits(limitBytes, limitMessages);
  }

  /// The highest of the warnings that `percent` calls for; 0: none.
  int warning(int percent) {
    int reached = 0;
    for (int warning : warnPercents) {
      reached = warning <= percent ? warning : reached;
    }
    return reached;
  }
}
