package org.posthorn.storage.engine;

import java.util.Optional;

/// Where a partition is: its version (0 when nothing was ever committed, or after an erase) and the
/// commit that made it.
public record Head(long version, Optional<CommitId> last) {
  public static final Head EMPTY = new Head(0, Optional.empty());

  /// Whether the commit `id`, made on top of `expectedVersion`, is the one that made this head: so
  /// it happened, and nothing since.
  public boolean isMadeBy(CommitId id, long expectedVersion) {
    return version == expectedVersion + 1 && last.filter(id::equals).isPresent();
  }
}
