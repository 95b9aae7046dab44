package org.posthorn.storage.backup;

import java.util.BitSet;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// Numbers of packs, stored as runs of neighbours. Used by one thread.
final class PackSet {
  private final BitSet packs = new BitSet();

  void add(int pack) {
    packs.set(pack);
  }

  void addAll(PackSet other) {
    packs.or(other.packs);
  }

  boolean hasAll(PackSet other) {
    var missing = (BitSet) other.packs.clone();
    missing.andNot(packs);
    return missing.isEmpty();
  }

  boolean has(int pack) {
    return packs.get(pack);
  }

  void writeTo(RowWriter row) {
    int runs = 0;
    for (int i = packs.nextSetBit(0); i >= 0; i = packs.nextSetBit(packs.nextClearBit(i))) {
      runs++;
    }
    row.number(runs);
    int before = 0;
    for (int i = packs.nextSetBit(0); i >= 0; i = packs.nextSetBit(before)) {
      int end = packs.nextClearBit(i);
      row.number(i - before).number(end - i);
      before = end;
    }
  }

  static PackSet readFrom(RowReader row) {
    var set = new PackSet();
    int runs = row.count();
    int before = 0;
    for (int i = 0; i < runs; i++) {
      int begin = before + row.count();
      before = begin + row.count();
      set.packs.set(begin, before);
    }
    return set;
  }
}
