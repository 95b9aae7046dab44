package org.posthorn.storage.queue;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.posthorn.message.MailId;

/// A recipient in the order in which they are due.
public record DueKey(Instant due, MailId mail, int number) implements Comparable<DueKey> {
  public DueKey {
    due = due.truncatedTo(ChronoUnit.MILLIS);
  }

  public static DueKey of(MailId mail, QueuedRecipient recipient) {
    return new DueKey(recipient.due(), mail, recipient.number());
  }

  @Override
  public int compareTo(DueKey other) {
    int order = due.compareTo(other.due);
    if (order == 0) {
      order = mail.value().compareTo(other.mail.value());
    }
    return order == 0 ? Integer.compare(number, other.number) : order;
  }
}
