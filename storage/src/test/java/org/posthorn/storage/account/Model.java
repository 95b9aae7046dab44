package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What an account should be, the simplest way. Used by one thread.
final class Model {
  /// Flags of messages by UID, by mailbox number.
  private final Map<Integer, SortedMap<Long, Message>> mailboxes = new TreeMap<>();

  private final Map<Integer, MailboxName> names = new TreeMap<>();

  record Message(Flags flags, long modSeq) {}

  void create(MailboxId mailbox, MailboxName name) {
    mailboxes.put(mailbox.value(), new TreeMap<>());
    names.put(mailbox.value(), name);
  }

  void append(MailboxId mailbox, long uid, Flags flags, long modSeq) {
    of(mailbox).put(uid, new Message(flags, modSeq));
  }

  /// Does what the log says was done. Flags of what is appended are found by whoever wrote the log.
  void replay(Change change, AppendedFlags appended) {
    for (Change.Event event : change.events()) {
      switch (event) {
        case Change.Created(var mailbox, var name) -> create(mailbox, name);
        case Change.Renamed(var mailbox, _, var to) -> names.put(mailbox.value(), to);
        case Change.Deleted(var mailbox, _, _) -> {
          mailboxes.remove(mailbox.value());
          names.remove(mailbox.value());
        }
        case Change.Appended(var mailbox, var uids) -> {
          for (long uid : uids.toArray()) {
            append(mailbox, uid, appended.of(mailbox, uid), change.version());
          }
        }
        case Change.Copied(var from, var fromUids, var to, var toUids) ->
            copy(from, fromUids, to, toUids, change.version());
        case Change.Moved(var from, var fromUids, var to, var toUids) -> {
          copy(from, fromUids, to, toUids, change.version());
          for (long uid : fromUids.toArray()) {
            of(from).remove(uid);
          }
        }
        case Change.Flagged(var mailbox, var uids, _, var after) -> {
          for (long uid : uids.toArray()) {
            of(mailbox).put(uid, new Message(after, change.version()));
          }
        }
        case Change.Expunged(var mailbox, var uids) -> {
          for (long uid : uids.toArray()) {
            of(mailbox).remove(uid);
          }
        }
        case Change.BroughtBack(var mailbox, var uids) -> {
          for (long uid : uids.toArray()) {
            append(mailbox, uid, appended.of(mailbox, uid), change.version());
          }
        }
        case Change.Subscribed _,
            Change.QuotaSet _,
            Change.Owned _,
            Change.Restored _,
            Change.Repaired _,
            Change.UseSet _,
            Change.AclSet _,
            Change.SeenBy _,
            Change.Annotated _,
            Change.RetentionSet _ -> {}
      }
    }
  }

  interface AppendedFlags {
    Flags of(MailboxId mailbox, long uid);
  }

  private void copy(MailboxId from, UidSet fromUids, MailboxId to, UidSet toUids, long modSeq) {
    var copies = new ArrayList<Flags>();
    for (long uid : fromUids.toArray()) {
      copies.add(of(from).getOrDefault(uid, new Message(Flags.NONE, 0)).flags());
    }
    for (int i = 0; i < toUids.size(); i++) {
      of(to).put(toUids.at(i), new Message(copies.get(i), modSeq));
    }
  }

  SortedMap<Long, Message> of(MailboxId mailbox) {
    return mailboxes.computeIfAbsent(mailbox.value(), _ -> new TreeMap<>());
  }

  /// Each mailbox with its messages.
  List<String> picture() {
    var all = new ArrayList<String>();
    names.forEach((mailbox, name) ->
        of(new MailboxId(mailbox))
            .forEach((uid, message) ->
                all.add(name + " " + uid + " " + message.flags() + " " + message.modSeq())));
    Collections.sort(all);
    return all;
  }

  /// The same of a real account.
  static List<String> picture(Account account) {
    var all = new ArrayList<String>();
    for (MailboxInfo mailbox : account.mailboxes()) {
      MailboxView view = account.view(mailbox.id()).orElseThrow();
      for (int i = 0; i < view.size(); i++) {
        all.add(mailbox.name() + " " + view.uid(i) + " " + view.flags(i) + " " + view.modSeq(i));
      }
    }
    Collections.sort(all);
    return all;
  }
}
