package org.posthorn.storage.queue;

/// How many mails there are, and recipients in each state.
public record QueueCounts(long mails, long waiting, long outgoing, long held, long dead) {
  public static final QueueCounts NONE = new QueueCounts(0, 0, 0, 0, 0);

  public long recipients() {
    return waiting + outgoing + held + dead;
  }

  QueueCounts plus(QueueCounts more) {
    return new QueueCounts(
        mails + more.mails,
        waiting + more.waiting,
        outgoing + more.outgoing,
        held + more.held,
        dead + more.dead);
  }

  QueueCounts plus(RecipientState state, long more) {
    return switch (state) {
      case RecipientState.Waiting _ -> new QueueCounts(mails, waiting + more, outgoing, held, dead);
      case RecipientState.Outgoing _ ->
          new QueueCounts(mails, waiting, outgoing + more, held, dead);
      case RecipientState.Held _ -> new QueueCounts(mails, waiting, outgoing, held + more, dead);
      case RecipientState.Dead _ -> new QueueCounts(mails, waiting, outgoing, held, dead + more);
    };
  }

  QueueCounts plusMails(long more) {
    return new QueueCounts(mails + more, waiting, outgoing, held, dead);
  }
}
