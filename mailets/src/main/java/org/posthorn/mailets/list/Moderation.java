package org.posthorn.mailets.list;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.spool.QueueAdministration.Condition;
import org.posthorn.spool.QueueFilter;
import org.posthorn.spool.QueueOrder;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.ListDesk;
import org.posthorn.storage.directory.ListDesk.Held;
import org.posthorn.storage.directory.ListDesk.Verdict;
import org.posthorn.storage.directory.MailingList;

/// Decides about posts that wait. A post waits in the queue, in the processor that keeps them, and
/// runs through it again when somebody has decided. Safe for use by many threads.
public final class Moderation {
  private static final int TRIES = 50;
  private static final long PAUSE_NANOS = 20_000_000;

  private final ListDesk desk;
  private final QueueAdministration queue;
  private final InstantSource clock;

  public Moderation(Directory directory, QueueAdministration queue, InstantSource clock) {
    this.desk = directory.lists().desk();
    this.queue = queue;
    this.clock = clock;
  }

  /// Posts that nobody has decided about, the oldest first.
  public List<Held> waiting(MailingList list) {
    return desk.held(list).stream()
        .filter(held -> held.verdict() == Verdict.WAITING)
        .sorted((one, other) -> one.since().compareTo(other.since()))
        .toList();
  }

  /// Lets the post go on, or its author be told `reason`. Returns what was decided, by whomever;
  /// empty when there is no such post, or it has gone from the queue.
  public Optional<Held> decide(MailingList list, String token, Verdict verdict, String reason) {
    Optional<Held> held = desk.decide(list, token, verdict, reason, clock.instant());
    if (held.isEmpty()) {
      return held;
    }
    if (queue.show(held.get().mail()).isEmpty()) {
      desk.drop(list, held.get());
      return Optional.empty();
    }
    // A post that has only just been put aside may still be in the hands of who did it.
    for (int i = 0; i < TRIES && !goesOn(list, held.get()); i++) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return held;
  }

  private boolean goesOn(MailingList list, Held post) {
    int changed = 0;
    for (Condition kept : List.of(Condition.PARKED, Condition.DEAD)) {
      changed +=
          queue
              .carryOut(new QueueOrder.Retry(), post.mail(), waitingFor(list.address(), kept))
              .recipients();
    }
    return changed > 0;
  }

  /// What the processor keeps, whose name is that of its repository.
  private static QueueFilter waitingFor(MailAddress list, Condition kept) {
    return new QueueFilter(
        Optional.empty(),
        Optional.of(list.toString()),
        Optional.empty(),
        Optional.of(kept),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
