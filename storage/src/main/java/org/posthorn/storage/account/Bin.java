package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Finds what was expunged, or deleted with its mailbox, and is not there again: from the changes,
/// the newest first. A message is there again when its mailbox has it, or the one that has its name
/// now. Used by one thread.
final class Bin {
  private final AccountState now;
  private final RestorePlanner.Reader reader;
  private final Map<Integer, MailboxName> names = new HashMap<>();
  private final Map<MailboxName, Optional<SpecialUse>> uses = new HashMap<>();
  private final Map<MailboxName, long[]> emails = new HashMap<>();
  private final Set<Seen> seen = new HashSet<>();

  private record Seen(MailboxName target, long email) {}

  Bin(AccountState now, RestorePlanner.Reader reader) {
    this.now = now;
    this.reader = reader;
    now.names().mailboxes().forEach((name, id) -> names.put(id, name));
  }

  /// Takes the next older change; false when `each` has enough.
  boolean take(Change change, Predicate<Gone> each) {
    Map<Integer, Set<Long>> moved = new HashMap<>();
    Map<Integer, MailboxId> emptied = new TreeMap<>();
    for (Change.Event event : change.events()) {
      if (event instanceof Change.Deleted(var id, var name, var use)) {
        names.put(id.value(), name);
        uses.putIfAbsent(name, use);
        emptied.put(id.value(), id);
      } else if (event instanceof Change.Expunged(var id, _)) {
        emptied.put(id.value(), id);
      } else if (event instanceof Change.Moved(var from, var uids, _, _)) {
        Set<Long> all = moved.computeIfAbsent(from.value(), _ -> new HashSet<>());
        Arrays.stream(uids.toArray()).forEach(all::add);
      }
    }
    for (MailboxId mailbox : emptied.values()) {
      if (!look(change, mailbox, moved.getOrDefault(mailbox.value(), Set.of()), each)) {
        return false;
      }
    }
    for (Change.Event event : change.events().reversed()) {
      if (event instanceof Change.Renamed(var id, var from, _)) {
        names.put(id.value(), from);
      }
    }
    return true;
  }

  private boolean look(Change change, MailboxId mailbox, Set<Long> moved, Predicate<Gone> each) {
    MailboxName name = names.get(mailbox.value());
    if (name == null) {
      return true;
    }
    MailboxName target = target(mailbox, name);
    List<Vanished> gone = new ArrayList<>(reader.lost(mailbox.value(), change.version()));
    for (Vanished message : gone.reversed()) {
      if (!moved.contains(message.uid())
          && !isIn(target, message.emailId())
          && seen.add(new Seen(target, message.emailId()))
          && !each.test(new Gone(message, mailbox, name, change.when(), change.actor()))) {
        return false;
      }
    }
    return true;
  }

  /// Where a message of a mailbox belongs now.
  MailboxName target(MailboxId mailbox, MailboxName then) {
    Mailbox there = now.find(mailbox.value());
    return there == null ? then : there.row().name();
  }

  /// What a mailbox was for that was deleted.
  Optional<SpecialUse> use(MailboxName name) {
    return uses.getOrDefault(name, Optional.empty());
  }

  boolean isIn(MailboxName mailbox, long email) {
    return Arrays.binarySearch(emails.computeIfAbsent(mailbox, this::emailsOf), email) >= 0;
  }

  private long[] emailsOf(MailboxName name) {
    Spine spine = now.find(name).map(reader::spine).orElse(Spine.EMPTY);
    var all = new long[spine.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = spine.placement(i).emailId();
    }
    Arrays.sort(all);
    return all;
  }
}
