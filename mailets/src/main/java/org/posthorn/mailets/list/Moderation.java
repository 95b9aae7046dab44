package org.posthorn.mailets.list;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
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
  /// A step that takes longer has been set apart, and looks at the desk when it is repeated.
  private static final Duration STEP_MAX = Duration.ofSeconds(30);

  private final ListDesk desk;
  private final QueueAdministration queue;
  private final InstantSource clock;

  public Moderation(Directory directory, QueueAdministration queue, InstantSource clock) {
    this.desk = directory.lists().desk();
    this.queue = queue;
    this.clock = clock;
  }

  /// Posts that nobody has decided about, the oldest first. After a restore from a backup a post
  /// may be missing, until its mail is taken back.
  public List<Held> waiting(MailingList list) {
    return desk.held(list).stream()
        .filter(held -> held.verdict() == Verdict.WAITING)
        .filter(held -> isThere(held.mail()))
        .sorted((one, other) -> one.since().compareTo(other.since()))
        .toList();
  }

  boolean isThere(MailId mail) {
    return queue.show(mail).isPresent();
  }

  /// Lets the post go on, or its author be told `reason`. Returns what was decided, by whomever;
  /// empty when there is no such post, or it has gone from the queue.
  public Optional<Held> decide(MailingList list, String token, Verdict verdict, String reason) {
    Optional<Held> held = desk.decide(list, token, verdict, reason, clock.instant());
    if (held.isEmpty()) {
      return held;
    }
    awaitRest(list, held.get());
    if (queue.show(held.get().mail()).isEmpty()) {
      desk.drop(list, held.get());
      return Optional.empty();
    }
    goOn(list, held.get());
    return held;
  }

  /// The decision is durable now. A step that has looked at the desk before that may still be about
  /// to put the post aside, and its mail need not even be in the queue: when it is done, the post
  /// is in the repository, from where it goes on. A step that looks later sees the decision.
  private void awaitRest(MailingList list, Held post) {
    var _ = queue.awaitRest(post.mail(), list.address(), STEP_MAX);
  }

  private void goOn(MailingList list, Held post) {
    for (Condition kept : List.of(Condition.PARKED, Condition.DEAD)) {
      var _ = queue.carryOut(new QueueOrder.Retry(), post.mail(), of(list.address(), kept));
    }
  }

  private static QueueFilter of(MailAddress list, Condition condition) {
    return new QueueFilter(
        Optional.empty(),
        Optional.of(list.toString()),
        Optional.empty(),
        Optional.of(condition),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
