package org.posthorn.storage.rocksdb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Head;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread that writes. It takes what waits, checks each commit against the head that the
/// one before it left, and writes all of them at once with one sync of the log; whoever waits is
/// parked meanwhile. While one group is written the next one gathers, so the groups grow with the
/// load.
///
/// After a write that failed nobody knows what is on disk: every later commit is refused until the
/// engine is opened again.
final class Committer {
  private static final Logger log = LoggerFactory.getLogger(Committer.class);
  private static final int GROUP_MAX = 256;

  /// A group takes no more commits when it has so many bytes.
  private static final int GROUP_BYTES_MAX = 8 << 20;

  private static final int KNOWN_HEADS_MAX = 10_000;

  /// The write itself, with sync.
  interface Writer {
    void write(WriteBatch rows) throws RocksDBException;
  }

  private final RocksDB db;
  private final Writer writer;
  private final BlockingQueue<Task> waiting = new LinkedBlockingQueue<>();
  private final Map<Partition, Head> heads = new LinkedHashMap<>(64, 0.75f, true);
  private volatile @Nullable StorageUnavailable broken;

  private Committer(RocksDB db, Writer writer) {
    this.db = db;
    this.writer = writer;
  }

  static Committer start(RocksDB db, Writer writer) {
    var committer = new Committer(db, writer);
    Thread.ofPlatform().name("posthorn-committer").daemon().start(committer::run);
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
        throw again(why);
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
    waiting.add(commit);
    return () -> {
      commit.await();
      return commit.result;
    };
  }

  Ticket erase(Partition partition) {
    var erase = new Erase(partition);
    waiting.add(erase);
    return () -> {
      erase.await();
      return new Result.Applied(0);
    };
  }

  /// Throws when a write has failed.
  void checkWorks() {
    StorageUnavailable why = broken;
    if (why != null) {
      throw again(why);
    }
  }

  int waitingCount() {
    return waiting.size();
  }

  /// Writes what was handed in before, and ends.
  void stop() {
    var stop = new Stop();
    waiting.add(stop);
    stop.await();
  }

  private void run() {
    var group = new ArrayList<Task>();
    boolean going = true;
    try (var rows = new WriteBatch()) {
      while (going) {
        group.clear();
        group.add(next());
        gather(group);
        rows.clear();
        StorageUnavailable failure = write(group, rows);
        for (Task task : group) {
          task.finish(task instanceof Stop ? null : failure);
          going &= !(task instanceof Stop);
        }
      }
    }
  }

  /// Adds what waits, as long as the group stays small enough.
  private void gather(List<Task> group) {
    long bytes = bytes(group.getFirst());
    while (group.size() < GROUP_MAX && bytes < GROUP_BYTES_MAX) {
      Task more = waiting.poll();
      if (more == null) {
        return;
      }
      group.add(more);
      bytes += bytes(more);
    }
  }

  private static long bytes(Task task) {
    return task instanceof Commit commit ? commit.batch.sizeBytes() : 0;
  }

  private Task next() {
    while (true) {
      try {
        return waiting.take();
      } catch (InterruptedException _) {
        // Nobody ends this thread this way: see stop().
      }
    }
  }

  private @Nullable StorageUnavailable write(List<Task> group, WriteBatch rows) {
    if (broken == null) {
      try {
        for (Task task : group) {
          switch (task) {
            case Commit commit -> add(commit, rows);
            case Erase erase -> add(erase, rows);
            case Stop _ -> {}
          }
        }
        if (rows.count() > 0) {
          writer.write(rows);
        }
        forgetOldHeads();
      } catch (RocksDBException | RuntimeException | Error e) {
        broken = explain(e);
        log.atError().setCause(e).log("commits-stopped");
      }
    }
    return broken;
  }

  private void add(Commit commit, WriteBatch rows) throws RocksDBException {
    Keys keys = Keys.of(commit.partition);
    Head head = head(commit.partition, keys);
    if (head.version() != commit.expectedVersion) {
      commit.result = new Result.Conflict(head);
      return;
    }
    var next = new Head(head.version() + 1, Optional.of(commit.id));
    commit.batch.forEach(new Rows(keys, rows));
    rows.put(keys.head(), Keys.encode(next));
    heads.put(commit.partition, next);
    commit.result = new Result.Applied(next.version());
  }

  private void add(Erase erase, WriteBatch rows) throws RocksDBException {
    Keys keys = Keys.of(erase.partition);
    rows.deleteRange(keys.head(), keys.end());
    heads.put(erase.partition, Head.EMPTY);
  }

  private Head head(Partition partition, Keys keys) throws RocksDBException {
    Head known = heads.get(partition);
    if (known == null) {
      byte[] stored = db.get(keys.head());
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

  /// For another thread, with its own stack trace.
  private static StorageUnavailable again(StorageUnavailable why) {
    return new StorageUnavailable(String.valueOf(why.getMessage()), why);
  }

  private static StorageUnavailable explain(Throwable cause) {
    boolean full =
        cause instanceof RocksDBException e
            && e.getStatus() != null
            && e.getStatus().getSubCode() == Status.SubCode.NoSpace;
    return new StorageUnavailable(
        full
            ? "The disk is full: free space on it, then restart Posthorn"
            : "A write to the disk failed: repair it, then restart Posthorn",
        cause);
  }

  /// Puts a batch into the rows of its partition.
  private record Rows(Keys keys, WriteBatch rows) implements Batch.Sink {
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
