package org.posthorn.imap.command;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.AccountDraft.FlagChange;
import org.posthorn.storage.account.AccountDraft.Stored;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.account.UidSet;

/// What a STORE does to some messages in one change, as far as the client may (RFC 4314 §4).
/// Confined to the change.
final class StoreFlags {
  private final AccountDraft draft;
  private final SelectedMailbox mailbox;
  private final Rights rights;

  StoreFlags(AccountDraft draft, SelectedMailbox mailbox) {
    this.draft = draft;
    this.mailbox = mailbox;
    this.rights = mailbox.rights();
  }

  Stored store(ImapCommand.Store command, UidSet uids, Flags flags) {
    return switch (command.mode()) {
      case ADD -> store(command, uids, FlagChange.ADD, allowed(flags));
      case REMOVE -> store(command, uids, FlagChange.REMOVE, allowed(flags));
      case REPLACE ->
          rights.equals(Rights.ALL)
              ? store(command, uids, FlagChange.REPLACE, flags)
              : replaceAllowed(command, uids, flags);
    };
  }

  /// Of each message the flags that the client may not change stay.
  private Stored replaceAllowed(ImapCommand.Store command, UidSet uids, Flags flags) {
    MailboxView view = draft.view(mailbox.id());
    Map<Flags, LongStream.Builder> byFlags = new LinkedHashMap<>();
    for (long uid : uids.toArray()) {
      int index = view.indexOf(uid);
      if (index >= 0) {
        Flags old = view.flags(index);
        byFlags
            .computeIfAbsent(
                old.without(allowed(old)).with(allowed(flags)), _ -> LongStream.builder())
            .add(uid);
      }
    }
    List<Stored> parts = new ArrayList<>();
    byFlags.forEach((next, some) ->
        parts.add(store(command, UidSet.of(some.build().toArray()), FlagChange.REPLACE, next)));
    return new Stored(Pieces.union(parts, Stored::changed), Pieces.union(parts, Stored::modified));
  }

  private Stored store(ImapCommand.Store command, UidSet uids, FlagChange change, Flags flags) {
    return draft.store(mailbox.id(), uids, change, flags, command.unchangedSince());
  }

  private Flags allowed(Flags flags) {
    return FlagNames.allowed(flags, rights);
  }
}
