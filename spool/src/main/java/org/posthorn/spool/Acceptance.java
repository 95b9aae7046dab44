package org.posthorn.spool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// How a mail becomes ours: its rows are written as soon as something depends on them; never, when
/// all recipients are served before. Then what was done for them is what makes it ours. Safe for
/// use by many threads.
final class Acceptance {
  private static final Custody.Change NOTHING = new Custody.Change(List.of(), Map.of());

  /// Of a mail whose rows are in the store.
  static final Acceptance DONE = new Acceptance(_ -> {}, () -> {}, () -> {});

  static {
    DONE.write();
  }

  private enum State {
    OPEN,

    /// Its rows cannot be written, but somebody works on it: it is ours if that is not in vain.
    /// Nobody begins anything more for it.
    DOUBTFUL,
    WRITTEN,
    SERVED,
    FAILED
  }

  /// Makes the rows durable.
  interface Writing {
    /// The rows as they are by now: as they came in but for `since`.
    void write(Custody.Change since);
  }

  private @Nullable Writing writing;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Runnable> afterwards = new ArrayList<>();
  private final Runnable last;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile State state = State.OPEN;
  private @Nullable Throwable failure;

  /// `first` is what is told of the mail before anything else; `last` is done when nobody waits any
  /// more to hear that the mail is ours.
  Acceptance(Writing writing, Runnable first, Runnable last) {
    this.writing = writing;
    this.afterwards.add(first);
    this.last = last;
  }

  /// The mail is ours, durably, when this returns. For whoever works on it, or when nobody does.
  /// Throws what kept the rows from being written, also when that was before: then the mail is not
  /// ours.
  void write() {
    var _ = writeWith(NOTHING);
  }

  /// The same, together with what has become of it. False when the rows are there without that.
  boolean writeWith(Custody.Change since) {
    if (isOurs()) {
      return false;
    }
    lock.lock();
    try {
      boolean first = state == State.OPEN;
      if (first) {
        writeNow(since);
      }
      if (state == State.DOUBTFUL) {
        end(State.FAILED);
      }
      throwFailure();
      return first;
    } finally {
      lock.unlock();
    }
  }

  /// The mail is ours, durably, when this returns, while somebody else may be at work on it. When
  /// the rows cannot be written, what is being done decides: it may be the delivery, and the sender
  /// who is told that it failed sends the mail once more. Nothing more is begun then, and after
  /// `patience` the mail is not ours.
  void writeBeside(Duration patience) {
    if (ended.getCount() == 0 && isOurs()) {
      return; // Without waiting for who is done with it.
    }
    lock.lock();
    try {
      if (state == State.OPEN) {
        writeNow(NOTHING);
      }
    } finally {
      lock.unlock();
    }
    if (state == State.DOUBTFUL) {
      await(patience.toMillis());
      giveUp();
    }
    throwFailure();
  }

  private boolean isOurs() {
    return state == State.WRITTEN || state == State.SERVED;
  }

  private void writeNow(Custody.Change since) {
    Writing now = writing;
    if (now == null) {
      throw new IllegalStateException("Not open any more");
    }
    try {
      now.write(since);
    } catch (RuntimeException | Error e) {
      failure = e;
      state = State.DOUBTFUL;
      return;
    }
    end(State.WRITTEN);
  }

  private void giveUp() {
    lock.lock();
    try {
      if (state == State.DOUBTFUL) {
        end(State.FAILED);
      }
    } finally {
      lock.unlock();
    }
  }

  private void throwFailure() {
    if (state != State.FAILED) {
      return;
    }
    switch (failure) {
      case RuntimeException why -> throw why;
      case Error why -> throw why;
      case null, default -> throw new IllegalStateException(failure);
    }
  }

  /// Something is about to be done for the mail. Throws when it is not ours, or would not be.
  void goOn() {
    if (state == State.DOUBTFUL || state == State.FAILED) {
      giveUp();
      throwFailure();
    }
  }

  /// All recipients are served. True when no rows were written, and none will be.
  boolean serve() {
    if (state == State.WRITTEN) {
      return false;
    }
    lock.lock();
    try {
      if (state == State.OPEN || state == State.DOUBTFUL) {
        end(State.SERVED);
        return true;
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  /// Whether no rows were written because all recipients are served.
  boolean isServed() {
    return state == State.SERVED;
  }

  /// Does this when the mail is ours, at once if it is already. Never, when it does not become so.
  void then(Runnable telling) {
    if (!isOurs()) {
      lock.lock();
      try {
        if (state == State.OPEN || state == State.DOUBTFUL) {
          afterwards.add(telling);
          return;
        }
      } finally {
        lock.unlock();
      }
    }
    if (state != State.FAILED) {
      telling.run();
    }
  }

  /// Nobody works on the mail any more.
  void workEnded() {
    if (state == State.DOUBTFUL) {
      giveUp();
    }
    ended.countDown();
  }

  /// Waits until the mail is ours or nobody works on it any more; false when that took too long.
  boolean await(long millis) {
    try {
      return ended.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void end(State next) {
    state = next;
    writing = null;
    try {
      if (next != State.FAILED) {
        afterwards.forEach(Runnable::run);
      }
    } finally {
      afterwards.clear();
      ended.countDown();
    }
    if (next != State.FAILED) {
      last.run();
    }
  }
}
