package org.posthorn.imap.command;

import java.util.concurrent.atomic.AtomicLong;
import org.posthorn.storage.account.MailboxException;

/// The memory that one SEARCH, SORT or THREAD takes for what it compares and for what the index has
/// answered, out of what all together may take. Used by one thread; what is shared is safe for use
/// by many.
final class KeyMemory implements AutoCloseable {
  /// Enough for some millions of messages at a time.
  private static final Pool ALL =
      new Pool(Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 4));

  private final Pool pool;
  private long bytes;

  /// What several may take together.
  static final class Pool {
    private final long maxBytes;
    private final AtomicLong bytes = new AtomicLong();

    Pool(long maxBytes) {
      this.maxBytes = maxBytes;
    }
  }

  KeyMemory() {
    this(ALL);
  }

  KeyMemory(Pool pool) {
    this.pool = pool;
  }

  /// Refuses when there is not so much for everybody together.
  void take(long more) {
    bytes += more;
    if (pool.bytes.addAndGet(more) > pool.maxBytes) {
      throw new MailboxException.LimitReached(
          "There is no memory for so much at a time: ask for less, or try again later");
    }
  }

  @Override
  public void close() {
    pool.bytes.addAndGet(-bytes);
    bytes = 0;
  }
}
