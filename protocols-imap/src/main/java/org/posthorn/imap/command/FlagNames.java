package org.posthorn.imap.command;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.AccountDraft.FlagChange;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.account.UidSet;

/// Flags as clients name them.
final class FlagNames {
  static final Flags SEEN = Flags.of("\\Seen");
  static final Flags DELETED = Flags.of("\\Deleted");

  private FlagNames() {}

  /// Empty when one of them is a system flag that does not exist. `\Recent` is left out: clients
  /// that send back what they were told mean no harm.
  static Optional<Flags> flags(List<String> names) {
    List<String> kept = names.stream().filter(name -> !name.equalsIgnoreCase("\\Recent")).toList();
    try {
      return Optional.of(Flags.of(kept.toArray(String[]::new)));
    } catch (MailboxException.NotPermitted _) {
      return Optional.empty();
    }
  }

  /// Those that somebody with these rights may set and clear (RFC 4314 §2.1).
  static Flags allowed(Flags flags, Rights rights) {
    Flags allowed = rights.has(Right.WRITE) ? flags.without(SEEN).without(DELETED) : Flags.NONE;
    allowed = flags.seen() && rights.has(Right.SEEN) ? allowed.with(SEEN) : allowed;
    return flags.deleted() && rights.has(Right.DELETE) ? allowed.with(DELETED) : allowed;
  }

  /// Takes the flags from messages that somebody with these rights may not set.
  static void dropForbidden(AccountDraft draft, MailboxId mailbox, UidSet uids, Rights rights) {
    if (rights.equals(Rights.ALL)) {
      return;
    }
    MailboxView view = draft.view(mailbox);
    for (long uid : uids.toArray()) {
      int index = view.indexOf(uid);
      Flags flags = index < 0 ? Flags.NONE : view.flags(index);
      Flags allowed = allowed(flags, rights);
      if (!allowed.equals(flags)) {
        draft.store(mailbox, UidSet.of(uid), FlagChange.REPLACE, allowed, OptionalLong.empty());
      }
    }
  }

  static ImapAnswer refusal() {
    return ImapAnswer.bad("There is no such system flag");
  }
}
