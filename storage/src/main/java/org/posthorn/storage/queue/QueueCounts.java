package org.posthorn.storage.queue;

/// How many mails there are, and recipients in each state; `parked` are those in repositories, the
/// dead letters among them.
public record QueueCounts(long mails, long waiting, long outgoing, long held, long parked) {
  public static final QueueCounts NONE = new QueueCounts(0, 0, 0, 0, 0);

  public long recipients() {
    return waiting + outgoing + held + parked;
  }

  QueueCounts plus(QueueCounts more) {
    return new QueueCounts(
        mails + more.mails,
        waiting + more.waiting,
        outgoing + more.outgoing,
        held + more.held,
        parked + more.parked);
  }

  QueueCounts plus(RecipientState state, long more) {
    return switch (state) {
      case RecipientState.Waiting _ ->
          new QueueCounts(mails, waiting + more, outgoing, held, parked);
      case RecipientState.Outgoing _ ->
          new QueueCounts(mails, waiting, outgoing + more, held, parked);
      case RecipientState.Held _ -> new QueueCounts(mails, waiting, outgoing, held + more, parked);
      case RecipientState.Parked _ ->
          new QueueCounts(mails, waiting, outgoing, held, parked + more);
    };
  }

  QueueCounts plusMails(long more) {
    return new QueueCounts(mails + more, waiting, outgoing, held, parked);
  }
}
