package org.posthorn.imap.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.imap.view.Run;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.imap.wire.SequenceSet;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.AccountDraft.Moved;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.UidSet;

/// COPY and MOVE, by number and by UID (RFC 3501 §6.4.7, RFC 6851), with COPYUID (RFC 4315 §3).
public final class CopyMove {
  private static final ImapAnswer NO_SUCH_NUMBER =
      ImapAnswer.bad("There is no message of that number");

  private CopyMove() {}

  public static ImapAnswer copy(ImapCommand.Copy command, SelectedMailbox mailbox, Caller caller) {
    if (!command.byUid() && !command.messages().within(mailbox.exists())) {
      return NO_SUCH_NUMBER;
    }
    UidSet uids = uids(command.messages(), command.byUid(), mailbox);
    Optional<ResponseCode> code = copyUid(copyAll(uids, mailbox, command.mailbox(), caller));
    return code.isPresent()
        ? ImapAnswer.ok(code.get(), "Copied")
        : ImapAnswer.ok("There was nothing to copy");
  }

  /// All or nothing, as RFC 3501 §6.4.7 wants it: when a later piece cannot be copied, the earlier
  /// copies go again.
  private static List<Moved> copyAll(
      UidSet uids, SelectedMailbox mailbox, String target, Caller caller) {
    List<Moved> copied = new ArrayList<>();
    try {
      for (UidSet piece : uids.pieces(Pieces.EXPUNGED)) {
        copied.add(
            caller
                .account()
                .change(
                    caller.actor(),
                    draft -> draft.copy(mailbox.id(), piece, target(draft, target))));
      }
      return copied;
    } catch (MailboxException refusal) {
      for (Moved made : copied) {
        takeBack(made, target, caller);
      }
      throw refusal;
    }
  }

  private static void takeBack(Moved copied, String target, Caller caller) {
    caller
        .account()
        .change(
            caller.actor(),
            draft ->
                draft
                    .find(new MailboxName(target))
                    .filter(info -> info.uidValidity() == copied.uidValidity())
                    .map(info -> draft.expunge(info.id(), UidSet.of(copied.toUids())))
                    .orElse(UidSet.NONE));
  }

  /// The COPYUID goes before the EXPUNGE responses, untagged (RFC 6851 §4.3).
  public static ImapAnswer move(ImapCommand.Move command, SelectedMailbox mailbox, Caller caller)
      throws IOException {
    if (!command.byUid() && !command.messages().within(mailbox.exists())) {
      return NO_SUCH_NUMBER;
    }
    if (mailbox.readOnly()) {
      return ImapAnswer.no(ResponseCode.Plain.NOPERM, "The mailbox was opened read-only");
    }
    UidSet uids = uids(command.messages(), command.byUid(), mailbox);
    List<Moved> moved = new ArrayList<>();
    for (UidSet piece : uids.pieces(Pieces.ROWS)) {
      moved.add(
          caller
              .account()
              .change(
                  caller.actor(),
                  draft -> draft.move(mailbox.id(), piece, target(draft, command.mailbox()))));
    }
    Optional<ResponseCode> code = copyUid(moved);
    if (code.isEmpty()) {
      return ImapAnswer.ok("There was nothing to move");
    }
    caller.writer().text("* OK [").text(code.get().text()).text("] Moved UIDs").endLine();
    return ImapAnswer.ok("Moved");
  }

  private static UidSet uids(SequenceSet messages, boolean byUid, SelectedMailbox mailbox) {
    List<Run> runs = mailbox.runs(messages, byUid);
    return mailbox.uids(runs);
  }

  private static MailboxId target(AccountDraft draft, String name) {
    return draft
        .find(new MailboxName(name))
        .orElseThrow(() -> new MailboxException.NotFound(name))
        .id();
  }

  /// The set of old UIDs ascends and each has its new one at the same place.
  private static Optional<ResponseCode> copyUid(List<Moved> parts) {
    UidSet from = Pieces.union(parts, part -> UidSet.of(part.fromUids()));
    return from.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ResponseCode.CopyUid(
                parts.getFirst().uidValidity(),
                from.toString(),
                Pieces.union(parts, part -> UidSet.of(part.toUids())).toString()));
  }
}
