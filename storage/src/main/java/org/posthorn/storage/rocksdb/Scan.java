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

/// One page of a partition. Used by one thread at a time.
final class Scan {
  private final Keys keys;
  private final byte[] first;
  private final byte[] end;
  private final int limitRows;
  private final boolean reverse;
  private final Optional<byte[]> after;

  Scan(
      Keys keys,
      byte[] from,
      byte[] to,
      int limitRows,
      boolean reverse,
      Optional<Page.Resume> resume) {
    this.keys = keys;
    this.first = keys.from(from);
    this.end = keys.to(to);
    this.limitRows = limitRows;
    this.reverse = reverse;
    this.after = resume.map(last -> keys.row(((StoredRow) last).key()));
  }

  /// The head and the rows come from one iterator, which sees one state.
  Page page(RocksDB db) throws RocksDBException {
    boolean empty = Arrays.compareUnsigned(first, end) >= 0;
    try (var lower = new Slice(keys.head());
        var upper = new Slice(empty ? keys.end() : end);
        var options = new ReadOptions().setIterateLowerBound(lower).setIterateUpperBound(upper);
        RocksIterator rows = db.newIterator(options)) {
      long version = version(rows);
      if (empty) {
        return new Page(List.of(), version, Optional.empty());
      }
      begin(rows);
      return collect(rows, version);
    }
  }

  private long version(RocksIterator rows) throws RocksDBException {
    rows.seek(keys.head());
    Head head =
        rows.isValid() && Arrays.equals(rows.key(), keys.head())
            ? Keys.decode(rows.value())
            : Head.EMPTY;
    rows.status();
    return head.version();
  }

  private void begin(RocksIterator rows) {
    byte[] start = after.orElse(reverse ? end : first);
    if (reverse) {
      rows.seekForPrev(start);
    } else {
      rows.seek(start);
    }
    if (after.isPresent() && rows.isValid() && Arrays.equals(rows.key(), start)) {
      step(rows);
    }
  }

  private Page collect(RocksIterator rows, long version) throws RocksDBException {
    List<Page.Row> found = new ArrayList<>();
    int sizeBytes = 0;
    for (; rows.isValid(); step(rows)) {
      byte[] stored = rows.key();
      if (Arrays.compareUnsigned(stored, first) < 0) {
        break;
      }
      var row = new StoredRow(keys.withoutPrefix(stored), rows.value());
      sizeBytes += row.sizeBytes();
      if (!found.isEmpty() && (found.size() == limitRows || sizeBytes > Page.MAX_BYTES)) {
        var last = (StoredRow) found.getLast();
        return new Page(found, version, Optional.of(last.after()));
      }
      found.add(row);
    }
    rows.status();
    return new Page(found, version, Optional.empty());
  }

  private void step(RocksIterator rows) {
    if (reverse) {
      rows.prev();
    } else {
      rows.next();
    }
  }
}
