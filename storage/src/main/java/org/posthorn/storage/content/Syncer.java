package org.posthorn.storage.content;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.system.SyncFailed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread that waits for the disk. All that wait for the same file share one `fsync`; while
/// it runs the next ones gather. After one that failed the disk may hold anything: nothing is taken
/// as durable again until the store is opened anew. That is so when the disk is full, too: what had
/// no place is gone from memory all the same. When it did not come to a sync, since too many files
/// are open, for one, only those who wait for that file are told, and the next try may succeed.
final class Syncer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Syncer.class);

  /// Something that can be made durable. Equal ones are made so once for all that wait.
  interface Syncable {
    /// Throws [SyncFailed] when nobody knows what of it is on the disk now.
    void force() throws IOException;
  }

  private final BlockingQueue<Ticket> waiting = new LinkedBlockingQueue<>();
  private volatile @Nullable StorageUnavailable broken;

  private static final class Ticket {
    private final List<Syncable> what;
    private final @Nullable Thread waiter;
    private @Nullable IOException failure;
    private volatile boolean done;

    /// Nothing to sync: the end of the thread. `waiter` is absent when nobody waits.
    Ticket(List<Syncable> what, @Nullable Thread waiter) {
      this.what = what;
      this.waiter = waiter;
    }

    /// `failures` are of those that could not be synced.
    void finish(Map<Syncable, IOException> failures) {
      for (Syncable one : what) {
        IOException why = failures.get(one);
        failure = why == null ? failure : why;
      }
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
    IOException why = ticket.failure;
    if (why != null) {
      throw new StorageUnavailable("A content could not be synced this time", why);
    }
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

  /// In words; empty while it syncs.
  Optional<String> whyStopped() {
    return Optional.ofNullable(broken).map(why -> String.valueOf(why.getMessage()));
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
      Map<Syncable, IOException> failures = force(group);
      for (Ticket ticket : group) {
        going &= !ticket.what.isEmpty();
        ticket.finish(failures);
      }
    }
  }

  /// Returns what kept it from syncing some of them.
  private Map<Syncable, IOException> force(List<Ticket> group) {
    var files = new LinkedHashSet<Syncable>();
    group.forEach(ticket -> files.addAll(ticket.what));
    var failures = new HashMap<Syncable, IOException>();
    for (Syncable file : files) {
      if (broken == null) {
        force(file).ifPresent(why -> failures.put(file, why));
      }
    }
    return failures;
  }

  private Optional<IOException> force(Syncable file) {
    try {
      file.force();
      return Optional.empty();
    } catch (SyncFailed | RuntimeException | Error e) {
      broken =
          new StorageUnavailable("A sync of the disk failed: repair it, then restart Posthorn", e);
      log.atError().setCause(e).log("content-stopped");
      return Optional.empty();
    } catch (IOException e) {
      log.atWarn().setCause(e).log("content-not-synced");
      return Optional.of(e);
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
