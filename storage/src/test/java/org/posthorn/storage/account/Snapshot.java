package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What an account holds, without the numbers that a restore gives anew: mailboxes by name, and
/// their messages by email.
record Snapshot(Map<String, Box> mailboxes, List<MailboxName> subscriptions) {
  record Box(Optional<SpecialUse> use, List<String> messages) {}

  static Snapshot of(Account account) {
    return of(account, Long.MAX_VALUE);
  }

  /// Without the emails from `firstNewEmail` on.
  static Snapshot of(Account account, long firstNewEmail) {
    Map<String, Box> mailboxes = new TreeMap<>();
    for (MailboxInfo mailbox : account.mailboxes()) {
      MailboxView view = account.view(mailbox.id()).orElseThrow();
      List<String> messages = new ArrayList<>();
      for (int i = 0; i < view.size(); i++) {
        if (view.emailId(i) < firstNewEmail) {
          messages.add(
              "%d %s %d %d"
                  .formatted(
                      view.emailId(i), view.flags(i), view.internalMillis(i), view.sizeBytes(i)));
        }
      }
      Collections.sort(messages);
      mailboxes.put(mailbox.name().value(), new Box(mailbox.specialUse(), messages));
    }
    return new Snapshot(mailboxes, account.subscriptions());
  }

  /// The messages of a mailbox; none when it is not there.
  List<String> in(String mailbox) {
    return Optional.ofNullable(mailboxes.get(mailbox)).map(Box::messages).orElse(List.of());
  }
}
