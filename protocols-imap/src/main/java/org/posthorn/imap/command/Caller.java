package org.posthorn.imap.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.share.Visitor;

/// For whom a command is done and where its responses go. `account` is that of the selected mailbox
/// for a command about that, and the login's own for others: whoever is given the name of a mailbox
/// asks [#mailbox] or [#place]. `order`: how the client wants texts to be compared. Lives as long
/// as one command.
public record Caller(
    Account account, Visitor visitor, Actor actor, ImapWriter writer, TextOrder order) {
  /// Where a name leads, whether there is a mailbox or not.
  Place place(String name) {
    return Place.of(name, visitor);
  }

  /// The mailbox of a name, with all of these rights. For whoever has one of them not, it is not
  /// there, unless he may know that it is: then that is [MailboxException.Forbidden].
  NamedMailbox mailbox(String name, Right... needed) {
    NamedMailbox found = find(place(name)).orElseThrow(() -> new MailboxException.NotFound(name));
    if (found.mayAll(needed)) {
      return found;
    }
    throw found.rights().has(Right.LOOKUP)
        ? new MailboxException.Forbidden(name)
        : new MailboxException.NotFound(name);
  }

  /// The mailbox of a place, whatever may be done with it.
  Optional<NamedMailbox> find(Place place) {
    return find(place, visitor);
  }

  static Optional<NamedMailbox> find(Place place, Visitor visitor) {
    return place
        .account()
        .find(place.name())
        .map(info -> named(place.account(), info, place.shown(), visitor));
  }

  /// All that may be listed: the own mailboxes, and those of others.
  List<NamedMailbox> listed() {
    var all = new ArrayList<NamedMailbox>();
    Account own = visitor.own();
    own.mailboxes().forEach(info -> all.add(named(own, info, info.name().value())));
    all.addAll(listedOfOthers());
    return all;
  }

  /// Of all that may be listed those of others.
  List<NamedMailbox> listedOfOthers() {
    var all = new ArrayList<NamedMailbox>();
    for (Visitor.Host host : visitor.hosts()) {
      for (MailboxInfo info : host.account().mailboxes()) {
        NamedMailbox mailbox =
            named(host.account(), info, Place.shown(host.user(), info.name(), visitor));
        if (mailbox.rights().has(Right.LOOKUP)) {
          all.add(mailbox);
        }
      }
    }
    return all;
  }

  NamedMailbox named(Account there, MailboxInfo info, String shown) {
    return named(there, info, shown, visitor);
  }

  private static NamedMailbox named(
      Account there, MailboxInfo info, String shown, Visitor visitor) {
    Rights rights = visitor.rights(there, info.id());
    return new NamedMailbox(there, info, shown, rights, visitor.readerIn(there));
  }
}
