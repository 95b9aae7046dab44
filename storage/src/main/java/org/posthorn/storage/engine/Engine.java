package org.posthorn.storage.engine;

import java.util.List;
import java.util.Optional;

/// Ordered, versioned key spaces on disk, in memory or on a cluster. Safe for use by many threads.
///
/// Every promise here is a test in `EngineContract`. Failures of what lies below are
/// [org.posthorn.storage.StorageUnavailable]: then it is unknown whether a commit happened, and
/// [#head] tells.
public interface Engine extends AutoCloseable {
  Limits limits();

  /// Linearizable: sees every commit that returned before the call.
  Head head(Partition partition);

  /// The version that [#scan] shows. It is told when nothing can be written too, where [#head],
  /// which is for those who commit, refuses: who only reads is served from a full disk.
  default long readableVersion(Partition partition) {
    byte[] first = {0};
    return scan(partition, first, /* to= */ first, 1, false, Optional.empty()).version();
  }

  /// Applies all of `batch` or nothing, when the partition is at `expectedVersion`: then the
  /// version is one higher and `id` is the head's last commit. Durable when it returns
  /// [Result.Applied]. Blocks the calling virtual thread without pinning its carrier; commits of
  /// all partitions that wait at the same time share one `fsync`. Throws `IllegalArgumentException`
  /// for a batch over the limits. An empty batch is a commit too. What a batch carries
  /// ([Batch#carry]) is as durable as its rows; only an engine that was given a [Cargo.Home] takes
  /// batches that carry something.
  ///
  /// A commit that is repeated (because its answer was lost) meets its own work: it is a
  /// [Result.Conflict] whose head [Head#isMadeBy] that id. Nothing is ever applied twice.
  Result commit(Partition partition, long expectedVersion, CommitId id, Batch batch);

  /// Why nothing can be written now, in words for the operator; empty while it can.
  default Optional<String> writesStopped() {
    return Optional.empty();
  }

  Optional<byte[]> get(Partition partition, byte[] key);

  /// Several keys of one partition at once, in the order asked; absent rows are empty.
  List<Optional<byte[]>> getAll(Partition partition, List<byte[]> keys);

  /// Rows from `from` (inclusive; empty: from the first) to `to` (exclusive; empty: to the end of
  /// the partition), in the order of their bytes as unsigned numbers, at most `limitRows` and
  /// roughly 1 MiB. A page is one state of the partition, and has a row at least where there is
  /// one. With `reverse`, from the end of the range downwards. `resume`: of the page before, or
  /// empty; the next page goes on after the last row of that one, in the state that is then.
  Page scan(
      Partition partition,
      byte[] from,
      byte[] to,
      int limitRows,
      boolean reverse,
      Optional<Page.Resume> resume);

  /// Forgets the partition and its version, durably. An erased one begins at version 0 again.
  void erase(Partition partition);

  /// Names of the partitions of a kind that were committed to and not erased, in order, after
  /// `after` (empty: from the first).
  List<Partition> partitions(Partition.Kind kind, Optional<Partition> after, int limit);

  /// Waits for commits under way. Every call after it throws `IllegalStateException`.
  @Override
  void close();
}
