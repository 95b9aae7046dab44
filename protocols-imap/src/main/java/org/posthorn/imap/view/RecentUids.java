package org.posthorn.imap.view;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.storage.account.MailboxView;

/// Which messages are `\Recent` in one session (RFC 3501 §2.3.2): ranges of UIDs, ascending. Used
/// by one thread at a time.
final class RecentUids {
  private record Range(long first, long end) {}

  private final List<Range> ranges = new ArrayList<>(1);

  /// `end` is not included.
  void add(long first, long end) {
    if (first >= end) {
      return;
    }
    Range last = ranges.isEmpty() ? null : ranges.getLast();
    if (last != null && first <= last.end) {
      ranges.set(
          ranges.size() - 1, new Range(Math.min(first, last.first), Math.max(end, last.end)));
    } else {
      ranges.add(new Range(first, end));
    }
  }

  boolean contains(long uid) {
    int low = 0;
    int high = ranges.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Range range = ranges.get(middle);
      if (uid < range.first) {
        high = middle - 1;
      } else if (uid >= range.end) {
        low = middle + 1;
      } else {
        return true;
      }
    }
    return false;
  }

  int countIn(MailboxView view) {
    int count = 0;
    for (Range range : ranges) {
      count += place(view, range.end) - place(view, range.first);
    }
    return count;
  }

  private static int place(MailboxView view, long uid) {
    int index = view.indexOf(uid);
    return index >= 0 ? index : -index - 1;
  }
}
