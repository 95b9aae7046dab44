package org.posthorn.app.transfer.imap;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/// Which messages of a part are not there any more: those that a server says vanished, or all but
/// those that are there. What is no UID says nothing. Used by one thread.
final class Gone {
  /// Ranges by their first UIDs, with their last; none touches another.
  private final NavigableMap<Long, Long> vanished = new TreeMap<>();

  private LongPredicate has = _ -> false;
  private boolean mayBe;

  /// `* VANISHED (EARLIER) 41,43:116` (RFC 7162 §3.2.10); other responses say nothing.
  void vanished(List<Object> response) {
    if (response.size() < 3 || !ImapResponses.is(response.get(1), "VANISHED")) {
      return;
    }
    for (String range : String.valueOf(response.getLast()).split(",", -1)) {
      String[] ends = range.split(":", 2);
      long one = ImapResponses.number(ends[0]);
      long other = ImapResponses.number(ends[ends.length - 1]);
      if (one > 0 && other > 0) {
        add(Math.min(one, other), Math.max(one, other));
        mayBe = true;
        has = this::hasVanished;
      }
    }
  }

  private void add(long from, long to) {
    long first = from;
    long last = to;
    Map.Entry<Long, Long> before = vanished.floorEntry(from);
    if (before != null && before.getValue() >= from - 1) {
      first = before.getKey();
      last = Math.max(last, before.getValue());
    }
    NavigableMap<Long, Long> within = vanished.subMap(first, true, last, true);
    Map.Entry<Long, Long> end = within.lastEntry();
    if (end != null) {
      last = Math.max(last, end.getValue());
    }
    within.clear();
    vanished.put(first, last);
  }

  private boolean hasVanished(long uid) {
    Map.Entry<Long, Long> range = vanished.floorEntry(uid);
    return range != null && range.getValue() >= uid;
  }

  /// All but these.
  void only(List<Long> there) {
    long[] sorted = there.stream().mapToLong(Long::longValue).sorted().toArray();
    mayBe = true;
    has = uid -> Arrays.binarySearch(sorted, uid) < 0;
  }

  /// False when nothing is.
  boolean mayBe() {
    return mayBe;
  }

  boolean has(long uid) {
    return has.test(uid);
  }
}
