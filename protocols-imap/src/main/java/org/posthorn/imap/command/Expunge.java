package org.posthorn.imap.command;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.posthorn.imap.view.News;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.account.UidSet;

/// EXPUNGE, UID EXPUNGE and what CLOSE does to messages (RFC 3501 §6.4.2, §6.4.3, RFC 4315 §2.1).
/// The EXPUNGE responses are news like all others.
public final class Expunge {
  private Expunge() {}

  public static ImapAnswer run(ImapCommand.Expunge command, SelectedMailbox mailbox, Caller caller)
      throws IOException {
    Optional<ImapAnswer> refusal = mailbox.refusal(Right.EXPUNGE);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    Optional<UidSet> only = command.uids().map(set -> mailbox.uids(mailbox.runs(set, true)));
    expungeDeleted(mailbox, only, caller);
    return answer("Expunged", mailbox, command.byUid(), caller);
  }

  /// The answer to a command that has made messages vanish, EXPUNGE, MOVE or REPLACE. What is told
  /// up to here is told as of its change (RFC 7162 §3.2.7, RFC 6851 §4.4).
  static ImapAnswer answer(String words, SelectedMailbox mailbox, boolean byUid, Caller caller)
      throws IOException {
    if (!mailbox.dialect().withVanished()) {
      return ImapAnswer.ok(words);
    }
    var news = News.of(News.Extent.ALL, byUid);
    if (!LateNews.told(caller.writer(), () -> mailbox.tellNews(caller.writer(), news))) {
      return ImapAnswer.ok(words);
    }
    long highest = mailbox.told().info().highestModSeq();
    return ImapAnswer.ok(new ResponseCode.HighestModSeq(highest), words);
  }

  /// What has `\Deleted` now and still when the change is made, whoever set it.
  private static void expungeDeleted(
      SelectedMailbox selected, Optional<UidSet> only, Caller caller) {
    MailboxId mailbox = selected.id();
    UidSet found =
        caller
            .account()
            .view(mailbox, selected.told())
            .map(view -> deleted(view, only))
            .orElseThrow(() -> new MailboxException.NotFound("number " + mailbox.value()));
    if (found.isEmpty()) {
      return;
    }
    for (UidSet piece : found.pieces(Pieces.EXPUNGED)) {
      caller
          .account()
          .change(
              caller.actor(),
              draft -> {
                UidSet uids = stillDeleted(draft.view(mailbox), piece);
                return uids.isEmpty() ? uids : draft.expunge(mailbox, uids);
              });
    }
  }

  /// CLOSE in a mailbox that was selected for writing.
  public static void onClose(SelectedMailbox mailbox, Caller caller) {
    boolean some = mailbox.told().info().deleted() > 0;
    if (some && mailbox.mayStore(Right.EXPUNGE)) {
      expungeDeleted(mailbox, Optional.empty(), caller);
    }
  }

  private static UidSet stillDeleted(MailboxView view, UidSet uids) {
    long[] left = new long[uids.size()];
    int count = 0;
    for (int i = 0; i < uids.size(); i++) {
      int index = view.indexOf(uids.at(i));
      if (index >= 0 && view.flags(index).deleted()) {
        left[count++] = uids.at(i);
      }
    }
    return UidSet.of(Arrays.copyOf(left, count));
  }

  private static UidSet deleted(MailboxView view, Optional<UidSet> only) {
    if (view.info().deleted() == 0) {
      return UidSet.of();
    }
    long[] uids = new long[view.size()];
    int count = 0;
    for (int i = 0; i < view.size(); i++) {
      if (view.flags(i).deleted() && (only.isEmpty() || only.get().contains(view.uid(i)))) {
        uids[count++] = view.uid(i);
      }
    }
    return UidSet.of(Arrays.copyOf(uids, count));
  }
}
