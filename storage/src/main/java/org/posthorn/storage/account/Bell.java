package org.posthorn.storage.account;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// Tells one waiting thread that something has changed, but not what: the woken thread asks the
/// store. So a bell cannot overflow, and a ring that nobody waited for is not lost. Any thread may
/// ring or close it; one thread waits.
public final class Bell implements AutoCloseable {
  /// What to do when it is closed, for each account that rings it.
  private final List<Consumer<Bell>> whenClosed = new CopyOnWriteArrayList<>();

  private boolean rung;
  private boolean closed;

  Bell(Consumer<Bell> whenClosed) {
    this.whenClosed.add(whenClosed);
  }

  /// Rung by another account too, from now on. For the thread that waits.
  public void alsoRungBy(Account account) {
    Consumer<Bell> unlisten = account.listen(this);
    whenClosed.add(unlisten);
    if (closed()) {
      unlisten.accept(this);
    }
  }

  public synchronized void ring() {
    rung = true;
    notifyAll();
  }

  /// Waits for a ring, at most `limit`. True when it rang (also before the call), false when time
  /// ran out or the bell is closed.
  public synchronized boolean await(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!rung && !closed) {
      long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
      if (leftMillis <= 0) {
        return false;
      }
      wait(leftMillis);
    }
    rung = false;
    return !closed;
  }

  public synchronized boolean closed() {
    return closed;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    whenClosed.forEach(action -> action.accept(this));
  }
}
