package org.posthorn.app;

import java.util.Map;
import java.util.Set;

/// What a client asks of its messages. Mailboxes are named by their UIDVALIDITY, which an account
/// gives out once, so that a renamed one is the same; 0 is one whose number was not told.
sealed interface Deed {
  record Create(String mailbox) implements Deed {}

  record Rename(String from, String to) implements Deed {}

  record Delete(String mailbox) implements Deed {}

  record Append(long mailbox, long number, Set<String> flags) implements Deed {}

  record Store(long mailbox, Set<Long> uids, String flag, boolean add) implements Deed {}

  record Copy(long mailbox, Set<Long> uids, long to) implements Deed {}

  record Move(long mailbox, Set<Long> uids, long to) implements Deed {}

  record Expunge(long mailbox, Set<Long> uids) implements Deed {}

  /// What the client was told when it was done: the UIDVALIDITY of a new mailbox or of the target,
  /// new UIDs by old ones (of an APPEND by 0), MODSEQs by UIDs.
  record Told(long uidValidity, Map<Long, Long> newUids, Map<Long, Long> modSeqs) {
    static final Told NOTHING = new Told(0, Map.of(), Map.of());
  }
}
