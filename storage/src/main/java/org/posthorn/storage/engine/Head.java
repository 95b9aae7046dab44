package org.posthorn.storage.engine;

import java.util.Optional;

/// Where a partition is: its version (0 when nothing was ever committed, or after an erase) and the
/// commit that made it.
public record Head(long version, Optional<CommitId> last) {
  public static final Head EMPTY = new Head(0, Optional.empty());
}
