package org.posthorn.storage.queue;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.message.MailId;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.Cargo;

/// What becomes of the rows of one mail. Up to about 300 recipients it is applied as a whole; a
/// larger change in the order in which it was told, each recipient as a whole: tell the forms that
/// recipients need before them, except for [#accept], which is told last and makes them count. Used
/// by one thread at a time.
public final class QueueChange {
  private static final int PART_OPERATIONS = 1_000;
  private static final int PART_BYTES = 512 << 10;

  private final MailId mail;
  private final List<Part> parts = new ArrayList<>();

  public QueueChange(MailId mail) {
    this.mail = mail;
  }

  /// Rows that are committed together, and what they do to the counts.
  static final class Part {
    private final Batch rows = new Batch();
    private QueueCounts counts = QueueCounts.NONE;

    /// The rows, with the counts that they lead to.
    Batch rows(QueueCounts after) {
      return new Batch().append(rows).put(QueueKeys.COUNTS, QueueCodec.encodeCounts(after));
    }

    QueueCounts countsAfter(QueueCounts before) {
      return before.plus(counts);
    }

    private boolean isFull() {
      return rows.operationCount() >= PART_OPERATIONS || rows.sizeBytes() >= PART_BYTES;
    }
  }

  /// The first form of a mail that was not there before: until then its recipients are left-overs.
  public QueueChange accept(Arrival arrival, MailForm form) {
    Part part = part();
    part.counts = part.counts.plusMails(1);
    return put(arrival, form);
  }

  /// Goes with the first commit of this change.
  public QueueChange carry(List<Cargo> cargo) {
    if (!cargo.isEmpty()) {
      (parts.isEmpty() ? part() : parts.getFirst()).rows.carry(cargo);
    }
    return this;
  }

  /// One more form.
  public QueueChange put(Arrival arrival, MailForm form) {
    part().rows.put(QueueKeys.form(mail, form.number()), QueueCodec.encodeForm(arrival, form));
    return this;
  }

  public QueueChange add(QueuedRecipient recipient) {
    addTo(part(), recipient);
    return this;
  }

  public QueueChange replace(QueuedRecipient before, QueuedRecipient after) {
    if (before.number() != after.number()) {
      throw new IllegalArgumentException("Not the same recipient: " + before + " and " + after);
    }
    Part part = part();
    removeDue(part, before);
    part.counts = part.counts.plus(before.state(), -1);
    addTo(part, after);
    return this;
  }

  public QueueChange remove(QueuedRecipient recipient) {
    Part part = part();
    removeDue(part, recipient);
    part.rows.delete(QueueKeys.recipient(mail, recipient.number()));
    part.counts = part.counts.plus(recipient.state(), -1);
    return this;
  }

  /// Takes note that `made` was made on behalf of `parent`, so that it happens once.
  public QueueChange submitted(MailId parent, SubmissionKey key, MailId made) {
    part().rows.put(QueueKeys.submission(parent, key), QueueCodec.encodeSubmitted(made));
    return this;
  }

  /// The mail has no recipients any more: its forms and notes go.
  public QueueChange finish(Iterable<Integer> forms, Iterable<SubmissionKey> submitted) {
    Part part = part();
    part.counts = part.counts.plusMails(-1);
    for (int form : forms) {
      part.rows.delete(QueueKeys.form(mail, form));
    }
    return forget(submitted);
  }

  QueueChange forget(Iterable<SubmissionKey> submitted) {
    for (SubmissionKey key : submitted) {
      part().rows.delete(QueueKeys.submission(mail, key));
    }
    return this;
  }

  List<Part> parts() {
    return parts;
  }

  private void addTo(Part part, QueuedRecipient recipient) {
    part.rows.put(
        QueueKeys.recipient(mail, recipient.number()), QueueCodec.encodeRecipient(recipient));
    part.counts = part.counts.plus(recipient.state(), 1);
    if (recipient.state().isDue()) {
      part.rows.put(QueueKeys.due(DueKey.of(mail, recipient)), new byte[0]);
    }
  }

  private void removeDue(Part part, QueuedRecipient recipient) {
    if (recipient.state().isDue()) {
      part.rows.delete(QueueKeys.due(DueKey.of(mail, recipient)));
    }
  }

  private Part part() {
    if (parts.isEmpty() || parts.getLast().isFull()) {
      parts.add(new Part());
    }
    return parts.getLast();
  }
}
