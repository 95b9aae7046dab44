package org.posthorn.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.engine.CacheFigures;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.rocksdb.RocksEngine;

/// What the storage tells of itself, whatever it is made of. Safe for use by many threads.
public final class StorageFigures {
  private final Engine engine;
  private final ContentStore contents;
  private final Accounts accounts;

  StorageFigures(Engine engine, ContentStore contents, Accounts accounts) {
    this.engine = engine;
    this.contents = contents;
    this.accounts = accounts;
  }

  /// Why nothing can be written now, in words for the operator; empty while it can.
  public Optional<String> writesStopped() {
    return engine.writesStopped().or(contents::writesStopped);
  }

  public List<CacheFigures> caches() {
    List<CacheFigures> all = new ArrayList<>();
    all.add(accounts.views());
    all.add(accounts.excerpts());
    if (contents instanceof SegmentContentStore segments) {
      all.add(segments.structures());
    }
    if (engine instanceof RocksEngine rocks) {
      all.add(rocks.blocks());
    }
    return all;
  }
}
