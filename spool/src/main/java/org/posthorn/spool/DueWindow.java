package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.queue.DueKey;
import org.posthorn.storage.queue.QueueStore;

/// What is due next, in memory: the first few thousand recipients of the store's index. All that is
/// due before `horizon` is here (or in somebody's hands); what is due later is only in the store
/// and is read when the window runs dry. Entries may be stale: whoever takes one looks at the
/// mail's rows. Safe for use by many threads.
final class DueWindow {
  private final QueueStore queue;
  private final int capacity;
  private final TreeSet<DueKey> keys = new TreeSet<>();

  /// What is not in the store under its time, so nothing of it may be put out. As many as there is
  /// room for, and they come before all others: then nobody begins more that may go wrong.
  private final TreeSet<DueKey> again = new TreeSet<>();

  /// Whether the store has more than this window, and up to where they agree; nothing was read yet
  /// while there is no `horizon`.
  private boolean partial = true;

  private @Nullable DueKey horizon;
  private boolean reading;
  private boolean hasNewFirst;
  private boolean closed;

  DueWindow(QueueStore queue, int capacity) {
    this.queue = queue;
    this.capacity = capacity;
  }

  /// A recipient that is durably due from now on.
  synchronized void add(DueKey key) {
    if (!reading && isBeyond(key)) {
      return;
    }
    keys.add(key);
    if (!reading && keys.size() > capacity) {
      putOut();
    }
    wakeFor(key);
  }

  /// A recipient with which something went wrong is to be looked at again then. The store has it
  /// under another time, where nobody reads it any more.
  synchronized void addAgain(DueKey key) {
    again.add(key);
    wakeFor(key);
  }

  synchronized void removeAll(Collection<DueKey> gone) {
    if (!keys.isEmpty()) {
      gone.forEach(keys::remove);
    }
  }

  /// Takes the first that is due.
  synchronized Optional<DueKey> poll(Instant now) {
    NavigableSet<DueKey> next = next();
    if (next.isEmpty() || next.getFirst().due().isAfter(now)) {
      return Optional.empty();
    }
    return Optional.of(next.removeFirst());
  }

  /// Reads more of the store's index when little is left here.
  void refill() {
    Optional<DueKey> from;
    synchronized (this) {
      if (!partial || keys.size() > capacity / 4) {
        return;
      }
      from = Optional.ofNullable(horizon);
      reading = true;
    }
    try {
      int limit = capacity / 2;
      List<DueKey> page = queue.due(from, limit);
      synchronized (this) {
        keys.addAll(page);
        partial = page.size() == limit;
        horizon = partial ? page.getLast() : null;
      }
    } finally {
      synchronized (this) {
        reading = false;
        putOut();
      }
    }
  }

  /// Waits until something may be due, at most `limit`. False when closed.
  synchronized boolean await(Instant now, Duration limit) throws InterruptedException {
    Duration wait = limit;
    NavigableSet<DueKey> next = next();
    if (!next.isEmpty()) {
      Duration untilDue = Duration.between(now, next.getFirst().due()).plusMillis(1);
      wait = untilDue.compareTo(limit) < 0 ? untilDue : limit;
    }
    long deadline = System.nanoTime() + wait.toNanos();
    long leftMillis = wait.toMillis();
    while (!closed && !hasNewFirst && leftMillis > 0) {
      wait(leftMillis);
      leftMillis = (deadline - System.nanoTime()) / 1_000_000;
    }
    hasNewFirst = false;
    return !closed;
  }

  synchronized void close() {
    closed = true;
    notifyAll();
  }

  synchronized int size() {
    return keys.size();
  }

  /// Those of which the first is the next.
  private NavigableSet<DueKey> next() {
    boolean isAgain =
        !again.isEmpty()
            && (keys.isEmpty()
                || again.size() >= capacity
                || again.getFirst().compareTo(keys.getFirst()) < 0);
    return isAgain ? again : keys;
  }

  private void wakeFor(DueKey key) {
    NavigableSet<DueKey> next = next();
    if (!next.isEmpty() && key.equals(next.getFirst())) {
      hasNewFirst = true;
      notifyAll();
    }
  }

  private boolean isBeyond(DueKey key) {
    DueKey end = horizon;
    return partial && (end == null || key.compareTo(end) > 0);
  }

  /// Puts out what is beyond the horizon or too much.
  private void putOut() {
    while (!keys.isEmpty() && isBeyond(keys.getLast())) {
      keys.pollLast();
    }
    while (keys.size() > capacity) {
      keys.pollLast();
      partial = true;
      horizon = keys.getLast();
    }
  }
}
