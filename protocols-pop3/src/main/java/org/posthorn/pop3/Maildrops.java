package org.posthorn.pop3;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.MailboxView;

/// Which maildrops are open: each in one session at a time (RFC 1939 §4). Safe for use by many
/// threads.
final class Maildrops {
  private final Set<AccountId> open = ConcurrentHashMap.newKeySet();

  /// Empty when another session has it. Whoever gets one closes it.
  Optional<Maildrop> open(Account account) {
    if (!open.add(account.id())) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Maildrop(account, inbox(account), () -> open.remove(account.id())));
    } catch (RuntimeException e) {
      open.remove(account.id());
      throw e;
    }
  }

  private static MailboxView inbox(Account account) {
    return account
        .find(MailboxName.INBOX)
        .flatMap(inbox -> account.view(inbox.id()))
        .orElseThrow(() -> new MailboxException.NotFound(MailboxName.INBOX.value()));
  }
}
