package org.posthorn.storage.share;

import java.text.Normalizer;
import java.util.Locale;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Acl;
import org.posthorn.storage.directory.DirectoryException;

/// Who is meant in a list of rights (RFC 4314 §2), in the form that is stored: a login, a group
/// (`$team@example.org`) or `anyone`; with `negative` (a `-` before it), rights are taken from
/// them. `anyone` is everybody of the owner's domain.
public record Identifier(boolean negative, Kind kind, String name, Domain ofOwner) {
  public enum Kind {
    LOGIN,
    GROUP,
    ANYONE
  }

  /// A login or group without a domain is one of the owner's. Throws
  /// [DirectoryException.NotPermitted] for what can be neither.
  public static Identifier parse(String text, Domain ofOwner) {
    boolean negative = text.startsWith(String.valueOf(Acl.NEGATIVE));
    String who = negative ? text.substring(1) : text;
    if (who.equalsIgnoreCase(Acl.ANYONE)) {
      return new Identifier(negative, Kind.ANYONE, Acl.ANYONE, ofOwner);
    }
    boolean group = who.startsWith(String.valueOf(Acl.GROUP));
    String address = group ? who.substring(1) : who;
    MailAddress named =
        MailAddress.parse(address.indexOf('@') < 0 ? address + "@" + ofOwner : address)
            .orElseThrow(() ->
                new DirectoryException.NotPermitted(
                    "Rights are given to a login, to a group as in $team, or to anyone"));
    MailAddress canonical =
        new MailAddress(
            Normalizer.normalize(named.localPart().toLowerCase(Locale.ROOT), Normalizer.Form.NFC),
            named.domain());
    return group
        ? new Identifier(negative, Kind.GROUP, Acl.GROUP + canonical.toString(), ofOwner)
        : new Identifier(negative, Kind.LOGIN, canonical.toString(), ofOwner);
  }

  /// The same for somebody who is called otherwise.
  Identifier called(MailAddress login) {
    return new Identifier(negative, Kind.LOGIN, login.toString(), ofOwner);
  }

  /// Of a login or a group.
  public MailAddress address() {
    return MailAddress.of(kind == Kind.GROUP ? name.substring(1) : name);
  }

  /// Where the identifier is at home.
  public Domain domain() {
    return kind == Kind.ANYONE ? ofOwner : address().domain();
  }

  /// As it is stored.
  @Override
  public String toString() {
    return negative ? Acl.NEGATIVE + name : name;
  }
}
