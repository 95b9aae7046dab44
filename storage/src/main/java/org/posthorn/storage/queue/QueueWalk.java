package org.posthorn.storage.queue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.ContentStore;

/// Looks through all rows of the queue for what does not fit together, while nothing changes them.
/// Reads every row once.
public final class QueueWalk {
  private static final int PAGE = 1_000;

  private final QueueStore queue;
  private final List<String> faults = new ArrayList<>();
  private final Set<DueKey> expected = new HashSet<>();
  private QueueCounts counted = QueueCounts.NONE;

  private QueueWalk(QueueStore queue) {
    this.queue = queue;
  }

  /// What is wrong, in words for the operator; empty when all is well.
  public static List<String> faults(QueueStore queue, ContentStore contents) {
    var walk = new QueueWalk(queue);
    walk.mails();
    walk.dueIndex();
    walk.counts();
    Set<ContentId> needed = new HashSet<>();
    queue.contents(needed::add);
    needed.removeIf(id -> contents.find(id).isPresent());
    needed.forEach(id -> walk.faults.add("Content " + id + " of a mail in the queue is missing"));
    return walk.faults;
  }

  private void mails() {
    List<MailId> page = queue.ids(Optional.empty(), PAGE);
    while (!page.isEmpty()) {
      for (MailId id : page) {
        try {
          queue.find(id).ifPresentOrElse(this::mail, () -> leftOver(id));
        } catch (RowDamaged damaged) {
          faults.add(String.valueOf(damaged.getMessage()));
        }
      }
      page = queue.ids(Optional.of(page.getLast()), PAGE);
    }
  }

  private void leftOver(MailId id) {
    faults.add("Mail " + id + " is not whole: a crash left some of its rows");
  }

  private void mail(QueuedMail mail) {
    counted = counted.plusMails(1);
    Set<Integer> forms = new HashSet<>();
    mail.forms().forEach(form -> forms.add(form.number()));
    if (mail.recipients().isEmpty()) {
      faults.add("Mail " + mail.id() + " has no recipient left but is still in the queue");
    }
    for (QueuedRecipient recipient : mail.recipients()) {
      counted = counted.plus(recipient.state(), 1);
      if (!forms.contains(recipient.form())) {
        faults.add(
            "Recipient %d of mail %s gets form %d, which is not there"
                .formatted(recipient.number(), mail.id(), recipient.form()));
      }
      if (recipient.state().isDue()) {
        expected.add(DueKey.of(mail.id(), recipient));
      }
    }
  }

  private void dueIndex() {
    List<DueKey> page = queue.due(Optional.empty(), PAGE);
    while (!page.isEmpty()) {
      for (DueKey key : page) {
        if (!expected.remove(key)) {
          faults.add("The index says that " + key + " is due, but there is no such recipient");
        }
      }
      page = queue.due(Optional.of(page.getLast()), PAGE);
    }
    expected.forEach(key -> faults.add(key + " is not in the index of what is due"));
  }

  private void counts() {
    if (!counted.equals(queue.counts())) {
      faults.add("The queue counts " + queue.counts() + " but has " + counted);
    }
  }
}
