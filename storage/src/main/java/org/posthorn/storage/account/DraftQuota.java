package org.posthorn.storage.account;

import java.util.OptionalInt;

/// How full the account is with what a draft has done, how full it may be, and of what its user was
/// warned. Confined to the draft's thread.
final class DraftQuota {
  private final Quotas quotas;
  private String owner;
  private QuotaLimits limits;
  private int warnedPercent;
  private long usedBytes;
  private long usedMessages;

  DraftQuota(AccountRow base, Quotas quotas) {
    this.quotas = quotas;
    this.owner = base.owner();
    this.limits = base.quota();
    this.warnedPercent = base.warnedPercent();
    this.usedBytes = base.usedBytes();
    this.usedMessages = base.usedMessages();
  }

  /// The login whose limits count where the account has none of its own.
  String owner() {
    return owner;
  }

  void setOwner(String login) {
    owner = login;
  }

  /// Those of the account alone.
  QuotaLimits limits() {
    return limits;
  }

  void setLimits(QuotaLimits own) {
    limits = own;
  }

  long usedBytes() {
    return usedBytes;
  }

  long usedMessages() {
    return usedMessages;
  }

  /// Messages came in, or went (then both are negative).
  void use(long bytes, long messages) {
    usedBytes += bytes;
    usedMessages += messages;
  }

  void checkRoom(long bytes, long messages) {
    Quota now = now();
    if (messages > 0 && !now.hasRoomFor(bytes, messages)) {
      throw new MailboxException.OverQuota(
          "%d bytes in %d messages more would be over the quota: %s"
              .formatted(bytes, messages, now));
    }
  }

  OptionalInt warningDue() {
    int reached = quotas.warning(now());
    return reached > warnedPercent ? OptionalInt.of(reached) : OptionalInt.empty();
  }

  void warned(int percent) {
    warnedPercent = percent;
  }

  /// What is still of the warning: with less in the account it is due again.
  int warnedPercent() {
    return warnedPercent == 0 ? 0 : Math.min(warnedPercent, quotas.warning(now()));
  }

  private Quota now() {
    QuotaLimits others = quotas.others(limits, owner);
    return Quota.of(usedBytes, usedMessages, limits.or(others));
  }
}
