package org.posthorn.imap.command;

import java.util.List;
import java.util.Optional;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.MailboxView;

/// The emails of a mailbox when they are asked for in ascending order: read many at a time where
/// neighbours are wanted. Used by one thread.
final class EmailCursor {
  private static final int BATCH = 64;

  /// How far apart two are that make it worth while to read what is between them.
  private static final int NEAR = 8;

  private final SelectedMailbox mailbox;
  private final Account account;
  private List<Email> batch = List.of();
  private int nextInBatch;
  private int batchTo;
  private int last = -NEAR;

  EmailCursor(SelectedMailbox mailbox, Account account) {
    this.mailbox = mailbox;
    this.account = account;
  }

  /// Empty when it is gone for good. The same index may be asked for again.
  Optional<Email> at(int index) {
    long id = mailbox.viewOf(index).emailId(mailbox.indexIn(index));
    boolean near = index - last <= NEAR;
    last = index;
    if (index >= batchTo && near && mailbox.isUpToDate()) {
      MailboxView view = mailbox.told();
      batchTo = Math.min(index + BATCH, view.size());
      batch = account.emails(view, index, batchTo);
      nextInBatch = 0;
    }
    if (index < batchTo) {
      for (int i = nextInBatch; i < batch.size(); i++) {
        if (batch.get(i).id() == id) {
          nextInBatch = i;
          return Optional.of(batch.get(i));
        }
      }
    }
    return account.email(id);
  }
}
