package org.posthorn.spool;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.ForwardingEngine;
import org.posthorn.storage.engine.Head;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;

/// An engine whose power is cut at the n-th commit, before or after it is durable: from then on
/// every call throws [PowerCut]. What was committed is in the engine below. Safe for use by many
/// threads.
final class CutEngine extends ForwardingEngine {
  /// Nobody in the server expects it, as nobody expects a power cut.
  static final class PowerCut extends Error {
    private static final long serialVersionUID = 1L;

    PowerCut() {
      super("power cut", null, false, false);
    }
  }

  private final int cutAt;
  private final boolean afterCommit;
  private final AtomicInteger commits = new AtomicInteger();
  private volatile boolean dark;

  CutEngine(Engine engine, int cutAt, boolean afterCommit) {
    super(engine);
    this.cutAt = cutAt;
    this.afterCommit = afterCommit;
  }

  /// Now.
  void cut() {
    dark = true;
  }

  boolean isDark() {
    return dark;
  }

  @Override
  public Result commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
    check();
    boolean last = commits.incrementAndGet() >= cutAt;
    if (last && !afterCommit) {
      dark = true;
      throw new PowerCut();
    }
    Result result = super.commit(partition, expectedVersion, id, batch);
    if (last) {
      dark = true;
      throw new PowerCut();
    }
    return result;
  }

  @Override
  public Head head(Partition partition) {
    check();
    return super.head(partition);
  }

  @Override
  public Optional<byte[]> get(Partition partition, byte[] key) {
    check();
    return super.get(partition, key);
  }

  @Override
  public List<Optional<byte[]>> getAll(Partition partition, List<byte[]> keys) {
    check();
    return super.getAll(partition, keys);
  }

  @Override
  public Page scan(
      Partition partition,
      byte[] from,
      byte[] to,
      int limitRows,
      boolean reverse,
      Optional<Page.Resume> resume) {
    check();
    return super.scan(partition, from, to, limitRows, reverse, resume);
  }

  @Override
  public void erase(Partition partition) {
    check();
    super.erase(partition);
  }

  @Override
  public List<Partition> partitions(Partition.Kind kind, Optional<Partition> after, int limit) {
    check();
    return super.partitions(kind, after, limit);
  }

  private void check() {
    if (dark) {
      throw new PowerCut();
    }
  }
}
