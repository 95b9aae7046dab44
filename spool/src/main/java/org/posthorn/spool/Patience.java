package org.posthorn.spool;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks after the senders whose own threads lead their mail through the chain. Who is long at it
/// is given the receipt by another thread, and for a while nobody begins such work. Safe for use by
/// many threads.
final class Patience {
  private static final Logger log = LoggerFactory.getLogger(Patience.class);

  /// How long a sender waits whether its mail is served at once.
  private static final long MOST_NANOS = 500_000_000;

  private static final long LOOK_EVERY_NANOS = 100_000_000;
  private static final long SLOW_NANOS = 1_000_000_000;

  private final CountDownLatch stopped;
  private final Set<Receipt> waiting = ConcurrentHashMap.newKeySet();

  /// Until when no sender leads its mail through the chain, which was slow.
  private volatile long slowUntilNanos = System.nanoTime();

  private volatile @Nullable Thread thread;

  /// Whether the thread sleeps until somebody begins.
  private volatile boolean idle;

  Patience(CountDownLatch stopped) {
    this.stopped = stopped;
  }

  /// Whether somebody's ran out a moment ago.
  boolean isOut() {
    return System.nanoTime() - slowUntilNanos < 0;
  }

  /// The calling thread is about to work on the mail; until [#end].
  void begin(Receipt receipt) {
    waiting.add(receipt);
    if (thread == null) {
      start();
    }
    if (idle) {
      LockSupport.unpark(thread);
    }
  }

  private synchronized void start() {
    if (thread == null) {
      thread = Thread.ofVirtual().name("spool-patience").start(this::look);
    }
  }

  void end(Receipt receipt) {
    waiting.remove(receipt);
  }

  /// Ends when nobody waits any more after the spool has stopped.
  void stop() {
    LockSupport.unpark(thread);
  }

  private void look() {
    while (stopped.getCount() > 0 || !waiting.isEmpty()) {
      rest();
      waiting.stream().filter(one -> one.isOlderThan(MOST_NANOS)).toList().forEach(this::lose);
    }
  }

  private void lose(Receipt receipt) {
    if (waiting.remove(receipt)) {
      slowUntilNanos = System.nanoTime() + SLOW_NANOS;
      Thread.ofVirtual().name("spool-receipt").start(() -> give(receipt));
    }
  }

  private void rest() {
    idle = true;
    if (waiting.isEmpty() && stopped.getCount() > 0) {
      LockSupport.park(this);
    }
    idle = false;
    LockSupport.parkNanos(this, LOOK_EVERY_NANOS);
  }

  /// Whoever works on the mail hears of a failure too.
  private static void give(Receipt receipt) {
    try {
      receipt.give();
    } catch (RuntimeException | Error e) {
      log.atWarn().addKeyValue("mail", receipt.custody().id()).setCause(e).log("receipt-not-given");
    }
  }
}
