package org.posthorn.storage.account;

import java.util.concurrent.atomic.AtomicLong;
import org.posthorn.storage.StorageUnavailable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says whether the heap has room for more, so that work is declined for a while before the process
/// has no memory left. Caches have budgets of their own; what this watches is the rest: mailboxes
/// that sessions hold, connections, changes under way. Safe for use by many threads.
///
/// When it is tight, the caches are emptied and a collection is asked for, at most every few
/// seconds.
public final class HeapWatch {
  private static final Logger log = LoggerFactory.getLogger(HeapWatch.class);
  private static final long BETWEEN_COLLECTIONS_NANOS = 10_000_000_000L;

  /// Less than this needs no look at the heap.
  private static final long SMALL_BYTES = 4 << 20;

  private final Heap heap;
  private final Runnable makeRoom;
  private final AtomicLong lastCollection =
      new AtomicLong(System.nanoTime() - BETWEEN_COLLECTIONS_NANOS);

  /// The memory that is watched.
  public interface Heap {
    /// Whether the last collection left too much in use.
    boolean isTight();

    /// What is free beyond a reserve; what the next collection would find to be garbage counts as
    /// used.
    long freeBytes();

    void collect();
  }

  /// `makeRoom` empties caches.
  HeapWatch(Heap heap, Runnable makeRoom) {
    this.heap = heap;
    this.makeRoom = makeRoom;
  }

  /// Whether new work should be declined for now.
  public boolean isTight() {
    boolean tight = heap.isTight();
    if (tight) {
      relieve();
    }
    return tight;
  }

  /// Whether something of this size may be brought into memory now.
  boolean hasRoomFor(long bytes) {
    if (isTight()) {
      return false;
    }
    if (bytes <= SMALL_BYTES || bytes < heap.freeBytes()) {
      return true;
    }
    relieve();
    return bytes < heap.freeBytes();
  }

  /// Throws [StorageUnavailable] when it may not.
  void checkRoomFor(long bytes) {
    if (!hasRoomFor(bytes)) {
      throw new StorageUnavailable(
          "There is no memory for %d MB more now: give the server more (POSTHORN_HEAP), or try again later"
              .formatted(bytes >> 20));
    }
  }

  private void relieve() {
    long last = lastCollection.get();
    long now = System.nanoTime();
    if (now - last >= BETWEEN_COLLECTIONS_NANOS && lastCollection.compareAndSet(last, now)) {
      log.atWarn()
          .addKeyValue("free-bytes", heap.freeBytes())
          .log("memory is short: caches are emptied, large mailboxes and new mail wait");
      makeRoom.run();
      heap.collect();
    }
  }
}
