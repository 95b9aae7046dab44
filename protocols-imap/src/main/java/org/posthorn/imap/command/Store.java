package org.posthorn.imap.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.posthorn.imap.view.News;
import org.posthorn.imap.view.Run;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.storage.account.AccountDraft.Stored;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.account.UidSet;

/// STORE and UID STORE (RFC 3501 §6.4.6), conditional too (RFC 7162 §3.1.3).
public final class Store {
  private final ImapCommand.Store command;
  private final SelectedMailbox mailbox;
  private final Caller caller;

  private Store(ImapCommand.Store command, SelectedMailbox mailbox, Caller caller) {
    this.command = command;
    this.mailbox = mailbox;
    this.caller = caller;
  }

  public static ImapAnswer run(ImapCommand.Store command, SelectedMailbox mailbox, Caller caller)
      throws IOException {
    if (!command.byUid() && !command.messages().within(mailbox.exists())) {
      return ImapAnswer.bad("There is no message of that number");
    }
    Optional<Flags> flags = FlagNames.flags(command.flags());
    if (flags.isEmpty()) {
      return FlagNames.refusal();
    }
    Optional<ImapAnswer> refusal = refusal(flags.get(), command.mode(), mailbox);
    return refusal.isPresent()
        ? refusal.get()
        : new Store(command, mailbox, caller).store(flags.get());
  }

  /// With the right to some of the flags, the others are left as they are (RFC 4314 §4).
  private static Optional<ImapAnswer> refusal(
      Flags flags, ImapCommand.StoreMode mode, SelectedMailbox mailbox) {
    Optional<ImapAnswer> closed = mailbox.refusal();
    Rights rights = mailbox.rights();
    boolean some =
        mode == ImapCommand.StoreMode.REPLACE
            ? rights.hasAny(Right.SEEN, Right.DELETE, Right.WRITE)
            : flags.equals(Flags.NONE) || !FlagNames.allowed(flags, rights).equals(Flags.NONE);
    return closed.isPresent() || some
        ? closed
        : Optional.of(
            ImapAnswer.no(ResponseCode.Plain.NOPERM, "You have no right to change these flags"));
  }

  private ImapAnswer store(Flags flags) throws IOException {
    ImapWriter writer = caller.writer();
    if (command.unchangedSince().isPresent()) {
      mailbox.enableModSeq(writer);
    }
    List<Run> runs = mailbox.runs(command.messages(), command.byUid());
    UidSet uids = mailbox.uids(runs);
    Stored stored = storeAll(uids, flags);
    boolean _ = LateNews.told(writer, () -> tell(uids, flags, stored));
    if (!stored.modified().isEmpty()) {
      return ImapAnswer.ok(
          new ResponseCode.Modified(named(stored.modified())),
          "Some messages had changed and were left alone");
    }
    return !command.byUid() && isSomeGone(uids)
        ? ImapAnswer.ok(ResponseCode.Plain.EXPUNGEISSUED, "Stored, but for messages that are gone")
        : ImapAnswer.ok("Stored");
  }

  /// Before the store and after it is one step to the client: what it is told below, or with SILENT
  /// expects, is no news; what somebody else did to the same message is (RFC 3501 §6.4.6).
  private void tell(UidSet uids, Flags flags, Stored stored) throws IOException {
    MailboxView before = mailbox.told();
    mailbox.tellNews(
        caller.writer(),
        News.of(News.Extent.FLAGS, command.byUid())
            .but((uid, now) ->
                uids.contains(uid)
                    && (isToldBelow(uid, stored) || now.equals(applied(before, uid, flags)))));
    tellStored(uids, stored, before);
  }

  /// RFC 5530 §3: of messages that are gone the client has not been told, for their numbers count.
  private boolean isSomeGone(UidSet uids) {
    return LongStream.of(uids.toArray())
        .mapToInt(mailbox::indexOf)
        .anyMatch(index -> index >= 0 && !mailbox.isThere(index));
  }

  private Stored storeAll(UidSet uids, Flags flags) {
    List<Stored> parts = new ArrayList<>();
    for (UidSet piece : uids.pieces(Pieces.ROWS)) {
      parts.add(
          caller
              .account()
              .change(
                  caller.actor(),
                  draft -> StoreFlags.store(draft, command, mailbox, piece, flags)));
    }
    return new Stored(Pieces.union(parts, Stored::changed), Pieces.union(parts, Stored::modified));
  }

  /// What the client takes the flags to be now.
  private Flags applied(MailboxView before, long uid, Flags flags) {
    int index = before.indexOf(uid);
    Flags had = index < 0 ? Flags.NONE : before.flags(index);
    return switch (command.mode()) {
      case REPLACE -> flags;
      case ADD -> had.with(flags);
      case REMOVE -> had.without(flags);
    };
  }

  private boolean isToldBelow(long uid, Stored stored) {
    return !command.silent() || stored.modified().contains(uid);
  }

  /// Not silent: the flags of all that were named. Silent: the new mod-sequences, for a client that
  /// knows of them. Those that were refused: what they have become, so it need not ask.
  private void tellStored(UidSet uids, Stored stored, MailboxView before) throws IOException {
    for (int i = 0; i < uids.size(); i++) {
      long uid = uids.at(i);
      int index = mailbox.indexOf(uid);
      if (index < 0 || !mailbox.isThere(index)) {
        continue;
      }
      if (isToldBelow(uid, stored)) {
        mailbox.tellFlags(index, command.byUid(), caller.writer());
      } else if (mailbox.dialect().withModSeq() && (isConditional() || hasMoved(uid, before))) {
        mailbox.tellModSeq(index, caller.writer());
      }
    }
  }

  /// A conditional STORE tells the mod-sequence of all that it was done to.
  private boolean isConditional() {
    return command.unchangedSince().isPresent();
  }

  /// Whether a message has another mod-sequence than the client knows: from this command, or from
  /// somebody else's who was faster with the same change.
  private boolean hasMoved(long uid, MailboxView before) {
    int index = before.indexOf(uid);
    MailboxView now = mailbox.told();
    return index < 0 || before.modSeq(index) != now.modSeq(now.indexOf(uid));
  }

  private String named(UidSet uids) {
    if (command.byUid()) {
      return uids.toString();
    }
    long[] numbers = new long[uids.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = mailbox.indexOf(uids.at(i)) + 1L;
    }
    return UidSet.of(numbers).toString();
  }
}
