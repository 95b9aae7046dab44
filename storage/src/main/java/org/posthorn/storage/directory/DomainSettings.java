package org.posthorn.storage.directory;

import java.util.Optional;
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
    OptionalLong quotaBytes) {
  private static final int FORM = 1;

  public static final DomainSettings STANDARD =
      new DomainSettings(
          Optional.empty(), Optional.empty(), Optional.of("+"), OptionalLong.empty());

  public DomainSettings {
    if (separator.isPresent()
        && (separator.get().length() != 1 || "+-_.=~#!".indexOf(separator.get().charAt(0)) < 0)) {
      throw new DirectoryException.NotPermitted(
          "A separator is one of + - _ . = ~ # !, not " + separator.get());
    }
    if (quotaBytes.isPresent() && quotaBytes.getAsLong() < 1) {
      throw new DirectoryException.NotPermitted("A quota is at least one byte");
    }
  }

  public DomainSettings withAliasOf(Optional<Domain> other) {
    return new DomainSettings(other, catchAll, separator, quotaBytes);
  }

  public DomainSettings withCatchAll(Optional<MailAddress> target) {
    return new DomainSettings(aliasOf, target, separator, quotaBytes);
  }

  public DomainSettings withSeparator(Optional<String> other) {
    return new DomainSettings(aliasOf, catchAll, other, quotaBytes);
  }

  public DomainSettings withQuotaBytes(OptionalLong quota) {
    return new DomainSettings(aliasOf, catchAll, separator, quota);
  }

  byte[] encode() {
    return new RowWriter(32)
        .raw(FORM)
        .text(aliasOf.map(Domain::ascii).orElse(""))
        .text(catchAll.map(MailAddress::toString).orElse(""))
        .text(separator.orElse(""))
        .number(quotaBytes.orElse(0))
        .toBytes();
  }

  static DomainSettings decode(byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    return new DomainSettings(
        text(row).map(Domain::of),
        text(row).map(MailAddress::of),
        text(row),
        UserRow.optional(row.number()));
  }

  private static Optional<String> text(RowReader row) {
    String text = row.text();
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
