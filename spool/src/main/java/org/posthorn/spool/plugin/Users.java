package org.posthorn.spool.plugin;

import java.util.concurrent.atomic.AtomicInteger;

/// Counts who uses a thing that ends when nobody does any more. Whoever made it is the first user.
/// Safe for use by many threads.
public final class Users {
  private final AtomicInteger count = new AtomicInteger(1);
  private final Runnable end;

  /// `end` runs once, on the thread of the last who leaves.
  public Users(Runnable end) {
    this.end = end;
  }

  /// False when it has ended already: take another one.
  public boolean enter() {
    int before = count.get();
    while (before > 0) {
      int seen = count.compareAndExchange(before, before + 1);
      if (seen == before) {
        return true;
      }
      before = seen;
    }
    return false;
  }

  /// Once for each [#enter], and once by whoever made it.
  public void leave() {
    if (count.decrementAndGet() == 0) {
      end.run();
    }
  }
}
