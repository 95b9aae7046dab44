package org.posthorn.storage.rocksdb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.posthorn.storage.engine.Head;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.StoredRow;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/// One page of a partition, collected in one or two goes. Used by one thread at a time; must be
/// closed.
///
/// The head and the rows come from one iterator, which sees one state.
final class Scan implements AutoCloseable {
  private final Keys keys;
  private final byte[] first;
  private final byte[] end;
  private final int limitRows;
  private final boolean reverse;
  private final Slice lower;
  private final Slice upper;
  private final ReadOptions options;
  private final RocksIterator rows;
  private final List<Page.Row> found = new ArrayList<>();
  private final long version;
  private int sizeBytes;
  private boolean full;

  Scan(
      RocksDB db,
      Keys keys,
      byte[] from,
      byte[] to,
      int limitRows,
      boolean reverse,
      Optional<Page.Resume> resume)
      throws RocksDBException {
    this.keys = keys;
    this.first = keys.from(from);
    this.end = keys.to(to);
    this.limitRows = limitRows;
    this.reverse = reverse;
    this.lower = new Slice(keys.head());
    this.upper = new Slice(isEmpty() ? keys.end() : end);
    this.options = new ReadOptions().setIterateLowerBound(lower).setIterateUpperBound(upper);
    this.rows = db.newIterator(options);
    this.version = readVersion();
    begin(resume.map(last -> keys.row(((StoredRow) last).key())));
  }

  /// Collects at most so many rows more. True when the page is as it will be.
  boolean collect(int maxRows) throws RocksDBException {
    if (isEmpty()) {
      return true;
    }
    for (int i = 0; i < maxRows && rows.isValid(); i++) {
      byte[] stored = rows.key();
      if (Arrays.compareUnsigned(stored, first) < 0) {
        return true;
      }
      var row = new StoredRow(keys.withoutPrefix(stored), rows.value());
      sizeBytes += row.sizeBytes();
      full = !found.isEmpty() && (found.size() == limitRows || sizeBytes > Page.MAX_BYTES);
      if (full) {
        return true;
      }
      found.add(row);
      step();
    }
    rows.status();
    return !rows.isValid();
  }

  Page page() {
    Optional<Page.Resume> resume =
        full ? Optional.of(((StoredRow) found.getLast()).after()) : Optional.empty();
    return new Page(found, version, resume);
  }

  @Override
  public void close() {
    rows.close();
    options.close();
    upper.close();
    lower.close();
  }

  private boolean isEmpty() {
    return Arrays.compareUnsigned(first, end) >= 0;
  }

  private long readVersion() throws RocksDBException {
    rows.seek(keys.head());
    Head head =
        rows.isValid() && Arrays.equals(rows.key(), keys.head())
            ? Keys.decode(rows.value())
            : Head.EMPTY;
    rows.status();
    return head.version();
  }

  private void begin(Optional<byte[]> after) {
    byte[] start = after.orElse(reverse ? end : first);
    if (reverse) {
      rows.seekForPrev(start);
    } else {
      rows.seek(start);
    }
    if (after.isPresent() && rows.isValid() && Arrays.equals(rows.key(), start)) {
      step();
    }
  }

  private void step() {
    if (reverse) {
      rows.prev();
    } else {
      rows.next();
    }
  }
}
