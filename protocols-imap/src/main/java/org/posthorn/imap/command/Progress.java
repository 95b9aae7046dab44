package org.posthorn.imap.command;

import java.io.IOException;
import org.posthorn.imap.wire.ImapWriter;

/// Tells a client every now and then that a command that takes long is under way and how far it is
/// (RFC 9585 §4). Nothing else may be half written while it is asked. Used by one thread.
public final class Progress {
  private static final long EVERY_NANOS = 10_000_000_000L;

  private final String tag;
  private final ImapWriter writer;
  private long toldNanos = System.nanoTime();

  public Progress(String tag, ImapWriter writer) {
    this.tag = tag;
    this.writer = writer;
  }

  /// `done` of `goal` messages have been dealt with.
  void at(long done, long goal) throws IOException {
    if ((done & 63) != 0 || System.nanoTime() - toldNanos < EVERY_NANOS) {
      return;
    }
    toldNanos = System.nanoTime();
    writer.text("* OK [INPROGRESS (").string(tag).raw(' ').number(done).raw(' ').number(goal);
    writer.text(")] Still at it").endLine();
    writer.flush();
  }
}
