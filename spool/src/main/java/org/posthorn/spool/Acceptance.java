package org.posthorn.spool;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// How a mail becomes ours: its rows are written as soon as something depends on them; never, when
/// all recipients are served before. Then what was done for them is what makes it ours. Safe for
/// use by many threads.
final class Acceptance {
  /// Of a mail whose rows are in the store.
  static final Acceptance DONE = new Acceptance(() -> {}, () -> {});

  static {
    DONE.write();
  }

  private enum State {
    OPEN,
    WRITTEN,
    SERVED,
    FAILED
  }

  private @Nullable Runnable writing;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Runnable> afterwards = new ArrayList<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile State state = State.OPEN;
  private @Nullable Throwable failure;

  /// `writing` makes the rows durable; `first` is what is told of the mail before anything else.
  Acceptance(Runnable writing, Runnable first) {
    this.writing = writing;
    this.afterwards.add(first);
  }

  /// The mail is ours, durably, when this returns. Throws what kept the rows from being written,
  /// also when that was before: then the mail is not ours.
  void write() {
    if (state == State.WRITTEN || state == State.SERVED) {
      return;
    }
    lock.lock();
    try {
      if (state == State.OPEN) {
        writeNow();
      }
      switch (failure) {
        case null -> {}
        case RuntimeException why -> throw why;
        case Error why -> throw why;
        case Throwable why -> throw new IllegalStateException(why);
      }
    } finally {
      lock.unlock();
    }
  }

  private void writeNow() {
    try {
      Objects.requireNonNull(writing).run();
    } catch (RuntimeException | Error e) {
      failure = e;
      end(State.FAILED);
      return;
    }
    end(State.WRITTEN);
  }

  /// All recipients are served. True when no rows were written, and none will be.
  boolean serve() {
    if (state == State.WRITTEN) {
      return false;
    }
    lock.lock();
    try {
      if (state == State.OPEN) {
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
    if (state == State.OPEN) {
      lock.lock();
      try {
        if (state == State.OPEN) {
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
  }
}
