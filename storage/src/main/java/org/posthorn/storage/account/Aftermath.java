package org.posthorn.storage.account;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// What the changes behind a version did to an account, gathered by undoing them in memory, the
/// newest first: so in the end it knows the mailboxes of then, and what of their messages is other
/// now. Takes as much memory as was changed, not as there is. Used by one thread.
final class Aftermath {
  private final Map<Integer, MailboxName> names = new TreeMap<>();
  private final Map<Integer, Optional<SpecialUse>> uses = new HashMap<>();
  private final SortedSet<MailboxName> subscriptions;
  private final Map<Integer, Touched> touched = new HashMap<>();
  private MessageAt firstAppended = new MessageAt(0, 0);

  /// The first message that came in; mailbox 0: none did.
  record MessageAt(int mailbox, long uid) {}

  /// A mailbox whose messages are other than they were.
  static final class Touched {
    private final Map<Long, Flags> flags = new HashMap<>();
    private long firstNewUid = Long.MAX_VALUE;
    private boolean lost;

    /// Flags of then, of messages whose flags were changed since, by UID.
    Map<Long, Flags> flags() {
      return flags;
    }

    /// Messages from this UID on were not there.
    long firstNewUid() {
      return firstNewUid;
    }

    /// Whether messages were taken out.
    boolean lost() {
      return lost;
    }
  }

  Aftermath(AccountState now) {
    now.mailboxes()
        .forEach(mailbox -> {
          names.put(mailbox.id(), mailbox.row().name());
          uses.put(mailbox.id(), mailbox.row().use());
        });
    this.subscriptions = new TreeSet<>(now.names().subscriptions());
  }

  /// Names of the mailboxes of then, by their ids.
  Map<Integer, MailboxName> names() {
    return Collections.unmodifiableMap(names);
  }

  /// What a mailbox of then was for.
  Optional<SpecialUse> use(int mailbox) {
    return uses.getOrDefault(mailbox, Optional.empty());
  }

  SortedSet<MailboxName> subscriptions() {
    return Collections.unmodifiableSortedSet(subscriptions);
  }

  /// Empty: its messages are as they were.
  Optional<Touched> touched(int mailbox) {
    return Optional.ofNullable(touched.get(mailbox));
  }

  MessageAt firstAppended() {
    return firstAppended;
  }

  /// Takes the next older change.
  void undo(Change change) {
    change.events().reversed().forEach(this::undo);
  }

  private void undo(Change.Event event) {
    switch (event) {
      case Change.Created(var mailbox, _) -> names.remove(mailbox.value());
      case Change.Renamed(var mailbox, var from, _) -> names.put(mailbox.value(), from);
      case Change.Deleted(var mailbox, var name, var use) -> {
        names.put(mailbox.value(), name);
        uses.put(mailbox.value(), use);
        at(mailbox).lost = true;
      }
      case Change.UseSet(var mailbox, var before, _) -> uses.put(mailbox.value(), before);
      case Change.Subscribed(var name, var on) -> {
        if (on) {
          subscriptions.remove(name);
        } else {
          subscriptions.add(name);
        }
      }
      case Change.Appended(var mailbox, var uids) -> {
        came(mailbox, uids);
        firstAppended = new MessageAt(mailbox.value(), uids.at(0));
      }
      case Change.Copied(_, _, var to, var toUids) -> came(to, toUids);
      case Change.Moved(var from, _, var to, var toUids) -> {
        came(to, toUids);
        at(from).lost = true;
      }
      case Change.BroughtBack(var mailbox, var uids) -> came(mailbox, uids);
      case Change.Expunged(var mailbox, _) -> at(mailbox).lost = true;
      case Change.Flagged(var mailbox, var uids, var before, _) -> {
        Map<Long, Flags> flags = at(mailbox).flags;
        for (int i = 0; i < uids.size(); i++) {
          flags.put(uids.at(i), before);
        }
      }
      case Change.Restored _,
          Change.Repaired _,
          Change.RetentionSet _,
          Change.AclSet _,
          Change.SeenBy _,
          Change.Annotated _,
          Change.QuotaSet _,
          Change.Owned _ -> {}
    }
  }

  private void came(MailboxId mailbox, UidSet uids) {
    Touched there = at(mailbox);
    there.firstNewUid = Math.min(there.firstNewUid, uids.at(0));
  }

  private Touched at(MailboxId mailbox) {
    return touched.computeIfAbsent(mailbox.value(), _ -> new Touched());
  }
}
