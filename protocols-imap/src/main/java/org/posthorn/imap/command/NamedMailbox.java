package org.posthorn.imap.command;

import java.util.List;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.account.Rights.Right;

/// A mailbox of some account under the name that a login sees, and what the login may do with it.
public record NamedMailbox(
    Account account, MailboxInfo info, String shown, Rights rights, boolean own) {
  boolean mayAll(Right... needed) {
    return List.of(needed).stream().allMatch(rights::has);
  }

  /// The flags that a message may be given that comes here (RFC 4314 §4, COPY and APPEND).
  Flags allowed(Flags flags) {
    return FlagNames.allowed(flags, rights);
  }
}
