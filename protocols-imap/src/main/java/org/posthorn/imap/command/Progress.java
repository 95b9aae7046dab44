package org.posthorn.imap.command;

import java.io.IOException;
import java.time.Duration;
import org.posthorn.imap.wire.ImapWriter;

/// Tells a client every now and then that a command that takes long is under way and how far it is
/// (RFC 9585 §4). Nothing else may be half written while it is asked. Used by one thread.
public final class Progress {
  private static final Duration EVERY = Duration.ofSeconds(10);

  private final String tag;
  private final ImapWriter writer;
  private final long everyNanos;
  private long toldNanos = System.nanoTime();

  public Progress(String tag, ImapWriter writer) {
    this(tag, writer, EVERY);
  }

  Progress(String tag, ImapWriter writer, Duration every) {
    this.tag = tag;
    this.writer = writer;
    this.everyNanos = every.toNanos();
  }

  /// `done` of `goal` messages have been dealt with.
  void at(long done, long goal) throws IOException {
    if ((done & 63) != 0 || System.nanoTime() - toldNanos < everyNanos) {
      return;
    }
    toldNanos = System.nanoTime();
    writer.text("* OK [INPROGRESS (").string(tag).raw(' ').number(done).raw(' ').number(goal);
    writer.text(")] ").words("Still at it").endLine();
    writer.flush();
  }
}
