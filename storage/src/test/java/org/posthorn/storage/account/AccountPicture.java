package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.List;

/// All that can be seen of an account, to compare.
record AccountPicture(
    long version,
    Quota quota,
    List<MailboxInfo> mailboxes,
    List<MailboxName> subscriptions,
    List<String> messages) {
  static AccountPicture of(Account account) {
    var messages = new ArrayList<String>();
    List<MailboxInfo> mailboxes = account.mailboxes();
    for (MailboxInfo mailbox : mailboxes) {
      MailboxView view = account.view(mailbox.id()).orElseThrow();
      for (int i = 0; i < view.size(); i++) {
        messages.add(
            "%s %d: %s, version %d, email %d, %d bytes, %d, %d"
                .formatted(
                    mailbox.name(),
                    view.uid(i),
                    view.flags(i),
                    view.modSeq(i),
                    view.emailId(i),
                    view.sizeBytes(i),
                    view.internalMillis(i),
                    view.savedMillis(i)));
      }
    }
    return new AccountPicture(
        account.version(), account.quota(), mailboxes, account.subscriptions(), messages);
  }
}
