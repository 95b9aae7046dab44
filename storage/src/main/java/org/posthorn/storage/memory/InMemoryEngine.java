package org.posthorn.storage.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Head;
import org.posthorn.storage.engine.Limits;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.engine.StoredRow;

/// Keeps everything in sorted maps, for as long as the process lives. One lock: a read sees whole
/// commits only. Safe for use by many threads.
public final class InMemoryEngine implements Engine {
  private final NavigableMap<Partition, Space> spaces = new TreeMap<>();
  private final Lock reading;
  private final Lock writing;
  private boolean closed;

  public InMemoryEngine() {
    ReadWriteLock lock = new ReentrantReadWriteLock();
    this.reading = lock.readLock();
    this.writing = lock.writeLock();
  }

  @Override
  public Limits limits() {
    return Limits.TIGHTEST;
  }

  @Override
  public Head head(Partition partition) {
    reading.lock();
    try {
      return space(partition).map(space -> space.head).orElse(Head.EMPTY);
    } finally {
      reading.unlock();
    }
  }

  @Override
  public Result commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
    limits().check(batch);
    writing.lock();
    try {
      Head head = space(partition).map(space -> space.head).orElse(Head.EMPTY);
      if (head.version() != expectedVersion) {
        return new Result.Conflict(head);
      }
      Space space = spaces.computeIfAbsent(partition, _ -> new Space());
      batch.forEach(space);
      space.head = new Head(expectedVersion + 1, Optional.of(id));
      return new Result.Applied(expectedVersion + 1);
    } finally {
      writing.unlock();
    }
  }

  @Override
  public Optional<byte[]> get(Partition partition, byte[] key) {
    return getAll(partition, List.of(key)).getFirst();
  }

  @Override
  public List<Optional<byte[]>> getAll(Partition partition, List<byte[]> keys) {
    reading.lock();
    try {
      Optional<Space> space = space(partition);
      return keys.stream()
          .map(key -> space.flatMap(s -> Optional.ofNullable(s.rows.get(key))))
          .toList();
    } finally {
      reading.unlock();
    }
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
    reading.lock();
    try {
      return space(partition)
          .map(space -> space.page(from, to, limitRows, reverse, resume))
          .orElseGet(() -> new Page(List.of(), 0, Optional.empty()));
    } finally {
      reading.unlock();
    }
  }

  @Override
  public void erase(Partition partition) {
    writing.lock();
    try {
      checkOpen();
      spaces.remove(partition);
    } finally {
      writing.unlock();
    }
  }

  @Override
  public List<Partition> partitions(Partition.Kind kind, Optional<Partition> after, int limit) {
    reading.lock();
    try {
      checkOpen();
      return after.map(last -> spaces.tailMap(last, false)).orElse(spaces).keySet().stream()
          .filter(partition -> partition.kind() == kind)
          .limit(limit)
          .toList();
    } finally {
      reading.unlock();
    }
  }

  @Override
  public void close() {
    writing.lock();
    try {
      closed = true;
      spaces.clear();
    } finally {
      writing.unlock();
    }
  }

  private Optional<Space> space(Partition partition) {
    checkOpen();
    return Optional.ofNullable(spaces.get(partition));
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("The engine is closed");
    }
  }

  /// One partition. Guarded by the engine's lock.
  private static final class Space implements Batch.Sink {
    private final NavigableMap<byte[], byte[]> rows = new TreeMap<>(Arrays::compareUnsigned);
    private Head head = Head.EMPTY;

    @Override
    public void put(byte[] key, byte[] value) {
      rows.put(key, value);
    }

    @Override
    public void delete(byte[] key) {
      rows.remove(key);
    }

    @Override
    public void deleteRange(byte[] from, byte[] to) {
      range(from, to).clear();
    }

    Page page(
        byte[] from, byte[] to, int limitRows, boolean reverse, Optional<Page.Resume> resume) {
      NavigableMap<byte[], byte[]> range = range(from, to);
      if (reverse) {
        range = range.descendingMap();
      }
      if (resume.isPresent()) {
        range = range.tailMap(((StoredRow) resume.get()).key(), false);
      }
      var rows = new ArrayList<Page.Row>();
      int sizeBytes = 0;
      for (var entry : range.entrySet()) {
        var row = new StoredRow(entry.getKey(), entry.getValue());
        sizeBytes += row.sizeBytes();
        if (!rows.isEmpty() && (rows.size() == limitRows || sizeBytes > Page.MAX_BYTES)) {
          return new Page(rows, head.version(), Optional.of(((StoredRow) rows.getLast()).after()));
        }
        rows.add(row);
      }
      return new Page(rows, head.version(), Optional.empty());
    }

    private NavigableMap<byte[], byte[]> range(byte[] from, byte[] to) {
      if (to.length == 0) {
        return rows.tailMap(from, true);
      }
      return Arrays.compareUnsigned(from, to) < 0
          ? rows.subMap(from, true, to, false)
          : new TreeMap<>(Arrays::compareUnsigned);
    }
  }
}
