package org.posthorn.storage.account;

/// What an account holds and how much it may hold; limits of 0: none.
public record Quota(long usedBytes, long usedMessages, long limitBytes, long limitMessages) {
  static Quota of(long usedBytes, long usedMessages, QuotaLimits limits) {
    return new Quota(usedBytes, usedMessages, limit(limits.bytes()), limit(limits.messages()));
  }

  private static long limit(long value) {
    return value == QuotaLimits.UNLIMITED ? 0 : value;
  }

  public boolean isLimited() {
    return limitBytes > 0 || limitMessages > 0;
  }

  /// Whether one more message of this size may come in.
  public boolean hasRoomFor(long sizeBytes) {
    return hasRoomFor(sizeBytes, 1);
  }

  boolean hasRoomFor(long bytes, long messages) {
    return (limitBytes == 0 || bytes <= limitBytes - usedBytes)
        && (limitMessages == 0 || messages <= limitMessages - usedMessages);
  }

  /// How much of the limit that is nearest is used: 100 and more when it is full; 0 without limits.
  public int percent() {
    return Math.max(percent(usedBytes, limitBytes), percent(usedMessages, limitMessages));
  }

  private static int percent(long used, long limit) {
    return limit == 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, Math.floor(used * 100.0 / limit));
  }
}
