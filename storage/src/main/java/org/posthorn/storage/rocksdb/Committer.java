package org.posthorn.storage.rocksdb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.Cargo;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Head;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes commits, one group at a time: takes what waits, checks each commit against the head that
/// the one before it left, and writes all of them at once with one sync of the log; whoever waits
/// is parked meanwhile. While one group is written the next one gathers, so the groups grow with
/// the load.
///
/// A thread of the system that finds nobody writing writes its commit itself, and what else waits:
/// it would have nothing to do but to wait for another thread to wake up and wake it in turn. What
/// gathers meanwhile, and what virtual threads hand in, is for the committer's own thread.
///
/// After a write that failed nobody knows what is on disk: every later commit is refused until the
/// rows are opened again. Where that can help ([Trouble]), the committer asks for it every second;
/// otherwise it takes a restart.
final class Committer {
  private static final Logger log = LoggerFactory.getLogger(Committer.class);
  private static final int GROUP_MAX = 256;

  /// A group takes no more commits when it has so many bytes.
  private static final int GROUP_BYTES_MAX = 8 << 20;

  private static final int KNOWN_HEADS_MAX = 10_000;

  /// What the committer writes to.
  interface Rows {
    /// Durable when it returns.
    void write(WriteBatch batch) throws RocksDBException;

    /// Null when there is no such row.
    byte @Nullable [] get(byte[] storedKey) throws RocksDBException;

    /// Makes the rows fit for commits again. False when it is too early for that.
    boolean mend(Trouble trouble);
  }

  /// Why every commit is refused; `mendable` when that may pass.
  private record Broken(StorageUnavailable why, Optional<Trouble> mendable) {}

  private static final long RETRY_NANOS = 1_000_000_000;

  private final Rows rows;
  private final BlockingQueue<Task> waiting = new LinkedBlockingQueue<>();

  /// Held by whoever writes, and with it all that is not final or volatile here.
  private final ReentrantLock writing = new ReentrantLock();

  private final WriteBatch batch = new WriteBatch();
  private final Thread thread =
      Thread.ofPlatform().name("posthorn-committer").daemon().unstarted(this::run);
  private final Map<Partition, Head> heads = new LinkedHashMap<>(64, 0.75f, true);
  private final AtomicReference<@Nullable Broken> broken = new AtomicReference<>();
  private long brokenNanos;
  private volatile boolean stopped;

  private Committer(Rows rows) {
    this.rows = rows;
  }

  static Committer start(Rows rows) {
    var committer = new Committer(rows);
    committer.thread.start();
    return committer;
  }

  /// Something to write, and the thread that waits for it.
  private abstract static sealed class Task {
    private final Thread waiter = Thread.currentThread();
    private volatile boolean done;
    private @Nullable StorageUnavailable failure;

    final void finish(@Nullable StorageUnavailable why) {
      failure = why;
      done = true;
      LockSupport.unpark(waiter);
    }

    final void await() {
      boolean interrupted = false;
      while (!done) {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      StorageUnavailable why = failure;
      if (why != null) {
        throw why.again();
      }
    }
  }

  private static final class Commit extends Task {
    private final Partition partition;
    private final long expectedVersion;
    private final CommitId id;
    private final Batch batch;
    private Result result = new Result.Conflict(Head.EMPTY);

    Commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
      this.partition = partition;
      this.expectedVersion = expectedVersion;
      this.id = id;
      this.batch = batch;
    }
  }

  private static final class Erase extends Task {
    private final Partition partition;

    Erase(Partition partition) {
      this.partition = partition;
    }
  }

  private static final class Stop extends Task {}

  /// Handed in: the caller awaits it.
  interface Ticket {
    Result await();
  }

