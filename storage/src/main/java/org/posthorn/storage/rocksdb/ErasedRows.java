package org.posthorn.storage.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Partition;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Rewrites the files that still have rows of erased partitions, in the background, so that these
/// are gone from the disk and their space is free: RocksDB itself only covers them, for as long as
/// it pleases. Of an account that had a key of its own, the key is among them.
///
/// The commit that erases a partition leaves a note of it, outside of all partitions; it goes when
/// the work is done. So the work is done in the end also when the process is killed.
final class ErasedRows {
  private static final Logger log = LoggerFactory.getLogger(ErasedRows.class);

  /// No kind of partition has this code.
  private static final byte[] NOTES = "\0erased\0".getBytes(US_ASCII);

  private static final byte[] NOTES_END = "\0erased\1".getBytes(US_ASCII);
  private static final byte[] NOTHING = {};
  private static final int NOTES_AT_ONCE = 1_000;

  /// With more of them, everything between the first and the last is rewritten at once.
  private static final int RANGES_MAX = 16;

  private final Access access;
  private final Duration rest;
  private final Thread thread;
  private boolean due = true;
  private boolean closed;
  private @Nullable CompactRangeOptions underWay;

  /// Lets somebody use the rows while they cannot be closed.
  interface Access {
    <R> R with(Use<R> use);
  }

  interface Use<R> {
    R of(RocksDB db) throws RocksDBException;
  }

  /// A partition that was erased, and under which key that is noted.
  private record Note(ByteBuffer key, Keys partition) {}

  /// After an erasure `rest` goes by, so that several share the work.
  ErasedRows(Access access, Duration rest) {
    this.access = access;
    this.rest = rest;
    this.thread = Thread.ofPlatform().name("posthorn-erased").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /// With a number of its own: who erases a partition again meanwhile makes another note.
  static void note(Partition partition, WriteBatch batch) throws RocksDBException {
    byte[] head = Keys.of(partition).head();
    byte[] key =
        ByteBuffer.allocate(NOTES.length + head.length + Long.BYTES)
            .put(NOTES)
            .put(head)
            .putLong(ThreadLocalRandom.current().nextLong())
            .array();
    batch.put(key, NOTHING);
  }

  /// There is a new note.
  synchronized void wake() {
    due = true;
    notifyAll();
  }

  /// Ends what is under way; it is begun again later.
  synchronized void interrupt() {
    if (underWay != null) {
      underWay.setCanceled(true);
    }
  }

  /// Returns when nothing is under way any more.
  void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
      interrupt();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (awaitDue()) {
      try {
        List<Note> some = notes();
        while (!some.isEmpty() && rewrite(some)) {
          some = notes();
        }
      } catch (StorageUnavailable | IllegalStateException e) {
        // Of a disk that is full, or rows that are damaged, others tell.
        log.atDebug().setCause(e).log("erased-rows-not-rewritten");
        again();
      }
    }
  }

  /// False when the engine closes.
  private synchronized boolean awaitDue() {
    try {
      while (!due && !closed) {
        wait();
      }
      long until = System.nanoTime() + rest.toNanos();
      long millis = rest.toMillis();
      while (millis > 0 && !closed) {
        wait(millis);
        millis = (until - System.nanoTime()) / 1_000_000;
      }
      due = false;
      return !closed;
    } catch (InterruptedException _) {
      return false; // Nobody does that.
    }
  }

  private synchronized void again() {
    due = true;
  }

  private List<Note> notes() {
    return access.with(db -> {
      var found = new ArrayList<Note>();
      try (RocksIterator rows = db.newIterator()) {
        rows.seek(NOTES);
        while (rows.isValid()
            && Arrays.compareUnsigned(rows.key(), NOTES_END) < 0
            && found.size() < NOTES_AT_ONCE) {
          byte[] key = rows.key();
          byte[] head = Arrays.copyOfRange(key, NOTES.length, key.length - Long.BYTES);
          found.add(new Note(ByteBuffer.wrap(key), Keys.ofHead(head)));
          rows.next();
        }
        rows.status();
      }
      return found;
    });
  }

  /// False when it was interrupted: then it is done again later.
  private boolean rewrite(List<Note> notes) {
    // What is in memory is in the log too, and that is deleted when it is in files.
    access.with(db -> {
      try (var wait = new FlushOptions().setWaitForFlush(true)) {
        db.flush(wait);
      }
      return true;
    });
    if (notes.size() > RANGES_MAX) {
      byte[] first = notes.getFirst().partition().head();
      if (!rewrite(first, notes.getLast().partition().end())) {
        return false;
      }
    } else {
      for (Note note : notes) {
        if (!rewrite(note.partition().head(), note.partition().end())) {
          return false;
        }
      }
    }
    forget(notes);
    log.atInfo().addKeyValue("partitions", notes.size()).log("erased-rows-rewritten");
    return true;
  }

  private boolean rewrite(byte[] from, byte[] to) {
    Optional<CompactRangeOptions> begun = begin();
    if (begun.isEmpty()) {
      return false;
    }
    try {
      return access.with(db -> {
        db.compactRange(db.getDefaultColumnFamily(), from, to, begun.get());
        return !begun.get().canceled();
      });
    } finally {
      end(begun.get());
    }
  }

  private synchronized Optional<CompactRangeOptions> begin() {
    if (closed) {
      return Optional.empty();
    }
    var options =
        new CompactRangeOptions()
            .setExclusiveManualCompaction(false)
            .setAllowWriteStall(false)
            .setBottommostLevelCompaction(BottommostLevelCompaction.kForceOptimized);
    underWay = options;
    return Optional.of(options);
  }

  private synchronized void end(CompactRangeOptions options) {
    underWay = null;
    options.close();
  }

  private void forget(List<Note> notes) {
    access.with(db -> {
      try (var batch = new WriteBatch();
          var options = new WriteOptions()) {
        for (Note note : notes) {
          batch.delete(note.key().array());
        }
        db.write(options, batch);
      }
      return true;
    });
  }
}
