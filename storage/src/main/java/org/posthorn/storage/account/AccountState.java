package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// An account as of one version. Never changed once it is made; shares with the version before what
/// did not change.
final class AccountState {
  private final AccountRow row;

  /// In the order of their ids.
  private final Mailbox[] mailboxes;

  private final Names names;
  private final Unwritten unwritten;

  /// What changes seldom: names of mailboxes with their ids, names that are subscribed, keywords
  /// that were ever used, by their lower-case forms, who may do what, by ids of mailboxes, notes,
  /// readers who are not the owner, and access keys as their rows have them.
  record Names(
      SortedMap<MailboxName, Integer> mailboxes,
      SortedSet<MailboxName> subscriptions,
      Map<String, String> keywords,
      Map<Integer, Acl> acls,
      SortedMap<Annotation, String> annotations,
      Map<Reader.Key, Reader> readers,
      Map<AccessKey.Place, byte[]> accessKeys) {
    static final Names NONE =
        new Names(
            Collections.emptySortedMap(),
            Collections.emptySortedSet(),
            Map.of(),
            Map.of(),
            Collections.emptySortedMap(),
            Map.of(),
            Map.of());
  }

  AccountState(AccountRow row, Mailbox[] mailboxes, Names names, Unwritten unwritten) {
    this.row = row;
    this.mailboxes = mailboxes;
    this.names = names;
    this.unwritten = unwritten;
  }

  /// An account before its first change.
  static AccountState empty() {
    return new AccountState(AccountRow.EMPTY, new Mailbox[0], Names.NONE, new Unwritten());
  }

  AccountRow row() {
    return row;
  }

  Names names() {
    return names;
  }

  /// What is of this version but perhaps not in the engine.
  Unwritten unwritten() {
    return unwritten;
  }

  List<Mailbox> mailboxes() {
    return Collections.unmodifiableList(Arrays.asList(mailboxes));
  }

  Optional<Mailbox> find(MailboxName name) {
    Integer id = names.mailboxes.get(name);
    return id == null ? Optional.empty() : Optional.ofNullable(find(id));
  }

  @Nullable Mailbox find(int id) {
    int at = indexOf(id);
    return at < 0 ? null : mailboxes[at];
  }

  /// Negative when it is not there.
  private int indexOf(int id) {
    int low = 0;
    int high = mailboxes.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int there = mailboxes[middle].id();
      if (there == id) {
        return middle;
      }
      if (there < id) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  /// The mailboxes of the next version: those of this one with `changed` in their places and new
  /// ones at the end, without `removed`.
  Mailbox[] mailboxesWith(Collection<Mailbox> changed, Set<Integer> removed) {
    if (removed.isEmpty() && changed.size() == 1) {
      Mailbox one = changed.iterator().next();
      int at = indexOf(one.id());
      if (at >= 0) {
        Mailbox[] all = mailboxes.clone();
        all[at] = one;
        return all;
      }
    }
    var next = new TreeMap<Integer, Mailbox>();
    changed.forEach(mailbox -> next.put(mailbox.id(), mailbox));
    var all = new ArrayList<Mailbox>(mailboxes.length + changed.size());
    for (Mailbox mailbox : mailboxes) {
      Mailbox replacement = next.remove(mailbox.id());
      if (!removed.contains(mailbox.id())) {
        all.add(replacement == null ? mailbox : replacement);
      }
    }
    all.addAll(next.values());
    return all.toArray(Mailbox[]::new);
  }

  MailboxInfo info(Mailbox mailbox) {
    return mailbox.row().info(names.subscriptions.contains(mailbox.row().name()));
  }
}
