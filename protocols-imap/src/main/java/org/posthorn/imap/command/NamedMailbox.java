package org.posthorn.imap.command;

import java.util.List;
import java.util.Optional;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.account.UidSet;

/// A mailbox of some account under the name that a login sees, and what the login may do with it.
public record NamedMailbox(
    Account account, MailboxInfo info, String shown, Rights rights, Optional<AccountId> reader) {
  /// Whether it is the login's own; else `reader` is as whom it reads there.
  boolean own() {
    return reader.isEmpty();
  }

  boolean mayAll(Right... needed) {
    return List.of(needed).stream().allMatch(rights::has);
  }

  /// The flags that a message may be given that comes here (RFC 4314 §4, COPY and APPEND).
  Flags allowed(Flags flags) {
    return FlagNames.allowed(flags, rights);
  }

  /// Appends a message with the flags that it has and that may be set here. Returns the UID.
  long append(AccountDraft draft, NewEmail email) {
    Flags flags = allowed(email.flags());
    Flags shared = own() ? flags : flags.without(FlagNames.SEEN);
    long uid =
        draft.append(
            info.id(), new NewEmail(email.content(), email.prefix(), shared, email.internalDate()));
    if (flags.seen()) {
      reader.ifPresent(who -> draft.markSeen(info.id(), who, UidSet.of(uid), true));
    }
    return uid;
  }
}
