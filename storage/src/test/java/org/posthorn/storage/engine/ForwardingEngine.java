package org.posthorn.storage.engine;

import java.util.List;
import java.util.Optional;

/// Does what the engine below does: for tests that want one step of it to be another.
public abstract class ForwardingEngine implements Engine {
  protected final Engine below;

  protected ForwardingEngine(Engine below) {
    this.below = below;
  }

  @Override
  public Limits limits() {
    return below.limits();
  }

  @Override
  public Head head(Partition partition) {
    return below.head(partition);
  }

  @Override
  public Result commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
    return below.commit(partition, expectedVersion, id, batch);
  }

  @Override
  public Optional<byte[]> get(Partition partition, byte[] key) {
    return below.get(partition, key);
  }

  @Override
  public List<Optional<byte[]>> getAll(Partition partition, List<byte[]> keys) {
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
    return below.scan(partition, from, to, limitRows, reverse, resume);
  }

  @Override
  public void erase(Partition partition) {
    below.erase(partition);
  }

  @Override
  public List<Partition> partitions(Partition.Kind kind, Optional<Partition> after, int limit) {
    return below.partitions(kind, after, limit);
  }

  @Override
  public void close() {
    below.close();
  }
}