  Ticket commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
    var commit = new Commit(partition, expectedVersion, id, batch);
    handIn(commit);
    return () -> {
      await(commit);
      return commit.result;
    };
  }

  Ticket erase(Partition partition) {
    var erase = new Erase(partition);
    handIn(erase);
    return () -> {
      await(erase);
      return new Result.Applied(0);
    };
  }

  /// Who writes looks once more for what waits when it has let go of the lock, so it is not missed
  /// here.
  private void handIn(Task task) {
    waiting.add(task);
    boolean writesItself = !task.waiter.isVirtual() && mendable().isEmpty();
    if (!writesItself && !writing.isLocked()) {
      LockSupport.unpark(thread);
    }
  }

  private void await(Task task) {
    if (!task.waiter.isVirtual() && !task.done && writing.tryLock()) {
      try {
        writeGroup();
      } finally {
        writing.unlock();
        passOn();
      }
    }
    task.await();
  }

  /// To the committer's thread.
  private void passOn() {
    if (!waiting.isEmpty()) {
      LockSupport.unpark(thread);
    }
  }

  /// Every commit is refused until what the log holds is in its place. Does not wait for whoever
  /// writes.
  void stopUnsettled(StorageUnavailable why) {
    var unsettled = new Broken(why, Optional.of(Trouble.UNSETTLED));
    Broken _ =
        broken.updateAndGet(
            before -> before == null || before.mendable().isPresent() ? unsettled : before);
    LockSupport.unpark(thread);
  }

  /// Throws when a write has failed.
  void checkWorks() {
    Broken now = broken.get();
    if (now != null) {
      throw now.why().again();
    }
  }

  private Optional<Trouble> mendable() {
    Broken now = broken.get();
    return now == null ? Optional.empty() : now.mendable();
  }

  /// In words; empty while commits go on.
  Optional<String> whyStopped() {
    return Optional.ofNullable(broken.get()).map(now -> String.valueOf(now.why().getMessage()));
  }

  int waitingCount() {
    return waiting.size();
  }

  /// Writes what was handed in before, and ends.
  void stop() {
    var stop = new Stop();
    waiting.add(stop);
    LockSupport.unpark(thread);
    stop.await();
    writing.lock(); // Whoever wrote may still be about to let go.
    try {
      batch.close();
    } finally {
      writing.unlock();
    }
  }

  private void run() {
    while (!stopped) {
      rest();
      writing.lock();
      try {
        mend();
        writeGroup();
      } finally {
        writing.unlock();
      }
    }
  }

  /// Until somebody wakes this thread, which may be in vain.
  private void rest() {
    if (!waiting.isEmpty()) {
      return;
    }
    if (mendable().isEmpty()) {
      LockSupport.park(this);
    } else {
      LockSupport.parkNanos(this, RETRY_NANOS);
    }
  }

  /// Nothing when nobody waits.
  private void writeGroup() {
    List<Task> group = gather();
    if (group.isEmpty()) {
      return;
    }
    batch.clear();
    StorageUnavailable failure = write(group);
    for (Task task : group) {
      stopped |= task instanceof Stop;
      task.finish(task instanceof Stop ? null : failure);
    }
  }

  /// What waits, as long as it stays small enough.
  private List<Task> gather() {
    var group = new ArrayList<Task>();
    long bytes = 0;
    while (group.size() < GROUP_MAX && bytes < GROUP_BYTES_MAX) {
      Task more = waiting.poll();
      if (more == null) {
        return group;
      }
      group.add(more);
      bytes += bytes(more);
    }
    return group;
  }

  private static long bytes(Task task) {
    return task instanceof Commit commit ? commit.batch.sizeBytes() + cargoBytes(commit) : 0;
  }

  private static long cargoBytes(Commit commit) {
    return commit.batch.cargo().stream().mapToLong(one -> one.bytes().length).sum();
  }

  /// At most once a second, and not for those that come in between.
  private void mend() {
    Broken now = broken.get();
    if (now == null || now.mendable().isEmpty() || System.nanoTime() - brokenNanos <= RETRY_NANOS) {
      return;
    }
    brokenNanos = System.nanoTime();
    if (rows.mend(now.mendable().get())) {
      heads.clear();
      if (broken.compareAndSet(now, null)) {
        log.atWarn().log("commits-go-on");
      }
    }
  }

  private @Nullable StorageUnavailable write(List<Task> group) {
    if (broken.get() == null) {
      try {
        // First all cargo, so that whoever looks for it need not read the rows.
        for (Task task : group) {
          if (task instanceof Commit commit) {
            load(commit);
          }
        }
        for (Task task : group) {
          switch (task) {
            case Commit commit -> add(commit);
            case Erase erase -> add(erase);
            case Stop _ -> {}
          }
        }
        if (batch.count() > 0) {
          rows.write(batch);
        }
        arrived(group);
        forgetOldHeads();
      } catch (RocksDBException | RuntimeException | Error e) {
        Optional<Trouble> trouble = Trouble.of(e);
        broken.set(new Broken(Trouble.explain(e, trouble), trouble));
        log.atError().setCause(e).log("commits-stopped");
        LockSupport.unpark(thread); // To mend it, in its time.
      }
    }
    Broken now = broken.get();
    return now == null ? null : now.why();
  }

  private void load(Commit commit) throws RocksDBException {
    for (Cargo cargo : commit.batch.cargo()) {
      batch.putLogData(cargo.bytes());
    }
  }

  private static void arrived(List<Task> group) {
    for (Task task : group) {
      if (task instanceof Commit commit && commit.result instanceof Result.Applied) {
        commit.batch.cargo().forEach(Cargo::arrived);
      }
    }
  }

  private void add(Commit commit) throws RocksDBException {
    Keys keys = Keys.of(commit.partition);
    Head head = head(commit.partition, keys);
    if (head.version() != commit.expectedVersion) {
      commit.result = new Result.Conflict(head);
      return;
    }
    var next = new Head(head.version() + 1, Optional.of(commit.id));
    commit.batch.forEach(new Sink(keys, batch));
    batch.put(keys.head(), Keys.encode(next));
    heads.put(commit.partition, next);
    commit.result = new Result.Applied(next.version());
  }

  private void add(Erase erase) throws RocksDBException {
    Keys keys = Keys.of(erase.partition);
    batch.deleteRange(keys.head(), keys.end());
    ErasedRows.note(erase.partition, batch);
    heads.put(erase.partition, Head.EMPTY);
  }

  private Head head(Partition partition, Keys keys) throws RocksDBException {
    Head known = heads.get(partition);
    if (known == null) {
      byte[] stored = rows.get(keys.head());
      known = stored == null ? Head.EMPTY : Keys.decode(stored);
      heads.put(partition, known);
    }
    return known;
  }

  private void forgetOldHeads() {
    var oldest = heads.entrySet().iterator();
    for (int surplus = heads.size() - KNOWN_HEADS_MAX; surplus > 0; surplus--) {
      oldest.next();
      oldest.remove();
    }
  }

  /// Puts a batch into the rows of its partition.
  private record Sink(Keys keys, WriteBatch rows) implements Batch.Sink {
    @Override
    public void put(byte[] key, byte[] value) {
      try {
        rows.put(keys.row(key), value);
      } catch (RocksDBException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void delete(byte[] key) {
      try {
        rows.delete(keys.row(key));
      } catch (RocksDBException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void deleteRange(byte[] from, byte[] to) {
      byte[] first = keys.from(from);
      byte[] end = keys.to(to);
      if (Arrays.compareUnsigned(first, end) < 0) {
        try {
          rows.deleteRange(first, end);
        } catch (RocksDBException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }
}
