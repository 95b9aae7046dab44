package org.posthorn.imap;

import org.posthorn.storage.account.HeapWatch;

/// With as much memory as somebody says.
final class ToyHeap implements HeapWatch.Heap {
  private volatile boolean tight;

  void tight(boolean now) {
    tight = now;
  }

  @Override
  public boolean isTight() {
    return tight;
  }

  @Override
  public long freeBytes() {
    return tight ? 0 : Long.MAX_VALUE;
  }

  @Override
  public void collect() {
    // Whoever says that it is tight says when it is not.
  }
}
