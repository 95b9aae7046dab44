package org.posthorn.spool;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.posthorn.message.MailId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.engine.Cargo;
import org.posthorn.storage.queue.DueKey;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueueChange;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.story.StoryLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes down what became of recipients. What was done outside (a mail that another server took)
/// cannot be undone, so while the store fails this goes on trying until the spool stops; what an
/// operator wants is given up at once. Safe for use by many threads.
final class Settlement {
  private static final Logger log = LoggerFactory.getLogger(Settlement.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private final QueueStore queue;
  private final ContentStore contents;
  private final DueWindow window;
  private final StoryLog story;
  private final CountDownLatch stopped;

  /// Mails of which something was given up when nobody knew whether it was written: it may turn up
  /// when the store works again.
  private final Set<MailId> doubtful = ConcurrentHashMap.newKeySet();

  Settlement(
      QueueStore queue,
      ContentStore contents,
      DueWindow window,
      StoryLog story,
      CountDownLatch stopped) {
    this.queue = queue;
    this.contents = contents;
    this.window = window;
    this.story = story;
    this.stopped = stopped;
  }

  /// Durable when it returns. Throws [StorageUnavailable] when the spool stops before that, or the
  /// mail cannot be accepted.
  void settle(Custody custody, Custody.Change change) {
    settle(custody, change, /* insists= */ true);
  }

  private void settle(Custody custody, Custody.Change change, boolean insists) {
    if (custody.servesUnwritten(change)) {
      custody.apply(change);
      return;
    }
    if (custody.leavesRows(change) && custody.acceptance().writeWith(change)) {
      custody.apply(change);
      return;
    }
    custody.acceptance().write();
    try {
      if (insists) {
        write(custody, change);
      } else {
        writeOnce(custody, change);
      }
    } catch (StorageUnavailable e) {
      // Nobody knows whether it was written.
      if (!insists) {
        doubtful.add(custody.id());
        custody.withdraw(change);
      }
      throw e;
    } catch (RuntimeException | Error e) {
      custody.withdraw(change);
      throw e;
    }
    custody.apply(change);
    if (custody.isFinishedBy(change)) {
      doubtful.remove(custody.id());
    }
  }

  /// Like [#settle] for what need not be: fails as soon as the store does. Then nothing was
  /// changed, as far as anybody knows, and what is claimed may be given back.
  void settleOrGiveUp(Custody custody, Custody.Change change) {
    settle(custody, change, /* insists= */ false);
  }

  private void write(Custody custody, Custody.Change change) {
    try {
      writeOnce(custody, change);
    } catch (StorageUnavailable e) {
      insist(custody, change, e);
    }
  }

  private void writeOnce(Custody custody, Custody.Change change) {
    if (doubtful.contains(custody.id())) {
      settleFromStore(custody, change);
      return;
    }
    QueueChange difference = custody.difference(change, custody.known()).carry(cargo(change));
    if (custody.isFinishedBy(change)) {
      // While its rows are here, a start tells of it again; see Retelling.
      story.awaitWritten(custody.toldAt(story.last()));
    }
    queue.change(difference);
  }

  /// What the chain wrote anew is durable with the row that names it.
  private List<Cargo> cargo(Custody.Change change) {
    return contents.cargo(
        change.forms().stream().map(MailForm::content).collect(Collectors.toUnmodifiableSet()));
  }

  /// Gives claimed rows back and sees to it that those that are left come up when they are due.
  void release(Custody custody, Iterable<Integer> numbers) {
    List<DueKey> due = custody.release(numbers);
    due.forEach(window::add);
  }

  private void insist(Custody custody, Custody.Change change, StorageUnavailable first) {
    Duration pause = FIRST_PAUSE;
    log.atError().addKeyValue("mail", custody.id()).setCause(first).log("settling-fails");
    while (true) {
      try {
        if (stopped.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          throw first;
        }
        settleFromStore(custody, change);
        log.atInfo().addKeyValue("mail", custody.id()).log("settling-works-again");
        return;
      } catch (StorageUnavailable again) {
        if (again == first) {
          throw first;
        }
        Duration longer = pause.multipliedBy(2);
        pause = longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StorageUnavailable("Interrupted while the store failed", e);
      }
    }
  }

  /// Compares with the rows as they are: after a failure nobody knows whether it was written.
  private void settleFromStore(Custody custody, Custody.Change change) {
    Optional<QueuedMail> stored = queue.find(custody.id());
    if (stored.isPresent()) {
      QueueChange difference = custody.difference(change, Rows.byNumber(stored.get().recipients()));
      queue.change(difference.carry(cargo(change)));
    } else {
      queue.removeLeftOver(custody.id());
      if (change.rows().values().stream().anyMatch(Optional::isPresent)) {
        throw new IllegalStateException(
            "Mail " + custody.id() + " is gone from the queue while somebody works on it");
      }
    }
  }
}
