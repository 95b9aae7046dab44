package org.posthorn.storage.engine;

import java.util.concurrent.ThreadLocalRandom;

/// Names one try to commit, chosen by the committer: whoever does not know whether its commit
/// happened compares it with [Head#last].
public record CommitId(long high, long low) {
  /// An id that nobody else has chosen, as far as 128 random bits tell.
  public static CommitId random() {
    var random = ThreadLocalRandom.current();
    return new CommitId(random.nextLong(), random.nextLong());
  }
}
