package org.posthorn.storage.account;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Up to where sessions were told of new messages as `\Recent` (RFC 3501 §2.3.2). Ahead of the
/// mailbox rows, into which it goes with their next change or when the account comes to rest: after
/// a crash a message may be `\Recent` twice. Safe for use by many threads.
final class Recents {
  private final Map<Integer, Long> firstByMailbox = new ConcurrentHashMap<>();

  long first(MailboxRow mailbox) {
    return Math.max(
        mailbox.firstRecent(), firstByMailbox.getOrDefault(mailbox.id(), mailbox.firstRecent()));
  }

  /// The same, and from now on it is `uidNext`.
  long take(MailboxRow mailbox) {
    Long before = firstByMailbox.get(mailbox.id());
    while (true) {
      long first = Math.max(mailbox.firstRecent(), before == null ? 0 : before);
      if (first >= mailbox.uidNext()) {
        return first;
      }
      boolean mine =
          before == null
              ? firstByMailbox.putIfAbsent(mailbox.id(), mailbox.uidNext()) == null
              : firstByMailbox.replace(mailbox.id(), before, mailbox.uidNext());
      if (mine) {
        return first;
      }
      before = firstByMailbox.get(mailbox.id());
    }
  }
}
