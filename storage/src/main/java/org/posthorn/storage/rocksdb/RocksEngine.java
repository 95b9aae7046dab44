package org.posthorn.storage.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CacheFigures;
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
import org.rocksdb.WriteOptions;

/// Keeps rows in RocksDB, in one directory of this machine. Safe for use by many threads.
///
/// A thread of its own writes ([Committer]); reads run on the caller's thread, but for the greater
/// part of long scans, which goes to a few threads of their own, since native code holds a virtual
/// thread's carrier.
public final class RocksEngine implements Engine {
  private static final String FORMAT = "posthorn rows 1\n";

  /// Rows that are read on the caller's thread; what comes after them is read elsewhere.
  private static final int SHORT_SCAN_ROWS = 256;

  private static final int SCANNERS = 2;

  private final RocksOptions options;
  private final RocksDB db;
  private final Committer committer;
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final ReadOptions plain = new ReadOptions();
  private final ThreadPoolExecutor scanners = scanners();

  /// Held for reading by whoever is in native code or hands in a commit.
  private final StampedLock gate = new StampedLock();

  private boolean closed;

  private RocksEngine(RocksOptions options, RocksDB db, Faults faults) {
    this.options = options;
    this.db = db;
    this.committer =
        Committer.start(
            db,
            rows -> {
              faults.beforeWrite();
              db.write(synced, rows);
            });
  }

  /// What a test lets happen before a write.
  interface Faults {
    void beforeWrite() throws RocksDBException;
  }

  /// Opens the engine in `directory`, and makes it when there is none. Throws [StorageUnavailable],
  /// with a text for the operator, when that cannot be; a newer format is left untouched.
  public static RocksEngine open(Path directory, RocksSettings settings) {
    return open(directory, settings, () -> {});
  }

  static RocksEngine open(Path directory, RocksSettings settings, Faults faults) {
    checkFormat(directory);
    NativeLibrary.load(settings.nativeLibraryDirectory());
    var options = new RocksOptions(settings);
    try {
      return new RocksEngine(
          options, RocksDB.open(options.options(), directory.toString()), faults);
    } catch (RocksDBException e) {
      options.close();
      throw whyNotOpen(directory, e);
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
    return inside(() -> committer.commit(partition, expectedVersion, id, batch)).await();
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
        return db.multiGetAsList(plain, rows).stream().map(Optional::ofNullable).toList();
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
      try (var scan = new Scan(db, keys, from, to, limitRows, reverse, resume)) {
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
  }

  @Override
  public List<Partition> partitions(Partition.Kind kind, Optional<Partition> after, int limit) {
    byte[] from = after.map(last -> Keys.of(last).end()).orElse(new byte[] {kind.code()});
    return inside(() -> {
      List<Partition> found = new ArrayList<>();
      try (RocksIterator rows = db.newIterator(plain)) {
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
    flush();
    db.close();
    synced.close();
    plain.close();
    options.close();
  }

  /// How many commits wait for the write that is under way.
  int waitingCount() {
    return committer.waitingCount();
  }

  /// So that the next start need not read the log. When it fails, the next start reads the log.
  private void flush() {
    try (var wait = new FlushOptions().setWaitForFlush(true)) {
      db.flush(wait);
    } catch (RocksDBException _) {
      // Nothing is lost: every commit is in the log.
    }
  }

  private Optional<byte[]> find(byte[] storedKey) {
    try {
      return Optional.ofNullable(db.get(plain, storedKey));
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

  private static void checkFormat(Path directory) {
    Path file = directory.resolve("FORMAT");
    try {
      if (Files.exists(file)) {
        String format = Files.readString(file, US_ASCII);
        if (!format.equals(FORMAT)) {
          throw new StorageUnavailable(
              "The rows in %s are of the format \"%s\"; this program reads \"%s\". Use the program that wrote them, or a newer one"
                  .formatted(directory, format.strip(), FORMAT.strip()));
        }
      } else if (Files.exists(directory.resolve("CURRENT"))) {
        throw new StorageUnavailable(
            "%s holds rows but no file FORMAT that says which: it was not written by Posthorn, or is damaged"
                .formatted(directory));
      } else {
        Files.createDirectories(directory);
        try (var channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
          channel.write(ByteBuffer.wrap(FORMAT.getBytes(US_ASCII)));
          channel.force(true);
        }
      }
    } catch (IOException e) {
      throw new StorageUnavailable("Cannot use the directory " + directory, e);
    }
  }

  private static StorageUnavailable whyNotOpen(Path directory, RocksDBException e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("LOCK")) {
      return new StorageUnavailable(
          "Another Posthorn runs on this data directory: it holds %s".formatted(directory), e);
    }
    return new StorageUnavailable("Cannot open the rows in " + directory + ": " + message, e);
  }

  private static StorageUnavailable unreadable(RocksDBException e) {
    return new StorageUnavailable("Rows cannot be read", e);
  }
}
