package org.posthorn.storage.directory;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// How a domain is used.
public record DomainSettings(
    /// What this domain does not know itself is looked up in that one, under the same name.
    Optional<Domain> aliasOf,
    /// Where mail goes that nobody else gets.
    Optional<MailAddress> catchAll,
    /// What stands between a name and its detail (`ann+lists`); empty: nothing does.
    Optional<String> separator,
    /// The quota of users that have none of their own; empty: none.
    OptionalLong quotaBytes,
    /// For how many days the history of users that have no own setting is kept; empty: as the
    /// configuration says.
    OptionalInt historyDays,
    /// After how many days messages leave Trash (0: never); empty: as the configuration says.
    OptionalInt trashDays,
    /// The same for Junk.
    OptionalInt junkDays) {
  /// 1 had nothing behind the quota.
  private static final int FORM = 2;

  private static final int DAYS_MAX = 36_500;

  public static final DomainSettings STANDARD =
      new DomainSettings(
          Optional.empty(),
          Optional.empty(),
          Optional.of("+"),
          OptionalLong.empty(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          OptionalInt.empty());

  public DomainSettings {
    if (separator.isPresent()
        && (separator.get().length() != 1 || "+-_.=~#!".indexOf(separator.get().charAt(0)) < 0)) {
      throw new DirectoryException.NotPermitted(
          "A separator is one of + - _ . = ~ # !, not " + separator.get());
    }
    if (quotaBytes.isPresent() && quotaBytes.getAsLong() < 1) {
      throw new DirectoryException.NotPermitted("A quota is at least one byte");
    }
    checkDays("History is kept", historyDays, 1);
    checkDays("Trash is kept", trashDays, 0);
    checkDays("Junk is kept", junkDays, 0);
  }

  public DomainSettings withAliasOf(Optional<Domain> other) {
    return new DomainSettings(
        other, catchAll, separator, quotaBytes, historyDays, trashDays, junkDays);
  }

  public DomainSettings withCatchAll(Optional<MailAddress> target) {
    return new DomainSettings(
        aliasOf, target, separator, quotaBytes, historyDays, trashDays, junkDays);
  }

  public DomainSettings withSeparator(Optional<String> other) {
    return new DomainSettings(
        aliasOf, catchAll, other, quotaBytes, historyDays, trashDays, junkDays);
  }

  public DomainSettings withQuotaBytes(OptionalLong quota) {
    return new DomainSettings(
        aliasOf, catchAll, separator, quota, historyDays, trashDays, junkDays);
  }

  /// Empty: as the configuration says.
  public DomainSettings withHistoryDays(OptionalInt days) {
    return new DomainSettings(aliasOf, catchAll, separator, quotaBytes, days, trashDays, junkDays);
  }

  /// After how many days messages leave Trash and Junk (0: never); empty: as the configuration
  /// says.
  public DomainSettings withRetentionDays(OptionalInt trash, OptionalInt junk) {
    return new DomainSettings(aliasOf, catchAll, separator, quotaBytes, historyDays, trash, junk);
  }

  static void checkDays(String what, OptionalInt days, int min) {
    if (days.isPresent() && (days.getAsInt() < min || days.getAsInt() > DAYS_MAX)) {
      throw new DirectoryException.NotPermitted(
          what + " for " + min + " to " + DAYS_MAX + " days, not " + days.getAsInt());
    }
  }

  byte[] encode() {
    return new RowWriter(32)
        .raw(FORM)
        .text(aliasOf.map(Domain::ascii).orElse(""))
        .text(catchAll.map(MailAddress::toString).orElse(""))
        .text(separator.orElse(""))
        .number(quotaBytes.orElse(0))
        .number(UserRow.stored(historyDays))
        .number(UserRow.stored(trashDays))
        .number(UserRow.stored(junkDays))
        .toBytes();
  }

  static DomainSettings decode(byte[] value) {
    var row = new RowReader(value);
    boolean first = row.form(FORM) == 1;
    return new DomainSettings(
        text(row).map(Domain::of),
        text(row).map(MailAddress::of),
        text(row),
        UserRow.optional(row.number()),
        first ? OptionalInt.empty() : UserRow.days(row),
        first ? OptionalInt.empty() : UserRow.days(row),
        first ? OptionalInt.empty() : UserRow.days(row));
  }

  private static Optional<String> text(RowReader row) {
    String text = row.text();
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
