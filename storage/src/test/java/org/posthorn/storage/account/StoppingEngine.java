package org.posthorn.storage.account;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.ForwardingEngine;
import org.posthorn.storage.engine.Head;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;

/// An engine that fails at a chosen commit and from then on, as if the power went.
public final class StoppingEngine extends ForwardingEngine {
  private final AtomicInteger commitsLeft = new AtomicInteger(Integer.MAX_VALUE);
  private final AtomicInteger refused = new AtomicInteger();
  private volatile Meanwhile meanwhile = new Meanwhile() {};
  private volatile int pageRows = Integer.MAX_VALUE;

  /// What a test lets happen between the steps of others.
  public interface Meanwhile {
    /// On the thread that made a commit, behind it.
    default void committed() {}

    /// On the thread that is about to read a page.
    default void reads(byte[] from, Optional<Page.Resume> resume) {}

    /// On the thread that has read a row and not looked at it yet.
    default void hasRead() {}
  }

  public StoppingEngine(Engine below) {
    super(below);
  }

  /// So many more commits are made.
  public void stopAfter(int commits) {
    commitsLeft.set(commits);
  }

  /// The power is back.
  public void goOn() {
    commitsLeft.set(Integer.MAX_VALUE);
  }

  public void meanwhile(Meanwhile next) {
    meanwhile = next;
  }

  /// No page has more rows from now on.
  public void pageRows(int rows) {
    pageRows = rows;
  }

  /// How often it was asked in vain.
  public int refused() {
    return refused.get();
  }

  @Override
  public Head head(Partition partition) {
    checkPower();
    return below.head(partition);
  }

  @Override
  public Result commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
    checkPower();
    commitsLeft.decrementAndGet();
    Result result = below.commit(partition, expectedVersion, id, batch);
    meanwhile.committed();
    return result;
  }

  @Override
  public Optional<byte[]> get(Partition partition, byte[] key) {
    Optional<byte[]> row = below.get(partition, key);
    meanwhile.hasRead();
    return row;
  }

  @Override
  public Page scan(
      Partition partition,
      byte[] from,
      byte[] to,
      int limitRows,
      boolean reverse,
      Optional<Page.Resume> resume) {
    meanwhile.reads(from, resume);
    return below.scan(partition, from, to, Math.min(limitRows, pageRows), reverse, resume);
  }

  private void checkPower() {
    if (commitsLeft.get() <= 0) {
      refused.incrementAndGet();
      throw new StorageUnavailable("The power went");
    }
  }
}
