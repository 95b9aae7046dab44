package org.posthorn.imap;

import java.util.List;
import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.ForwardingEngine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;

/// An engine that cannot be read when somebody says so; it takes changes all the same.
final class UnreadableEngine extends ForwardingEngine {
  private volatile boolean readable = true;

  UnreadableEngine(Engine below) {
    super(below);
  }

  void readable(boolean now) {
    readable = now;
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

  private void check() {
    if (!readable) {
      throw new StorageUnavailable("The disk is ill");
    }
  }
}
