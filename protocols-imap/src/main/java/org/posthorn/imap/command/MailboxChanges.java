package org.posthorn.imap.command;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.posthorn.imap.wire.ImapCommand.NotifyEvent;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Annotation;
import org.posthorn.storage.account.Change;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxName;

/// What has happened to the mailboxes of an account since it was last asked, but for what one
/// connection did itself. Used by one thread at a time.
final class MailboxChanges {
  private static final int PAGE = 200;

  private final Account account;
  private final Actor actor;
  private final AccountId reader;
  private long version;

  Account account() {
    return account;
  }

  /// From now on, as the caller sees it; what he does on this connection is left out.
  MailboxChanges(Account account, Caller caller) {
    this.account = account;
    this.actor = caller.actor();
    this.reader = caller.visitor().own().id();
    this.version = account.version();
  }

  /// A mailbox that was made, renamed or deleted.
  record Named(MailboxName name, Optional<MailboxName> before) {}

  /// In the order in which it happened. `mine`: mailboxes that this connection has made, renamed or
  /// deleted itself; `others`: some that others have, or whose rights have changed.
  record Seen(
      List<Named> names,
      Set<MailboxName> subscriptions,
      Map<MailboxId, Set<NotifyEvent>> messages,
      Set<Annotation> notes,
      Set<MailboxId> mine,
      Set<MailboxId> others) {
    private Seen() {
      this(
          new ArrayList<>(),
          new LinkedHashSet<>(),
          new LinkedHashMap<>(),
          new LinkedHashSet<>(),
          new HashSet<>(),
          new HashSet<>());
    }
  }

  /// Throws [org.posthorn.storage.account.MailboxException.HistoryTrimmed] when that is too long
  /// ago.
  Seen next() {
    var seen = new Seen();
    List<Change> page;
    do {
      page = account.history(version, PAGE);
      for (Change change : page) {
        version = change.version();
        boolean byMe = change.actor().connection().equals(actor.connection());
        for (Change.Event event : change.events()) {
          concerned(event).ifPresent((byMe ? seen.mine : seen.others)::add);
          if (!byMe) {
            note(event, seen);
          }
        }
      }
    } while (page.size() == PAGE);
    return seen;
  }

  /// The mailbox whose name, or who may see it, an event changes.
  private static Optional<MailboxId> concerned(Change.Event event) {
    return switch (event) {
      case Change.Created(MailboxId mailbox, _) -> Optional.of(mailbox);
      case Change.Deleted(MailboxId mailbox, _, _) -> Optional.of(mailbox);
      case Change.Renamed(MailboxId mailbox, _, _) -> Optional.of(mailbox);
      case Change.AclSet(MailboxId mailbox, _, _, _) -> Optional.of(mailbox);
      default -> Optional.empty();
    };
  }

  private void note(Change.Event event, Seen seen) {
    switch (event) {
      case Change.Created(_, MailboxName name) -> named(name, seen);
      case Change.Deleted(_, MailboxName name, _) -> named(name, seen);
      case Change.Renamed(_, MailboxName from, MailboxName to) -> renamed(from, to, seen);
      case Change.Subscribed(MailboxName name, _) -> seen.subscriptions.add(name);
      case Change.Appended(MailboxId mailbox, _) -> in(mailbox, NotifyEvent.MESSAGE_NEW, seen);
      case Change.BroughtBack(MailboxId mailbox, _) -> in(mailbox, NotifyEvent.MESSAGE_NEW, seen);
      case Change.Copied(_, _, MailboxId to, _) -> in(to, NotifyEvent.MESSAGE_NEW, seen);
      case Change.Moved(MailboxId from, _, MailboxId to, _) -> {
        in(from, NotifyEvent.MESSAGE_EXPUNGE, seen);
        in(to, NotifyEvent.MESSAGE_NEW, seen);
      }
      case Change.Flagged(MailboxId mailbox, _, _, _) -> in(mailbox, NotifyEvent.FLAG_CHANGE, seen);
      case Change.SeenBy(MailboxId mailbox, AccountId who, _, _) -> {
        if (who.equals(reader)) {
          in(mailbox, NotifyEvent.FLAG_CHANGE, seen);
        }
      }
      case Change.Expunged(MailboxId mailbox, _) -> in(mailbox, NotifyEvent.MESSAGE_EXPUNGE, seen);
      case Change.Annotated(Annotation note, _, _) -> seen.notes.add(note);
      case Change.Restored _,
          Change.Repaired _,
          Change.UseSet _,
          Change.RetentionSet _,
          Change.Owned _,
          Change.AclSet _,
          Change.QuotaSet _ -> {}
    }
  }

  private static void in(MailboxId mailbox, NotifyEvent event, Seen seen) {
    seen.messages.computeIfAbsent(mailbox, _ -> EnumSet.noneOf(NotifyEvent.class)).add(event);
  }

  /// The mailbox above may have children now, or none any more (RFC 5465 §5.4).
  private static void named(MailboxName name, Seen seen) {
    seen.names.add(new Named(name, Optional.empty()));
    name.parent().ifPresent(parent -> seen.names.add(new Named(parent, Optional.empty())));
  }

  /// Those below are renamed with it, which needs no saying.
  private static void renamed(MailboxName from, MailboxName to, Seen seen) {
    boolean said =
        seen.names.stream()
            .anyMatch(named ->
                named.before().filter(from::isBelow).isPresent() && to.isBelow(named.name()));
    if (!said) {
      seen.names.add(new Named(to, Optional.of(from)));
    }
  }
}
