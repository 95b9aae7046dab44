package org.posthorn.storage.account;

/// How much mail an account may hold. 0: nothing is said here, what stands behind it counts;
/// [#UNLIMITED]: somebody said that there is no limit.
public record QuotaLimits(long bytes, long messages) {
  public static final long UNLIMITED = Long.MAX_VALUE;

  /// Says nothing.
  public static final QuotaLimits NONE = new QuotaLimits(0, 0);

  public QuotaLimits {
    if (bytes < 0 || messages < 0) {
      throw new IllegalArgumentException(
          "A quota is 0 (none) or more, not " + bytes + " bytes and " + messages + " messages");
    }
  }

  /// These, and where they say nothing, `others`.
  public QuotaLimits or(QuotaLimits others) {
    return new QuotaLimits(
        bytes == 0 ? others.bytes : bytes, messages == 0 ? others.messages : messages);
  }
}
