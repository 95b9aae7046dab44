package org.posthorn.imap.command;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountDraft.Moved;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.content.ContentMissing;
import org.posthorn.storage.content.ContentStore;

/// Copies messages into another account. Their bytes stay where they are: both accounts name the
/// same content, each under its own key.
///
/// What is moved is there before it is gone here: after a crash in between it is in both places,
/// and never in none.
final class CopyAcross {
  private final SelectedMailbox mailbox;
  private final NamedMailbox target;
  private final ContentStore contents;
  private final Caller caller;

  CopyAcross(SelectedMailbox mailbox, NamedMailbox target, ContentStore contents, Caller caller) {
    this.mailbox = mailbox;
    this.target = target;
    this.contents = contents;
    this.caller = caller;
  }

  private static Moved copied(long uidValidity, long[] fromUids, long[] toUids) {
    return new Moved() {
      @Override
      public long uidValidity() {
        return uidValidity;
      }

      @Override
      public long[] fromUids() {
        return fromUids;
      }

      @Override
      public long[] toUids() {
        return toUids;
      }
    };
  }

  /// UIDs that are not there are left out.
  Moved copy(UidSet uids) {
    Account from = mailbox.account();
    MailboxView view =
        caller
            .visitor()
            .view(from, mailbox.id(), mailbox.told())
            .orElseThrow(() -> new MailboxException.NotFound(""));
    List<Long> found = new ArrayList<>();
    List<NewEmail> emails = new ArrayList<>();
    for (long uid : uids.toArray()) {
      int index = view.indexOf(uid);
      if (index >= 0) {
        from.email(view.emailId(index))
            .ifPresent(email -> {
              found.add(uid);
              emails.add(again(email, view, index));
            });
      }
    }
    long[] toUids =
        target
            .account()
            .change(
                caller.actor(),
                draft -> {
                  draft.mailbox(target.info().id());
                  return emails.stream().mapToLong(email -> target.append(draft, email)).toArray();
                });
    long[] fromUids = found.stream().mapToLong(Long::longValue).toArray();
    return copied(target.info().uidValidity(), fromUids, toUids);
  }

  Moved move(UidSet uids) {
    Moved copied = copy(uids);
    var _ =
        mailbox
            .account()
            .change(
                caller.actor(), draft -> draft.expunge(mailbox.id(), UidSet.of(copied.fromUids())));
    return copied;
  }

  private NewEmail again(Email email, MailboxView view, int index) {
    return new NewEmail(
        contents.find(email.content()).orElseThrow(() -> new ContentMissing(email.content())),
        email.prefix(),
        view.flags(index),
        Instant.ofEpochMilli(view.internalMillis(index)));
  }
}
