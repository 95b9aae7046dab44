package org.posthorn.storage.rocksdb;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.StampedLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CacheFigures;
import org.posthorn.storage.engine.Cargo;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Head;
import org.posthorn.storage.engine.Limits;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps rows in RocksDB, in one directory of this machine. Safe for use by many threads.
///
/// A thread of its own writes ([Committer]); reads run on the caller's thread, but for the greater
/// part of long scans, which goes to a few threads of their own, since native code holds a virtual
/// thread's carrier.
public final class RocksEngine implements Engine {
  /// Rows that are read on the caller's thread; what comes after them is read elsewhere.
  private static final int SHORT_SCAN_ROWS = 256;

  private static final int SCANNERS = 2;

  /// Several erasures share the work that they cause.
  private static final Duration ERASED_REST = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(RocksEngine.class);

  private final Path directory;
  private final RocksOptions options;
  private final Cargo.Home home;
  private final FlushGate flushes;
  private final Committer committer;
  private final ErasedRows erased;
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final ReadOptions plain = new ReadOptions();
  private final ThreadPoolExecutor scanners = scanners();

  /// Held for reading by whoever is in native code or hands in a commit.
  private final StampedLock gate = new StampedLock();

  /// Null while it cannot be opened again. Changed by whoever writes, alone in the gate.
  private @Nullable RocksDB db;

  private boolean closed;

  private RocksEngine(
      Path directory,
      RocksOptions options,
      Cargo.Home home,
      FlushGate flushes,
      RocksDB db,
      Faults faults,
      Duration erasedRest) {
    this.directory = directory;
    this.options = options;
    this.home = home;
    this.flushes = flushes;
    this.db = db;
    this.committer = Committer.start(new Rows(faults));
    flushes.inTrouble(committer::stopUnsettled);
    this.erased = new ErasedRows(this::use, erasedRest);
  }

  /// What the committer sees. Only whoever writes changes `db`, alone, so it needs no gate.
  private final class Rows implements Committer.Rows {
    private final Faults faults;
    private final LogAhead ahead = new LogAhead(directory);
    private final Room room = new Room(directory);

    Rows(Faults faults) {
      this.faults = faults;
    }

    @Override
    public void write(WriteBatch batch) throws RocksDBException {
      faults.beforeWrite();
      ahead.prepare(batch.getDataSize());
      db().write(synced, batch);
    }

    @Override
    public byte @Nullable [] get(byte[] storedKey) throws RocksDBException {
      return db().get(storedKey);
    }

    /// After a full disk, when there is room for what the log holds; opening reads it and writes it
    /// down. After damage, at once: then RocksDB is told not to mind.
    @Override
    public boolean mend(Trouble trouble) {
      switch (trouble) {
        case UNSETTLED -> {
          return settleNow();
        }
        case DAMAGED -> options.goOnDespiteDamage();
        case FULL, OVER_QUOTA, TOO_MANY_FILES -> {
          if (!room.isThereAfter(trouble)) {
            return false;
          }
        }
      }
      erased.interrupt();
      long stamp = gate.writeLock();
      try {
        return !closed && reopenAlone();
      } finally {
        gate.unlockWrite(stamp);
      }
    }

    private boolean settleNow() {
      try {
        home.settle();
        flushes.letLogGo(db());
        return true;
      } catch (RuntimeException | RocksDBException e) {
        log.atDebug().setCause(e).log("log-still-kept");
        return false;
      }
    }

    private boolean reopenAlone() {
      try {
        home.settle(); // Opening drops the log.
        RocksDB old = db;
        if (old != null) {
          db = null;
          old.close();
        }
        flushes.closed();
        db = RowsFolder.open(directory, options);
        return true;
      } catch (StorageUnavailable e) {
        log.atError().setCause(e).log("rows-not-reopened");
        return false;
      }
    }
  }

  private RocksDB db() {
    if (db == null) {
      throw new StorageUnavailable("The rows could not be opened again: see the log of the server");
    }
    return db;
  }

  /// What a test lets happen before a write.
  interface Faults {
    void beforeWrite() throws RocksDBException;
  }

  /// Opens the engine in `directory`, and makes it when there is none. Throws [StorageUnavailable],
  /// with a text for the operator, when that cannot be; a newer format is left untouched. Its
  /// commits carry nothing.
  public static RocksEngine open(Path directory, RocksSettings settings) {
    return open(directory, settings, Cargo.Home.NONE);
  }

  /// With a home for what commits carry. What is in the log is brought there first.
  public static RocksEngine open(Path directory, RocksSettings settings, Cargo.Home home) {
    return open(directory, settings, home, () -> {}, ERASED_REST);
  }

  static RocksEngine open(Path directory, RocksSettings settings, Faults faults) {
    return open(directory, settings, Cargo.Home.NONE, faults, ERASED_REST);
  }

  static RocksEngine open(
      Path directory, RocksSettings settings, Cargo.Home home, Faults faults, Duration erasedRest) {
    RowsFolder.checkFormat(directory);
    NativeLibrary.load(settings.nativeLibraryDirectory());
    var flushes = new FlushGate(home);
    var options = new RocksOptions(settings, flushes);
    try {
      RowsFolder.bringHome(directory, home);
      RocksDB db = RowsFolder.open(directory, options);
      var engine = new RocksEngine(directory, options, home, flushes, db, faults, erasedRest);
      engine.erased.start();
      return engine;
    } catch (RuntimeException e) {
      options.close();
      flushes.close();
      throw e;
    }
  }

