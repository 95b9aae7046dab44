package org.posthorn.storage.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.storage.queue.QueueStoreContract.NOON;
import static org.posthorn.storage.queue.QueueStoreContract.accept;
import static org.posthorn.storage.queue.QueueStoreContract.mail;
import static org.posthorn.storage.queue.QueueStoreContract.waiting;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.StoppingEngine;
import org.posthorn.storage.memory.InMemoryEngine;

/// A change with more recipients than one commit takes is made as a whole or not at all.
final class LargeQueueChangeTest {
  /// With addresses so long that what is written aside is more than one commit takes.
  private static final int MEMBERS = 2_500;

  private static final MailId ID = new MailId("m1");

  private final StoppingEngine engine = new StoppingEngine(new InMemoryEngine());

  @Test
  void aListBecomesAllItsMembersOrNoneWhereverThePowerGoes() {
    int lost = 0;
    int made = 0;
    boolean answered = false;
    for (int commits = 0; !answered; commits++) {
      MailId id = new MailId("m" + commits);
      QueuedMail before = mail(id.value(), List.of(waiting(0, "list", NOON)));
      accept(new QueueStore(engine), before);
      engine.stopAfter(commits);
      answered = answers(() -> new QueueStore(engine).change(expansion(id)));
      engine.goOn();

      var queue = new QueueStore(engine);
      QueuedMail after = queue.find(id).orElseThrow();
      if (after.equals(before)) {
        lost++;
        assertThat(answered).isFalse();
      } else {
        made++;
        assertThat(after.recipients().equals(members())).as("after %d commits", commits).isTrue();
        assertThat(after.forms()).hasSize(2);
      }
      int expected = after.recipients().size();
      assertThat(queue.counts()).isEqualTo(new QueueCounts(1, expected, 0, 0, 0));
      assertThat(queue.due(Optional.empty(), MEMBERS * 2)).hasSize(expected);
      remove(queue, after);
    }
    assertThat(lost).as("interrupted before it counts").isGreaterThan(1);
    assertThat(made).as("interrupted behind that").isGreaterThan(1);
  }

  @Test
  void aMailIsAcceptedAsAWholeOrNotAtAll() {
    boolean answered = false;
    int commits = 0;
    for (; !answered; commits++) {
      engine.stopAfter(commits);
      QueuedMail whole = mail(ID.value(), members().stream().map(row -> inForm(row, 0)).toList());
      answered = answers(() -> accept(new QueueStore(engine), whole));
      engine.goOn();
      var queue = new QueueStore(engine);
      Optional<QueuedMail> after = queue.find(ID);
      if (after.isPresent()) {
        assertThat(after.get().equals(whole)).as("after %d commits", commits).isTrue();
        remove(queue, whole);
      }
      assertThat(queue.ids(Optional.empty(), 10)).as("after %d commits", commits).isEmpty();
      assertThat(queue.due(Optional.empty(), 10)).isEmpty();
      assertThat(queue.counts()).isEqualTo(QueueCounts.NONE);
    }
    assertThat(commits).isGreaterThan(3);
  }

  /// Whoever could not write a change down asks what is there, and makes the difference.
  @Test
  void whatIsThereIsKnownWithoutAnotherStart() {
    boolean answered = false;
    for (int commits = 1; !answered; commits++) {
      MailId id = new MailId("m" + commits);
      var queue = new QueueStore(engine);
      QueuedMail before = mail(id.value(), List.of(waiting(0, "list", NOON)));
      accept(queue, before);
      engine.stopAfter(commits);
      answered = answers(() -> queue.change(expansion(id)));
      engine.goOn();
      if (queue.find(id).orElseThrow().equals(before)) {
        queue.change(expansion(id));
      }
      assertThat(queue.find(id).orElseThrow().recipients().equals(members())).isTrue();
      assertThat(queue.counts()).isEqualTo(new QueueCounts(1, MEMBERS, 0, 0, 0));
      remove(queue, queue.find(id).orElseThrow());
    }
  }

  /// From a full disk, for one.
  @Test
  void theQueueCanBeReadWhenNothingCanBeWritten() {
    QueuedMail before = mail(ID.value(), List.of(waiting(0, "list", NOON)));
    accept(new QueueStore(engine), before);
    engine.stopAfter(1);
    assertThat(answers(() -> new QueueStore(engine).change(expansion(ID)))).isFalse();
    assertThat(new QueueStore(engine).find(ID)).contains(before);
    assertThat(new QueueStore(engine).due(Optional.empty(), 10)).hasSize(1);
  }

  /// Whoever collects contents must not overlook those of a change that is on its way.
  @Test
  void theContentsOfAChangeThatIsNotDoneYetAreNeeded() {
    accept(new QueueStore(engine), mail(ID.value(), List.of(waiting(0, "list", NOON))));
    var queue = new QueueStore(engine);
    List<Set<ContentId>> seen = new ArrayList<>();
    engine.meanwhile(
        new StoppingEngine.Meanwhile() {
          @Override
          public void committed() {
            Set<ContentId> needed = new HashSet<>();
            queue.contents(needed::add);
            seen.add(needed);
          }
        });
    queue.change(expansion(ID));
    assertThat(seen)
        .hasSizeGreaterThan(3)
        .allMatch(needed -> needed.contains(new ContentId("content.2")));
  }

  private static boolean answers(Runnable change) {
    try {
      change.run();
      return true;
    } catch (StorageUnavailable _) {
      return false;
    }
  }

  /// The list goes, and its members come, with a message of their own.
  private static QueueChange expansion(MailId id) {
    QueuedMail mail = mail(id.value(), List.of());
    var other =
        new MailForm(1, Optional.empty(), new ContentId("content.2"), "", List.of(), Map.of());
    var change = new QueueChange(id).put(mail.arrival(), other);
    members().forEach(change::add);
    return change.remove(waiting(0, "list", NOON));
  }

  private static List<QueuedRecipient> members() {
    List<QueuedRecipient> members = new ArrayList<>();
    for (int n = 1; n <= MEMBERS; n++) {
      members.add(inForm(waiting(n, "user" + n, NOON), 1));
    }
    return members;
  }

  private static QueuedRecipient inForm(QueuedRecipient row, int form) {
    return new QueuedRecipient(
        row.number(),
        form,
        row.address(),
        Optional.of("rfc822;" + "x".repeat(1_000)),
        row.notifications(),
        row.state(),
        row.attempts(),
        row.due(),
        row.answer(),
        row.delayTold());
  }

  private static void remove(QueueStore queue, QueuedMail mail) {
    var change = new QueueChange(mail.id());
    mail.recipients().forEach(change::remove);
    queue.change(change.finish(mail.forms().stream().map(MailForm::number).toList(), Set.of()));
  }
}
