package org.posthorn.storage.queue;

import java.util.List;
import org.posthorn.message.MailId;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.Cargo;

/// What becomes of the rows of one mail: all of it or nothing, however many recipients it has. Used
/// by one thread at a time.
public final class QueueChange {
  private final MailId mail;
  private final Batch rows = new Batch();
  private QueueCounts counts = QueueCounts.NONE;

  public QueueChange(MailId mail) {
    this.mail = mail;
  }

  /// The first form of a mail that was not there before.
  public QueueChange accept(Arrival arrival, MailForm form) {
    counts = counts.plusMails(1);
    return put(arrival, form);
  }

  /// Is durable with this change.
  public QueueChange carry(List<Cargo> cargo) {
    rows.carry(cargo);
    return this;
  }

  /// One more form.
  public QueueChange put(Arrival arrival, MailForm form) {
    rows.put(QueueKeys.form(mail, form.number()), QueueCodec.encodeForm(arrival, form));
    return this;
  }

  public QueueChange add(QueuedRecipient recipient) {
    rows.put(QueueKeys.recipient(mail, recipient.number()), QueueCodec.encodeRecipient(recipient));
    counts = counts.plus(recipient.state(), 1);
    if (recipient.state().isDue()) {
      rows.put(QueueKeys.due(DueKey.of(mail, recipient)), new byte[0]);
    }
    return this;
  }

  public QueueChange replace(QueuedRecipient before, QueuedRecipient after) {
    if (before.number() != after.number()) {
      throw new IllegalArgumentException("Not the same recipient: " + before + " and " + after);
    }
    removeDue(before);
    counts = counts.plus(before.state(), -1);
    return add(after);
  }

  public QueueChange remove(QueuedRecipient recipient) {
    removeDue(recipient);
    rows.delete(QueueKeys.recipient(mail, recipient.number()));
    counts = counts.plus(recipient.state(), -1);
    return this;
  }

  /// Takes note that `made` was made on behalf of `parent`, so that it happens once.
  public QueueChange submitted(MailId parent, SubmissionKey key, MailId made) {
    rows.put(QueueKeys.submission(parent, key), QueueCodec.encodeSubmitted(made));
    return this;
  }

  /// The mail has no recipients any more: its forms and notes go.
  public QueueChange finish(Iterable<Integer> forms, Iterable<SubmissionKey> submitted) {
    counts = counts.plusMails(-1);
    for (int form : forms) {
      rows.delete(QueueKeys.form(mail, form));
    }
    return forget(submitted);
  }

  QueueChange forget(Iterable<SubmissionKey> submitted) {
    for (SubmissionKey key : submitted) {
      rows.delete(QueueKeys.submission(mail, key));
    }
    return this;
  }

  boolean isEmpty() {
    return rows.isEmpty() && rows.cargo().isEmpty();
  }

  /// The rows, with the counts that they lead to.
  Batch rows(QueueCounts after) {
    return new Batch().append(rows).put(QueueKeys.COUNTS, QueueCodec.encodeCounts(after));
  }

  QueueCounts countsAfter(QueueCounts before) {
    return before.plus(counts);
  }

  private void removeDue(QueuedRecipient recipient) {
    if (recipient.state().isDue()) {
      rows.delete(QueueKeys.due(DueKey.of(mail, recipient)));
    }
  }
}
