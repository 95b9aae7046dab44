package org.posthorn.spool;

import java.time.Duration;
import org.posthorn.storage.story.StoryLog;

/// What the sender of a mail waits for: to hear, once, that the mail is ours. Safe for use by many
/// threads.
final class Receipt {
  /// RFC 5321 §4.5.3.2.6: a sender waits for ten minutes.
  private static final Duration DOUBT_MAX = Duration.ofMinutes(5);

  private final long sinceNanos = System.nanoTime();
  private final Custody custody;
  private final StoryLog told;
  private final Runnable ours;
  private boolean given;

  /// `ours` tells the sender.
  Receipt(Custody custody, StoryLog told, Runnable ours) {
    this.custody = custody;
    this.told = told;
    this.ours = ours;
  }

  /// Sees to it that the mail is ours, durably, whoever is at work on it, and that the sender knows
  /// when this returns. Throws what keeps it from being ours; then nobody has told the sender
  /// anything.
  void give() {
    custody.acceptance().writeBeside(DOUBT_MAX);
    if (custody.acceptance().isServed()) { // Nothing else tells of it.
      told.awaitWritten(custody.toldAt(told.last()));
    }
    synchronized (this) {
      if (!given) {
        given = true;
        ours.run();
      }
    }
  }

  Custody custody() {
    return custody;
  }

  boolean isOlderThan(long nanos) {
    return System.nanoTime() - sinceNanos > nanos;
  }
}
