package org.posthorn.imap.command;

import java.util.concurrent.atomic.AtomicLong;
import org.posthorn.storage.account.MailboxException;

/// The memory that one SORT or THREAD takes for what it compares, out of what all together may
/// take. Used by one thread; what is shared is safe for use by many.
final class KeyMemory implements AutoCloseable {
  /// Enough for some millions of messages at a time.
  private static final long ALL_MAX_BYTES =
      Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 4);

  private static final AtomicLong ALL_BYTES = new AtomicLong();

  private long bytes;

  /// Refuses when there is not so much for everybody together.
  void take(long more) {
    bytes += more;
    if (ALL_BYTES.addAndGet(more) > ALL_MAX_BYTES) {
      throw new MailboxException.LimitReached("memory for sorting");
    }
  }

  @Override
  public void close() {
    ALL_BYTES.addAndGet(-bytes);
    bytes = 0;
  }
}
