package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.posthorn.message.MailId;

/// How many mails descend from one, where mail is made for mail that was made for mail: a step that
/// makes two for each would make a million before the last generation. What is made for a mail from
/// outside, or for one that was made for that, is not counted here: a large list or a note to
/// everybody is a mail for each share of the people, and each of these may be answered. Of the
/// mails of the last day, in memory. Safe for use by many threads.
final class Lines {
  /// So many mails of the fourth and later generations may descend from one of the second.
  static final int DESCENDANTS_MAX = 5_000;

  private static final int LINES_MAX = 10_000;
  private static final Duration KEPT = Duration.ofDays(1);

  private record Line(Instant since, int mails) {}

  private final Map<MailId, Line> lines = new LinkedHashMap<>(16, 0.75f, true);

  /// Counts one more. Which one it is; more than [#DESCENDANTS_MAX] when it must not be made.
  synchronized int next(MailId first, Instant now) {
    Line before = lines.getOrDefault(first, new Line(now, 0));
    Line last = now.isBefore(before.since().plus(KEPT)) ? before : new Line(now, 0);
    int mails = Math.min(last.mails(), DESCENDANTS_MAX) + 1;
    // A clock that was ahead has been set back: the day begins now.
    lines.put(first, new Line(last.since().isAfter(now) ? now : last.since(), mails));
    if (lines.size() > LINES_MAX) {
      lines.remove(lines.keySet().iterator().next());
    }
    return mails;
  }
}
