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
import org.posthorn.storage.directory.Resolution;
import org.posthorn.storage.queue.QueuedRecipient;

/// Decides about posts that wait. A post waits in the queue, in the processor that keeps them, and
/// runs through it again when somebody has decided. Safe for use by many threads.
public final class Moderation {
  /// A step that takes longer has been set apart, and looks at the desk when it is repeated.
  private static final Duration STEP_MAX = Duration.ofSeconds(30);

  private final Directory directory;
  private final ListDesk desk;
  private final QueueAdministration queue;
  private final InstantSource clock;

  public Moderation(Directory directory, QueueAdministration queue, InstantSource clock) {
    this.directory = directory;
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

  /// Ends posts of a list that is gone, with those that wait: they go to nobody, and nobody is
  /// told.
  public void end(MailingList gone, List<Held> posts) {
    for (Held post : posts) {
      awaitRest(gone, post);
      carryOut(new QueueOrder.Drop(), gone, post);
    }
  }

  /// The decision is durable now. A step that has looked at the desk before that may still be about
  /// to put the post aside, and its mail need not even be in the queue: when it is done, the post
  /// is in the repository, from where it goes on. A step that looks later sees the decision.
  private void awaitRest(MailingList list, Held post) {
    var _ =
        queue.awaitRest(
            post.mail(), address -> isNamed(list, address) || isTo(list, address), STEP_MAX);
  }

  /// Whether it has the list's name, in whatever domain: when the list or a second name of its
  /// domain is gone, nobody can tell any more which of them led to it.
  private static boolean isNamed(MailingList list, MailAddress address) {
    return address.localPart().equalsIgnoreCase(list.address().localPart());
  }

  private void goOn(MailingList list, Held post) {
    carryOut(new QueueOrder.Retry(), list, post);
  }

  private void carryOut(QueueOrder order, MailingList list, Held post) {
    for (MailAddress address : addresses(list, post)) {
      for (Condition kept : List.of(Condition.PARKED, Condition.DEAD)) {
        var _ = queue.carryOut(order, post.mail(), of(address, kept));
      }
    }
  }

  /// Under which the queue has the post: as its author wrote the list's, maybe in a second name of
  /// the domain. One that was taken back from a file has no token.
  private List<MailAddress> addresses(MailingList list, Held post) {
    return queue.show(post.mail()).stream()
        .flatMap(mail ->
            mail.recipients().stream()
                .filter(row ->
                    post.token().equals(mail.form(row.form()).attributes().get(Posts.HELD))
                        || isTo(list, row.address()))
                .map(QueuedRecipient::address))
        .distinct()
        .toList();
  }

  private boolean isTo(MailingList list, MailAddress address) {
    return address.toString().equalsIgnoreCase(list.address().toString())
        || (directory.resolve(address) instanceof Resolution.Listed(var other, var role, _)
            && role == MailingList.Role.POST
            && other.id().equals(list.id())
            && other.address().equals(list.address()));
  }

  private static QueueFilter of(MailAddress recipient, Condition condition) {
    return new QueueFilter(
        Optional.empty(),
        Optional.of(recipient.toString()),
        Optional.empty(),
        Optional.of(condition),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