  /// How the cache of blocks serves.
  public CacheFigures blocks() {
    return inside(options::blocks);
  }

  @Override
  public Limits limits() {
    return Limits.TIGHTEST;
  }

  @Override
  public Head head(Partition partition) {
    return inside(() -> {
      committer.checkWorks();
      return find(Keys.of(partition).head()).map(Keys::decode).orElse(Head.EMPTY);
    });
  }

  @Override
  public Result commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
    limits().check(batch);
    if (home.equals(Cargo.Home.NONE) && !batch.cargo().isEmpty()) {
      throw new IllegalArgumentException("There is no home for what this batch carries");
    }
    return inside(() -> committer.commit(partition, expectedVersion, id, batch)).await();
  }

  @Override
  public Optional<String> writesStopped() {
    return committer.whyStopped();
  }

  @Override
  public Optional<byte[]> get(Partition partition, byte[] key) {
    return inside(() -> find(Keys.of(partition).row(key)));
  }

  @Override
  public List<Optional<byte[]>> getAll(Partition partition, List<byte[]> keys) {
    if (keys.isEmpty()) {
      return List.of();
    }
    Keys stored = Keys.of(partition);
    List<byte[]> rows = keys.stream().map(stored::row).toList();
    return inside(() -> {
      try {
        return db().multiGetAsList(plain, rows).stream().map(Optional::ofNullable).toList();
      } catch (RocksDBException e) {
        throw unreadable(e);
      }
    });
  }

  @Override
  public Page scan(
      Partition partition,
      byte[] from,
      byte[] to,
      int limitRows,
      boolean reverse,
      Optional<Page.Resume> resume) {
    if (limitRows < 1) {
      throw new IllegalArgumentException("A page has at least one row, not " + limitRows);
    }
    return inside(() -> {
      Keys keys = Keys.of(partition);
      try (var scan = new Scan(db(), keys, from, to, limitRows, reverse, resume)) {
        if (!scan.collect(SHORT_SCAN_ROWS)) {
          elsewhere(() -> scan.collect(Integer.MAX_VALUE));
        }
        return scan.page();
      } catch (RocksDBException e) {
        throw unreadable(e);
      }
    });
  }

  @Override
  public void erase(Partition partition) {
    inside(() -> committer.erase(partition)).await();
    erased.wake();
  }

  @Override
  public List<Partition> partitions(Partition.Kind kind, Optional<Partition> after, int limit) {
    byte[] from = after.map(last -> Keys.of(last).end()).orElse(new byte[] {kind.code()});
    return inside(() -> {
      List<Partition> found = new ArrayList<>();
      try (RocksIterator rows = db().newIterator(plain)) {
        rows.seek(from);
        while (found.size() < limit && rows.isValid()) {
          Optional<Partition> partition = Keys.partition(kind, rows.key());
          if (partition.isEmpty()) {
            break;
          }
          found.add(partition.get());
          rows.seek(Keys.of(partition.get()).end());
        }
        rows.status();
        return found;
      } catch (RocksDBException e) {
        throw unreadable(e);
      }
    });
  }

  @Override
  public void close() {
    erased.close();
    long stamp = gate.writeLock();
    try {
      if (closed) {
        return;
      }
      closed = true;
    } finally {
      gate.unlockWrite(stamp);
    }
    committer.stop();
    scanners.shutdown();
    if (db != null) {
      flush(db);
      db.close();
    }
    synced.close();
    plain.close();
    options.close();
    flushes.close();
  }

  /// How many commits wait for the write that is under way.
  int waitingCount() {
    return committer.waitingCount();
  }

  /// So that the next start need not read the log. When it fails, the next start reads the log.
  private static void flush(RocksDB db) {
    try (var wait = new FlushOptions().setWaitForFlush(true)) {
      db.flush(wait);
    } catch (RocksDBException _) {
      // Nothing is lost: every commit is in the log.
    }
  }

  private Optional<byte[]> find(byte[] storedKey) {
    try {
      return Optional.ofNullable(db().get(plain, storedKey));
    } catch (RocksDBException e) {
      throw unreadable(e);
    }
  }

  /// Runs while the engine cannot be closed.
  private <R> R inside(Supplier<R> work) {
    long stamp = gate.readLock();
    try {
      if (closed) {
        throw new IllegalStateException("The engine is closed");
      }
      return work.get();
    } finally {
      gate.unlockRead(stamp);
    }
  }

  private <R> R use(ErasedRows.Use<R> use) {
    return inside(() -> {
      committer.checkWorks();
      try {
        return use.of(db());
      } catch (RocksDBException e) {
        throw unreadable(e);
      }
    });
  }

  /// Runs on a platform thread while this one is parked.
  private void elsewhere(Callable<Boolean> work) throws RocksDBException {
    var task = new FutureTask<>(work);
    scanners.execute(task);
    boolean interrupted = false;
    try {
      while (!task.isDone()) {
        try {
          task.get();
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RocksDBException failed) {
        throw failed;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static ThreadPoolExecutor scanners() {
    var pool =
        new ThreadPoolExecutor(
            SCANNERS,
            SCANNERS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().name("posthorn-scan-", 0).daemon().factory());
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  private static StorageUnavailable unreadable(RocksDBException e) {
    String message = String.valueOf(e.getMessage());
    return new StorageUnavailable(
        RowsFolder.isCorruption(e)
            ? "Rows are damaged: " + message.replaceFirst("^.* in (\\S+\\.sst)", "$1")
            : "Rows cannot be read: " + message,
        e);
  }
}
