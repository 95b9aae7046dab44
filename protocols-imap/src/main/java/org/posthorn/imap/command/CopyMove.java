package org.posthorn.imap.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.posthorn.imap.view.Run;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.imap.wire.SequenceSet;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.AccountDraft.Moved;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.content.ContentStore;

/// COPY and MOVE, by number and by UID (RFC 3501 §6.4.7, RFC 6851), with COPYUID (RFC 4315 §3),
/// within an account and from one to another.
public final class CopyMove {
  private static final ImapAnswer NO_SUCH_NUMBER =
      ImapAnswer.bad("There is no message of that number");

  /// RFC 5530 §3: the client has not been told yet that somebody else expunged them.
  private static final ImapAnswer NOT_ALL_COPIED =
      ImapAnswer.no(
          ResponseCode.Plain.EXPUNGEISSUED, "Some messages are gone, and none was copied");

  private static final ImapAnswer ALL_GONE =
      ImapAnswer.no(ResponseCode.Plain.EXPUNGEISSUED, "These messages are gone");

  private final SelectedMailbox mailbox;
  private final NamedMailbox target;
  private final ContentStore contents;
  private final Caller caller;

  private CopyMove(
      SelectedMailbox mailbox, NamedMailbox target, ContentStore contents, Caller caller) {
    this.mailbox = mailbox;
    this.target = target;
    this.contents = contents;
    this.caller = caller;
  }

  public static ImapAnswer copy(
      ImapCommand.Copy command, SelectedMailbox mailbox, ContentStore contents, Caller caller) {
    if (!command.byUid() && !command.messages().within(mailbox.exists())) {
      return NO_SUCH_NUMBER;
    }
    NamedMailbox target = caller.mailbox(command.mailbox(), Right.INSERT);
    UidSet uids = uids(command.messages(), command.byUid(), mailbox);
    var copy = new CopyMove(mailbox, target, contents, caller);
    List<Moved> copied = copy.copyAll(uids);
    if (!command.byUid() && count(copied) < uids.size()) {
      copied.forEach(copy::takeBack);
      return NOT_ALL_COPIED;
    }
    Optional<ResponseCode> code = copyUid(copied);
    return code.isPresent()
        ? ImapAnswer.ok(code.get(), "Copied")
        : ImapAnswer.ok("There was nothing to copy");
  }

  /// All or nothing, as RFC 3501 §6.4.7 wants it: when a later piece cannot be copied, the earlier
  /// copies go again.
  private List<Moved> copyAll(UidSet uids) {
    List<Moved> copied = new ArrayList<>();
    try {
      for (UidSet piece : uids.pieces(isWithin() ? Pieces.EXPUNGED : Pieces.READ)) {
        copied.add(isWithin() ? copyWithin(piece) : across().copy(piece));
      }
      return copied;
    } catch (RuntimeException why) {
      for (Moved piece : copied) {
        try {
          takeBack(piece);
        } catch (RuntimeException e) {
          // The others may go all the same.
          why.addSuppressed(e);
        }
      }
      throw why;
    }
  }

  private boolean isWithin() {
    return mailbox.account().id().equals(target.account().id());
  }

  private CopyAcross across() {
    return new CopyAcross(mailbox, target, contents, caller);
  }

  private Moved copyWithin(UidSet uids) {
    return mailbox
        .account()
        .change(
            caller.actor(),
            draft -> {
              UidSet seen = seen(draft, uids);
              Moved copied = draft.copy(mailbox.id(), uids, targetIn(draft));
              keepFlags(draft, copied, seen);
              return copied;
            });
  }

  /// What a reader who is not the owner has seen of these.
  private UidSet seen(AccountDraft draft, UidSet uids) {
    if (mailbox.reader().isEmpty()) {
      return UidSet.NONE;
    }
    MailboxView view = draft.viewAs(mailbox.id(), mailbox.reader().get());
    return UidSet.of(
        LongStream.of(uids.toArray())
            .filter(uid -> view.indexOf(uid) >= 0 && view.flags(view.indexOf(uid)).seen())
            .toArray());
  }

