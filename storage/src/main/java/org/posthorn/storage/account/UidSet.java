package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// UIDs in ascending order, each once. Immutable.
public final class UidSet {
  public static final UidSet NONE = new UidSet(new long[0]);

  private final long[] uids;

  private UidSet(long[] uids) {
    this.uids = uids;
  }

  public static UidSet of(long... uids) {
    return new UidSet(Arrays.stream(uids).sorted().distinct().toArray());
  }

  /// `uids` are ascending, each once, and handed over.
  static UidSet ofAscending(long[] uids) {
    return uids.length == 0 ? NONE : new UidSet(uids);
  }

  /// All UIDs from `first` to `last`, both included.
  public static UidSet range(long first, long last) {
    return new UidSet(LongStream.rangeClosed(first, last).toArray());
  }

  /// What is in this, in `other`, or in both.
  public UidSet union(UidSet other) {
    if (isEmpty() || other.isEmpty()) {
      return isEmpty() ? other : this;
    }
    return new UidSet(
        LongStream.concat(Arrays.stream(uids), Arrays.stream(other.uids))
            .sorted()
            .distinct()
            .toArray());
  }

  /// The same UIDs in order, cut into sets of at most so many.
  public List<UidSet> pieces(int max) {
    if (uids.length <= max) {
      return List.of(this);
    }
    List<UidSet> pieces = new ArrayList<>();
    for (int from = 0; from < uids.length; from += max) {
      pieces.add(new UidSet(Arrays.copyOfRange(uids, from, Math.min(uids.length, from + max))));
    }
    return pieces;
  }

  public int size() {
    return uids.length;
  }

  public boolean isEmpty() {
    return uids.length == 0;
  }

  public long at(int index) {
    return uids[index];
  }

  public boolean contains(long uid) {
    return Arrays.binarySearch(uids, uid) >= 0;
  }

  public long[] toArray() {
    return uids.clone();
  }

  /// Runs of neighbours, each as its distance from the one before and its length.
  void writeTo(RowWriter row) {
    int runs = 0;
    for (int i = 0; i < uids.length; i++) {
      if (i == 0 || uids[i] != uids[i - 1] + 1) {
        runs++;
      }
    }
    row.number(runs);
    long end = 0;
    for (int i = 0; i < uids.length; ) {
      int last = i;
      while (last + 1 < uids.length && uids[last + 1] == uids[last] + 1) {
        last++;
      }
      row.number(uids[i] - end).number(last - i);
      end = uids[last];
      i = last + 1;
    }
  }

  static UidSet readFrom(RowReader row) {
    int runs = row.count();
    var all = LongStream.builder();
    long end = 0;
    for (int i = 0; i < runs; i++) {
      long first = end + row.number();
      end = first + row.count();
      for (long uid = first; uid <= end; uid++) {
        all.add(uid);
      }
    }
    return ofAscending(all.build().toArray());
  }

  /// As IMAP writes it: `1:3,7`. Empty for none.
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (int i = 0; i < uids.length; ) {
      int last = i;
      while (last + 1 < uids.length && uids[last + 1] == uids[last] + 1) {
        last++;
      }
      text.append(text.isEmpty() ? "" : ",").append(uids[i]);
      if (last > i) {
        text.append(':').append(uids[last]);
      }
      i = last + 1;
    }
    return text.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof UidSet set && Arrays.equals(uids, set.uids);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(uids);
  }
}
