package org.posthorn.storage.account;

import java.util.Arrays;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// What one reader, who is not the owner, has seen of a mailbox: for each UID that the reader ever
/// marked, when that was last done and how. Immutable; a changed one shares all pages but those
/// that changed.
final class Marks {
  /// UIDs of a page, which is also one row.
  static final int PAGE = 256;

  static final Marks NONE = new Marks(new long[0], new long[0][]);
  private static final int FORM = 1;

  /// Ascending.
  private final long[] numbers;

  /// Twice the MODSEQ of the mark, and one more when it is `\Seen`; 0: none.
  private final long[][] pages;

  private Marks(long[] numbers, long[][] pages) {
    this.numbers = numbers;
    this.pages = pages;
  }

  static Marks of(NavigableMap<Long, long[]> pages) {
    long[] numbers = pages.keySet().stream().mapToLong(Long::longValue).toArray();
    return new Marks(numbers, pages.values().toArray(long[][]::new));
  }

  static long pageOf(long uid) {
    return uid / PAGE;
  }

  boolean seen(long uid) {
    return (mark(uid) & 1) != 0;
  }

  /// 0: never marked.
  long modSeq(long uid) {
    return mark(uid) >>> 1;
  }

  private long mark(long uid) {
    int at = Arrays.binarySearch(numbers, pageOf(uid));
    return at < 0 ? 0 : pages[at][(int) (uid % PAGE)];
  }

  /// A page to be changed.
  long[] copyOfPage(long number) {
    int at = Arrays.binarySearch(numbers, number);
    return at < 0 ? new long[PAGE] : pages[at].clone();
  }

  Marks with(NavigableMap<Long, long[]> changed) {
    var all = new TreeMap<>(changed);
    for (int i = 0; i < numbers.length; i++) {
      all.putIfAbsent(numbers[i], pages[i]);
    }
    return of(all);
  }

  /// UIDs whose marks are other than in `older`, in order within a page; costs what changed.
  void since(Marks older, LongConsumer uids) {
    for (int i = 0; i < numbers.length; i++) {
      int before = Arrays.binarySearch(older.numbers, numbers[i]);
      if (before < 0 || !isSame(older.pages[before], pages[i])) {
        for (int slot = 0; slot < PAGE; slot++) {
          if (pages[i][slot] != (before < 0 ? 0 : older.pages[before][slot])) {
            uids.accept(numbers[i] * PAGE + slot);
          }
        }
      }
    }
  }

  @SuppressWarnings("ReferenceEquality")
  private static boolean isSame(long[] one, long[] other) {
    return one == other;
  }

  static long marked(boolean seen, long modSeq) {
    return modSeq * 2 + (seen ? 1 : 0);
  }

  static byte[] encode(long[] page) {
    var row = new RowWriter(PAGE).raw(FORM);
    for (int slot = 0; slot < PAGE; slot++) {
      if (page[slot] != 0) {
        row.raw(slot).number(page[slot]);
      }
    }
    return row.toBytes();
  }

  static long[] decode(byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    var page = new long[PAGE];
    while (!row.atEnd()) {
      page[row.raw()] = row.number();
    }
    return page;
  }

  /// The highest MODSEQ of a page.
  static long highest(long[] page) {
    return Arrays.stream(page).max().orElse(0) >>> 1;
  }
}
