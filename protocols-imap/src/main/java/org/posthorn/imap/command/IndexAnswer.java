package org.posthorn.imap.command;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.search.Found;

/// What the index says about a search key. It is asked once, and only when it is worth it: as long
/// as little was looked through, looking is cheaper. Lives as long as one SEARCH.
final class IndexAnswer {
  /// So much is looked through before the index is asked.
  private static final long LOOK_MAX_BYTES = 64 << 10;

  private final Supplier<Found> question;
  private final KeyMemory memory;
  private final long lookMaxBytes;
  private long lookedBytes;
  private @Nullable Found found;

  /// What is answered takes of `memory`.
  IndexAnswer(Supplier<Found> question, KeyMemory memory) {
    this(question, memory, LOOK_MAX_BYTES);
  }

  /// With 0 it is asked at once.
  IndexAnswer(Supplier<Found> question, KeyMemory memory, long lookMaxBytes) {
    this.question = question;
    this.memory = memory;
    this.lookMaxBytes = lookMaxBytes;
  }

  Found.Verdict of(long emailId, long sizeBytes) {
    Found known = found;
    if (known == null) {
      lookedBytes += sizeBytes;
      if (lookedBytes <= lookMaxBytes) {
        return Found.Verdict.LOOK;
      }
      known = question.get();
      memory.take(known.sizeBytes());
      found = known;
    }
    return known.of(emailId);
  }
}
