package org.posthorn.storage.directory;

import java.util.OptionalLong;
import org.posthorn.storage.account.QuotaLimits;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// How much mail a user may keep. Empty: nothing is said here, so the domain's counts, and where
/// that says nothing too, the server's.
public record Allowance(
    /// Bytes of mail; 0: without limit.
    OptionalLong quotaBytes,
    /// Messages; 0: without limit.
    OptionalLong quotaMessages) {
  /// Says nothing.
  public static final Allowance NONE = new Allowance(OptionalLong.empty(), OptionalLong.empty());

  public Allowance {
    if (quotaBytes.orElse(0) < 0 || quotaMessages.orElse(0) < 0) {
      throw new DirectoryException.NotPermitted("A quota is at least 1, or 0 for none");
    }
  }

  public static Allowance ofBytes(OptionalLong quotaBytes) {
    return NONE.withQuotaBytes(quotaBytes);
  }

  public Allowance withQuotaBytes(OptionalLong bytes) {
    return new Allowance(bytes, quotaMessages);
  }

  public Allowance withQuotaMessages(OptionalLong messages) {
    return new Allowance(quotaBytes, messages);
  }

  /// What leads to these limits.
  static Allowance of(QuotaLimits limits) {
    return new Allowance(saidBy(limits.bytes()), saidBy(limits.messages()));
  }

  private static OptionalLong saidBy(long limit) {
    return limit == 0
        ? OptionalLong.empty()
        : OptionalLong.of(limit == QuotaLimits.UNLIMITED ? 0 : limit);
  }

  QuotaLimits quota() {
    return new QuotaLimits(limit(quotaBytes), limit(quotaMessages));
  }

  private static long limit(OptionalLong value) {
    return value.isPresent() && value.getAsLong() == 0 ? QuotaLimits.UNLIMITED : value.orElse(0);
  }

  /// In rows, 0 says nothing and all else is one more than it means.
  void writeTo(RowWriter row) {
    row.number(quotaBytes.orElse(-1) + 1).number(quotaMessages.orElse(-1) + 1);
  }

  static Allowance readFrom(RowReader row) {
    OptionalLong bytes = said(row.number());
    OptionalLong messages = said(row.number());
    return bytes.isEmpty() && messages.isEmpty() ? NONE : new Allowance(bytes, messages);
  }

  private static OptionalLong said(long stored) {
    return stored == 0 ? OptionalLong.empty() : OptionalLong.of(stored - 1);
  }

  /// As older forms of rows had it: a quota in bytes or 0.
  static Allowance readBytes(RowReader row) {
    long bytes = row.number();
    return bytes == 0 ? NONE : ofBytes(OptionalLong.of(bytes));
  }
}
