package org.posthorn.storage.directory;

import java.util.Optional;
import java.util.OptionalInt;
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
    /// What users may keep for whom nothing else is said.
    Allowance allowance,
    /// For how many days the history of users that have no own setting is kept; empty: as the
    /// configuration says.
    OptionalInt historyDays,
    /// After how many days messages leave Trash (0: never); empty: as the configuration says.
    OptionalInt trashDays,
    /// The same for Junk.
    OptionalInt junkDays) {
  /// 1 had nothing behind the quota, 1 and 2 a quota of bytes instead of an [Allowance].
  private static final int FORM = 3;

  private static final int DAYS_MAX = 36_500;

  public static final DomainSettings STANDARD =
      new DomainSettings(
          Optional.empty(),
          Optional.empty(),
          Optional.of("+"),
          Allowance.NONE,
          OptionalInt.empty(),
          OptionalInt.empty(),
          OptionalInt.empty());

  public DomainSettings {
    if (separator.isPresent()
        && (separator.get().length() != 1 || "+-_.=~#!".indexOf(separator.get().charAt(0)) < 0)) {
      throw new DirectoryException.NotPermitted(
          "A separator is one of + - _ . = ~ # !, not " + separator.get());
    }
    checkDays("History is kept", historyDays, 1);
    checkDays("Trash is kept", trashDays, 0);
    checkDays("Junk is kept", junkDays, 0);
  }

  public DomainSettings withAliasOf(Optional<Domain> other) {
    return new DomainSettings(
        other, catchAll, separator, allowance, historyDays, trashDays, junkDays);
  }

  public DomainSettings withCatchAll(Optional<MailAddress> target) {
    return new DomainSettings(
        aliasOf, target, separator, allowance, historyDays, trashDays, junkDays);
  }

  public DomainSettings withSeparator(Optional<String> other) {
    return new DomainSettings(
        aliasOf, catchAll, other, allowance, historyDays, trashDays, junkDays);
  }

  public DomainSettings withAllowance(Allowance other) {
    return new DomainSettings(
        aliasOf, catchAll, separator, other, historyDays, trashDays, junkDays);
  }

  /// Empty: as the configuration says.
  public DomainSettings withHistoryDays(OptionalInt days) {
    return new DomainSettings(aliasOf, catchAll, separator, allowance, days, trashDays, junkDays);
  }

  /// After how many days messages leave Trash and Junk (0: never); empty: as the configuration
  /// says.
  public DomainSettings withRetentionDays(OptionalInt trash, OptionalInt junk) {
    return new DomainSettings(aliasOf, catchAll, separator, allowance, historyDays, trash, junk);
  }

  static void checkDays(String what, OptionalInt days, int min) {
    if (days.isPresent() && (days.getAsInt() < min || days.getAsInt() > DAYS_MAX)) {
      throw new DirectoryException.NotPermitted(
          what + " for " + min + " to " + DAYS_MAX + " days, not " + days.getAsInt());
    }
  }

  byte[] encode() {
    var row =
        new RowWriter(32)
            .raw(FORM)
            .text(aliasOf.map(Domain::ascii).orElse(""))
            .text(catchAll.map(MailAddress::toString).orElse(""))
            .text(separator.orElse(""));
    allowance.writeTo(row);
    return row.number(UserRow.stored(historyDays))
        .number(UserRow.stored(trashDays))
        .number(UserRow.stored(junkDays))
        .toBytes();
  }

  static DomainSettings decode(byte[] value) {
    var row = new RowReader(value);
    int form = row.form(FORM);
    boolean first = form == 1;
    return new DomainSettings(
        text(row).map(Domain::of),
        text(row).map(MailAddress::of),
        text(row),
        form < 3 ? Allowance.readBytes(row) : Allowance.readFrom(row),
        first ? OptionalInt.empty() : UserRow.days(row),
        first ? OptionalInt.empty() : UserRow.days(row),
        first ? OptionalInt.empty() : UserRow.days(row));
  }

  private static Optional<String> text(RowReader row) {
    String text = row.text();
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
