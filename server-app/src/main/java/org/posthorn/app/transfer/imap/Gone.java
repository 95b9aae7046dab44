package org.posthorn.app.transfer.imap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongPredicate;

/// Which messages of a part are not there any more: those that a server says vanished, or all but
/// those that are there. Used by one thread.
final class Gone {
  private static final int RANGES_MAX = 100_000;

  private final List<Range> vanished = new ArrayList<>();
  private LongPredicate has = _ -> false;
  private boolean mayBe;

  private record Range(long from, long to) {
    boolean has(long uid) {
      return from <= uid && uid <= to;
    }
  }

  /// `* VANISHED (EARLIER) 41,43:116` (RFC 7162 §3.2.10); other responses say nothing.
  void vanished(List<Object> response) {
    if (response.size() < 3 || !ImapResponses.is(response.get(1), "VANISHED")) {
      return;
    }
    for (String range : String.valueOf(response.getLast()).split(",", RANGES_MAX)) {
      String[] ends = range.split(":", 2);
      long one = ImapResponses.number(ends[0]);
      long other = ImapResponses.number(ends[ends.length - 1]);
      vanished.add(new Range(Math.min(one, other), Math.max(one, other)));
    }
    mayBe = true;
    has = uid -> vanished.stream().anyMatch(range -> range.has(uid));
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
