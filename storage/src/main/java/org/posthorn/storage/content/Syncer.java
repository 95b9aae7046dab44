package org.posthorn.storage.content;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread that waits for the disk. All that wait for the same file share one `fsync`; while
/// it runs the next ones gather. After one that failed the disk may hold anything: nothing is taken
/// as durable again until the store is opened anew.
final class Syncer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Syncer.class);

  /// Something that can be made durable. Equal ones are made so once for all that wait.
  interface Syncable {
    void force() throws IOException;
  }

  private final BlockingQueue<Ticket> waiting = new LinkedBlockingQueue<>();
  private volatile @Nullable StorageUnavailable broken;

  private static final class Ticket {
    private final List<Syncable> what;
    private final @Nullable Thread waiter;
    private volatile boolean done;

    /// Nothing to sync: the end of the thread. `waiter` is absent when nobody waits.
    Ticket(List<Syncable> what, @Nullable Thread waiter) {
      this.what = what;
      this.waiter = waiter;
    }

    void finish() {
      done = true;
      LockSupport.unpark(waiter); // Does nothing for nobody.
    }

    void await() {
      boolean interrupted = false;
      while (!done) {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Syncer() {}

  static Syncer start() {
    var syncer = new Syncer();
    Thread.ofPlatform().name("posthorn-content-syncer").daemon().start(syncer::run);
    return syncer;
  }

  /// Returns when all that was written to `what` before is durable.
  void sync(Syncable what) {
    var ticket = new Ticket(List.of(what), Thread.currentThread());
    waiting.add(ticket);
    ticket.await();
    checkWorks();
  }

  /// The same some time later, without waiting for it.
  void syncLater(Syncable what) {
    waiting.add(new Ticket(List.of(what), null));
  }

  void checkWorks() {
    StorageUnavailable why = broken;
    if (why != null) {
      throw new StorageUnavailable(String.valueOf(why.getMessage()), why);
    }
  }

  /// Does what was asked before, and ends the thread.
  @Override
  public void close() {
    var last = new Ticket(List.of(), Thread.currentThread());
    waiting.add(last);
    last.await();
  }

  private void run() {
    List<Ticket> group = new ArrayList<>();
    boolean going = true;
    while (going) {
      group.clear();
      group.add(next());
      waiting.drainTo(group);
      force(group);
      for (Ticket ticket : group) {
        going &= !ticket.what.isEmpty();
        ticket.finish();
      }
    }
  }

  private void force(List<Ticket> group) {
    var files = new LinkedHashSet<Syncable>();
    group.forEach(ticket -> files.addAll(ticket.what));
    try {
      for (Syncable file : files) {
        if (broken == null) {
          file.force();
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      broken =
          new StorageUnavailable("A sync of the disk failed: repair it, then restart Posthorn", e);
      log.atError().setCause(e).log("content-stopped");
    }
  }

  private Ticket next() {
    while (true) {
      try {
        return waiting.take();
      } catch (InterruptedException _) {
        // Nobody ends this thread this way: see close().
      }
    }
  }
}
