package org.posthorn.imap.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.posthorn.imap.wire.ImapCommand.NotifyEvent;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.share.Visitor;

/// The mailboxes of others that a login may list, as one connection was last told, and what has
/// happened in them since. Rights come and go with the lists of mailboxes and with groups, so what
/// has changed is found by looking, whenever it may have. Used by one thread at a time.
final class OthersMailboxes {
  private final Map<AccountId, MailboxChanges> changes = new HashMap<>();
  private Set<String> identifiers;
  private Set<AccountId> hosts;
  private Map<Key, Shown> told;

  /// Those that were told to be out of reach.
  private final Set<Key> taken = new HashSet<>();

  private record Key(AccountId account, MailboxId mailbox) {}

  /// `readable`: also what happens to its messages may be told.
  record Shown(Account account, String name, boolean readable) {}

  /// What has become of a mailbox: one that came, went, has another name or can be read no longer.
  /// `taken`: it is there, but not for this login; or it was so before.
  record Turn(Optional<Shown> before, Optional<Shown> now, boolean taken) {
    /// As it was told and as it is.
    List<Shown> names() {
      return Stream.of(before, now).flatMap(Optional::stream).toList();
    }

    private boolean stays() {
      return before.isPresent() && now.isPresent();
    }

    private boolean isRenamed() {
      return stays() && !names().getFirst().name.equals(names().getLast().name);
    }

    /// RFC 5465 §5.4 and §5.9: who may not list a mailbox any more is told that it is not there,
    /// and why. `wanted`: of what events of it the client wants to be told.
    void tell(Set<NotifyEvent> wanted, ListMailboxes list) throws IOException {
      Shown shown = names().getLast();
      boolean ofNames = wanted.contains(NotifyEvent.MAILBOX_NAME);
      boolean ofMessages = wanted.contains(NotifyEvent.MESSAGE_NEW);
      boolean closed = now.isEmpty() ? taken : ofMessages && !shown.readable;
      if (wanted.isEmpty()) {
        return;
      }
      boolean asBefore = stays() && !isRenamed();
      if (asBefore ? ofMessages : ofNames || taken) {
        if (closed) {
          list.tellNoAccess(shown.name);
        } else {
          list.tellChanged(shown.name, before.filter(_ -> isRenamed()).map(Shown::name));
        }
      }
      Optional<MailboxName> parent = new MailboxName(shown.name).parent();
      if (ofNames && !stays() && parent.filter(list::lists).isPresent()) {
        list.tellChanged(parent.get().value(), Optional.empty());
      }
    }
  }

  /// From now on.
  OthersMailboxes(Caller caller) {
    this.identifiers = caller.visitor().identifiers();
    this.hosts = Set.of();
    var _ = happened(caller.visitor().hosts(), caller);
    this.hosts = Set.copyOf(changes.keySet());
    this.told = listed(caller);
  }

  /// What has happened at each host since this was last asked.
  Map<Visitor.Host, MailboxChanges.Seen> happened(List<Visitor.Host> now, Caller caller) {
    var happened = new LinkedHashMap<Visitor.Host, MailboxChanges.Seen>();
    var there = new HashSet<AccountId>();
    for (Visitor.Host host : now) {
      there.add(host.account().id());
      MailboxChanges of =
          changes.computeIfAbsent(
              host.account().id(), _ -> new MailboxChanges(host.account(), caller));
      happened.put(host, of.next());
    }
    // Whoever comes back begins anew: what happened meanwhile was not for this login.
    changes.keySet().retainAll(there);
    return happened;
  }

  /// What is to be told of names, but for what this connection has done itself.
  List<Turn> turns(Map<Visitor.Host, MailboxChanges.Seen> happened, Caller caller) {
    Set<String> nowCalled = caller.visitor().identifiers();
    Set<AccountId> nowHosts = Set.copyOf(changes.keySet());
    boolean quiet =
        happened.values().stream()
            .allMatch(seen -> seen.others().isEmpty() && seen.mine().isEmpty());
    if (quiet && nowCalled.equals(identifiers) && nowHosts.equals(hosts)) {
      return List.of();
    }
    identifiers = nowCalled;
    hosts = nowHosts;
    Map<Key, Shown> before = told;
    told = listed(caller);
    Set<Key> own = own(happened);
    var turns = new ArrayList<Turn>();
    before.forEach((key, shown) -> {
      if (!shown.equals(told.get(key)) && !own.contains(key)) {
        turns.add(turn(key, shown, Optional.ofNullable(told.get(key))));
      }
    });
    told.forEach((key, shown) -> {
      if (!before.containsKey(key) && !own.contains(key)) {
        turns.add(new Turn(Optional.empty(), Optional.of(shown), taken.remove(key)));
      }
    });
    return turns;
  }

  private Turn turn(Key key, Shown before, Optional<Shown> now) {
    boolean out = now.isEmpty() && isThere(before.account, key.mailbox);
    if (out) {
      taken.add(key);
    }
    return new Turn(Optional.of(before), now, out);
  }

  private static boolean isThere(Account account, MailboxId mailbox) {
    try {
      return account.find(mailbox).isPresent();
    } catch (MailboxException.AccountGone _) {
      return false;
    }
  }

  private static Set<Key> own(Map<Visitor.Host, MailboxChanges.Seen> happened) {
    var own = new HashSet<Key>();
    happened.forEach((host, seen) ->
        seen.mine().stream()
            .filter(mailbox -> !seen.others().contains(mailbox))
            .forEach(mailbox -> own.add(new Key(host.account().id(), mailbox))));
    return own;
  }

  /// Those that may be listed but not read.
  List<String> closed() {
    return told.values().stream().filter(shown -> !shown.readable).map(Shown::name).toList();
  }

  private static Map<Key, Shown> listed(Caller caller) {
    var listed = new LinkedHashMap<Key, Shown>();
    for (NamedMailbox mailbox : caller.listedOfOthers()) {
      if (ListMailboxes.name(mailbox).isPresent()) {
        listed.put(
            new Key(mailbox.account().id(), mailbox.info().id()),
            new Shown(mailbox.account(), mailbox.shown(), mailbox.mayAll(Right.READ)));
      }
    }
    return listed;
  }
}
