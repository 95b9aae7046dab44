package org.posthorn.imap.command;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.AccountDraft.FlagChange;
import org.posthorn.storage.account.AccountDraft.Stored;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.account.UidSet;

/// What a STORE does to some messages in one change. For a reader who is not the owner `\Seen` is
/// one's own, and flags that may not be changed stay (RFC 4314 §4). Confined to the change.
final class StoreFlags {
  private final AccountDraft draft;
  private final ImapCommand.Store command;
  private final MailboxId mailbox;
  private final Rights rights;

  private StoreFlags(AccountDraft draft, ImapCommand.Store command, SelectedMailbox mailbox) {
    this.draft = draft;
    this.command = command;
    this.mailbox = mailbox.id();
    this.rights = mailbox.rights();
  }

  static Stored store(
      AccountDraft draft,
      ImapCommand.Store command,
      SelectedMailbox mailbox,
      UidSet uids,
      Flags flags) {
    var store = new StoreFlags(draft, command, mailbox);
    Optional<AccountId> reader = mailbox.reader();
    return reader.isPresent() ? store.asReader(reader.get(), uids, flags) : store.all(uids, flags);
  }

  private Stored all(UidSet uids, Flags flags) {
    FlagChange change =
        switch (command.mode()) {
          case REPLACE -> FlagChange.REPLACE;
          case ADD -> FlagChange.ADD;
          case REMOVE -> FlagChange.REMOVE;
        };
    return draft.store(mailbox, uids, change, flags, command.unchangedSince());
  }

  /// Messages with the same flags in the end go together.
  private Stored asReader(AccountId reader, UidSet uids, Flags flags) {
    MailboxView mine = draft.viewAs(mailbox, reader);
    MailboxView owners = draft.view(mailbox);
    Map<Flags, LongStream.Builder> others = new LinkedHashMap<>();
    var seen = LongStream.builder();
    var unseen = LongStream.builder();
    var modified = LongStream.builder();
    var changed = LongStream.builder();
    for (long uid : uids.toArray()) {
      int index = mine.indexOf(uid);
      if (index < 0) {
        continue;
      }
      if (mine.modSeq(index) > command.unchangedSince().orElse(Long.MAX_VALUE)) {
        modified.add(uid);
        continue;
      }
      Flags old = mine.flags(index);
      Flags next = next(old, flags);
      if (next.seen() != old.seen()) {
        (next.seen() ? seen : unseen).add(uid);
      }
      Flags shared = owners.flags(index);
      Flags nextShared =
          next.without(FlagNames.SEEN).with(shared.seen() ? FlagNames.SEEN : Flags.NONE);
      if (!nextShared.equals(shared)) {
        others.computeIfAbsent(nextShared, _ -> LongStream.builder()).add(uid);
      }
      if (!next.equals(old)) {
        changed.add(uid);
      }
    }
    others.forEach((next, some) ->
        draft.store(mailbox, set(some), FlagChange.REPLACE, next, OptionalLong.empty()));
    draft.markSeen(mailbox, reader, set(seen), true);
    draft.markSeen(mailbox, reader, set(unseen), false);
    return new Stored(set(changed), set(modified));
  }

  private Flags next(Flags old, Flags flags) {
    Flags allowed = FlagNames.allowed(flags, rights);
    return switch (command.mode()) {
      case ADD -> old.with(allowed);
      case REMOVE -> old.without(allowed);
      case REPLACE -> old.without(FlagNames.allowed(old, rights)).with(allowed);
    };
  }

  private static UidSet set(LongStream.Builder uids) {
    return UidSet.of(uids.build().toArray());
  }
}