  /// Copies keep the flags that the client may set there (RFC 4314 §4), and the client's `\Seen`.
  private void keepFlags(AccountDraft draft, Moved copied, UidSet seen) {
    if (target.own()) {
      return;
    }
    MailboxId to = target.info().id();
    // The owner's \Seen is the owner's.
    Rights rights = target.rights().with(Rights.of(Right.SEEN));
    FlagNames.dropForbidden(draft, to, UidSet.of(copied.toUids()), rights);
    if (target.rights().has(Right.SEEN)) {
      long[] mine =
          IntStream.range(0, copied.fromUids().length)
              .filter(i -> seen.contains(copied.fromUids()[i]))
              .mapToLong(i -> copied.toUids()[i])
              .toArray();
      draft.markSeen(to, target.reader().orElseThrow(), UidSet.of(mine), true);
    }
  }

  private void takeBack(Moved copied) {
    var _ =
        target
            .account()
            .change(
                caller.actor(),
                draft ->
                    draft
                        .find(target.info().name())
                        .filter(info -> info.uidValidity() == copied.uidValidity())
                        .map(info -> draft.expunge(info.id(), UidSet.of(copied.toUids())))
                        .orElse(UidSet.NONE));
  }

  /// The COPYUID goes before the EXPUNGE responses, untagged (RFC 6851 §4.3).
  public static ImapAnswer move(
      ImapCommand.Move command, SelectedMailbox mailbox, ContentStore contents, Caller caller)
      throws IOException {
    if (!command.byUid() && !command.messages().within(mailbox.exists())) {
      return NO_SUCH_NUMBER;
    }
    Optional<ImapAnswer> refusal = mailbox.refusal(Right.DELETE, Right.EXPUNGE);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    NamedMailbox target = caller.mailbox(command.mailbox(), Right.INSERT);
    UidSet uids = uids(command.messages(), command.byUid(), mailbox);
    var move = new CopyMove(mailbox, target, contents, caller);
    List<Moved> moved = move.moveAll(uids);
    boolean someGone = !command.byUid() && count(moved) < uids.size();
    Optional<ResponseCode> code = copyUid(moved);
    if (code.isEmpty()) {
      return someGone ? ALL_GONE : ImapAnswer.ok("There was nothing to move");
    }
    caller.writer().text("* OK [").text(code.get().text()).text("] ");
    caller.writer().words("Moved UIDs").endLine();
    String words = someGone ? "Moved, but for messages that are gone" : "Moved";
    if (mailbox.dialect().withVanished()) {
      return Expunge.answer(words, mailbox, command.byUid(), caller);
    }
    return someGone ? ImapAnswer.ok(ResponseCode.Plain.EXPUNGEISSUED, words) : ImapAnswer.ok(words);
  }

  private static int count(List<Moved> parts) {
    return parts.stream().mapToInt(part -> part.fromUids().length).sum();
  }

  private List<Moved> moveAll(UidSet uids) {
    List<Moved> moved = new ArrayList<>();
    for (UidSet piece : uids.pieces(isWithin() ? Pieces.ROWS : Pieces.READ)) {
      moved.add(isWithin() ? moveWithin(piece) : across().move(piece));
    }
    return moved;
  }

  private Moved moveWithin(UidSet uids) {
    return mailbox
        .account()
        .change(
            caller.actor(),
            draft -> {
              UidSet seen = seen(draft, uids);
              Moved moved = draft.move(mailbox.id(), uids, targetIn(draft));
              keepFlags(draft, moved, seen);
              return moved;
            });
  }

  private static UidSet uids(SequenceSet messages, boolean byUid, SelectedMailbox mailbox) {
    List<Run> runs = mailbox.runs(messages, byUid);
    return mailbox.uids(runs);
  }

  private MailboxId targetIn(AccountDraft draft) {
    return draft.mailbox(target.info().id()).id();
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
