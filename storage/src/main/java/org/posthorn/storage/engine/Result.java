package org.posthorn.storage.engine;

/// What became of a commit.
public sealed interface Result {
  /// Durable; the partition now has this version.
  record Applied(long version) implements Result {}

  /// Nothing was written: somebody else committed first.
  record Conflict(Head head) implements Result {}
}
