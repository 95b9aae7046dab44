package org.posthorn.mailets;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.ForwardingEngine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;

/// An engine that says which partition is asked for, before it is: a test may do something then, or
/// have it fail. Safe for use by many threads.
final class WatchedEngine extends ForwardingEngine {
  /// What happens before rows are read.
  volatile Consumer<Partition> beforeRead = _ -> {};

  /// What happens before a commit.
  volatile Consumer<Partition> beforeCommit = _ -> {};

  WatchedEngine(Engine below) {
    super(below);
  }

  @Override
  public Result commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
    beforeCommit.accept(partition);
    return below.commit(partition, expectedVersion, id, batch);
  }

  @Override
  public Optional<byte[]> get(Partition partition, byte[] key) {
    beforeRead.accept(partition);
    return below.get(partition, key);
  }

  @Override
  public List<Optional<byte[]>> getAll(Partition partition, List<byte[]> keys) {
    beforeRead.accept(partition);
    return below.getAll(partition, keys);
  }

  @Override
  public Page scan(
      Partition partition,
      byte[] from,
      byte[] to,
      int limitRows,
      boolean reverse,
      Optional<Page.Resume> resume) {
    beforeRead.accept(partition);
    return below.scan(partition, from, to, limitRows, reverse, resume);
  }
}
