package org.posthorn.imap.command;

import java.util.Optional;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.share.Visitor;

/// Where the name of a mailbox leads: to an account and a name there. `shown` is the name as the
/// login sees it.
///
/// Names begin at the login's own mailboxes. Those of others are below [#OTHERS] or, for accounts
/// that nobody logs in to, below [#SHARED]: there comes the login of the account, without its
/// domain where that is the same, which stands for its INBOX, and then the names of its other
/// mailboxes. A mailbox of one's own goes before another's of the same name.
public record Place(Account account, MailboxName name, String shown) {
  public static final String OTHERS = "Other Users/";
  public static final String SHARED = "Shared/";

  /// Throws [MailboxException.NotFound] when it leads nowhere, and as [MailboxName] does.
  static Place of(String name, Visitor visitor) {
    boolean shared = name.startsWith(SHARED);
    if (shared || name.startsWith(OTHERS)) {
      Optional<Place> own = ofOwn(name, visitor);
      return own.isPresent()
          ? own.get()
          : ofOther(name.substring((shared ? SHARED : OTHERS).length()), shared, visitor)
              .orElseThrow(() -> new MailboxException.NotFound(name));
    }
    var own = new MailboxName(name);
    return new Place(visitor.own(), own, own.value());
  }

  private static Optional<Place> ofOwn(String name, Visitor visitor) {
    var own = new MailboxName(name);
    return visitor.own().find(own).map(_ -> new Place(visitor.own(), own, name));
  }

  private static Optional<Place> ofOther(String rest, boolean shared, Visitor visitor) {
    int end = rest.indexOf(MailboxName.SEPARATOR);
    String login = end < 0 ? rest : rest.substring(0, end);
    String address = login.indexOf('@') < 0 ? login + "@" + visitor.login().domain() : login;
    MailboxName name = end < 0 ? MailboxName.INBOX : new MailboxName(rest.substring(end + 1));
    return MailAddress.parse(address)
        .flatMap(visitor::host)
        .filter(host -> host.user().shared() == shared)
        .map(host -> new Place(host.account(), name, shown(host.user(), name, visitor)));
  }

  /// How a mailbox of another account is called.
  static String shown(User owner, MailboxName name, Visitor visitor) {
    MailAddress login = owner.login();
    String there = (owner.shared() ? SHARED : OTHERS) + called(login, visitor);
    return name.isInbox() ? there : there + MailboxName.SEPARATOR + name;
  }

  private static String called(MailAddress login, Visitor visitor) {
    return login.domain().equals(visitor.login().domain())
        ? login.writtenLocalPart()
        : login.toString();
  }

  boolean isOwn(Visitor visitor) {
    return visitor.owns(account);
  }

  /// Whether it is a namespace's own name, which is no mailbox's.
  boolean isRoot() {
    return (shown + MailboxName.SEPARATOR).equals(OTHERS)
        || (shown + MailboxName.SEPARATOR).equals(SHARED);
  }
}
