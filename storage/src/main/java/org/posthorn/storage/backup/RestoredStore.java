package org.posthorn.storage.backup;

import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;

/// Writes the rows of a [SystemPart] as they were saved, as few commits as carry them. Used by one
/// thread.
final class RestoredStore {
  private static final int TRIES = 20;

  private final Engine engine;
  private final Partition partition;
  private Batch batch = new Batch();

  RestoredStore(Engine engine, Partition partition) {
    this.engine = engine;
    this.partition = partition;
  }

  boolean isEmpty() {
    byte[] open = {};
    return engine.scan(partition, open, open, 1, false, Optional.empty()).rows().isEmpty();
  }

  void clear() {
    batch.deleteRange(new byte[0], new byte[0]);
  }

  /// Puts a row that is not there.
  void putMissing(byte[] key, byte[] value) {
    if (engine.get(partition, key).isEmpty()) {
      put(key, value);
    }
  }

  void put(byte[] key, byte[] value) {
    if (!engine.limits().haveRoom(batch, 1, key.length + value.length)) {
      finish();
    }
    batch.put(key, value);
  }

  /// All is durable when it returns.
  void finish() {
    if (batch.isEmpty()) {
      return;
    }
    for (int i = 0; i < TRIES; i++) {
      long version = engine.head(partition).version();
      if (engine.commit(partition, version, CommitId.random(), batch) instanceof Result.Applied) {
        batch = new Batch();
        return;
      }
    }
    throw new StorageUnavailable("it is written by too many at once");
  }
}
