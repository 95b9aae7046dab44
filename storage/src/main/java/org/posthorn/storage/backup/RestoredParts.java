package org.posthorn.storage.backup;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.keys.DomainKeys;

/// Brings [SystemPart]s back. Others may write to them meanwhile. Used by one thread.
final class RestoredParts {
  private final Engine engine;
  private final DomainKeys keys;
  private final BackupFolder folder;
  private final Telling telling;

  RestoredParts(Engine engine, DomainKeys keys, BackupFolder folder, Telling telling) {
    this.engine = engine;
    this.keys = keys;
    this.folder = folder;
    this.telling = telling;
  }

  /// False, and the reason was told, when it could not be brought back. A newer program may have
  /// saved what this one does not know.
  boolean restore(SavedPartition saved, boolean replace) {
    Optional<SystemPart> part = SystemPart.of(saved.partition());
    if (part.isEmpty()) {
      telling.problem(saved.partition().name(), "is of a newer program, and was left out");
      return false;
    }
    var store = new RestoredStore(engine, saved.partition());
    try {
      switch (part.get()) {
        case PLUGIN_STORE -> plugin(saved, store, replace);
        case DOMAIN_KEYS -> each(saved, (name, row) -> key(name, row, replace));
        case RETURN_PATHS -> each(saved, store::putMissing);
      }
      store.finish();
      return true;
    } catch (BackupException | StorageUnavailable e) {
      telling.problem(saved.partition().name(), "was not restored: " + e.getMessage());
      return false;
    }
  }

  private interface RowTaker {
    void take(byte[] key, byte[] value);
  }

  private void each(SavedPartition saved, RowTaker taker) {
    try (var chain = new RowChain(folder, saved.sections())) {
      for (SavedRow row = chain.current(); row != null; row = chain.current()) {
        taker.take(row.key(), row.value().orElseThrow());
        chain.advance();
      }
    }
  }

  private void plugin(SavedPartition saved, RestoredStore store, boolean replace) {
    if (!replace && !store.isEmpty()) {
      telling.problem(saved.partition().name(), "is there already, and was left as it is");
      return;
    }
    each(saved, (_, _) -> {}); // What is damaged says so before anything goes.
    store.clear();
    each(saved, store::put);
  }

  private void key(byte[] name, byte[] row, boolean replace) {
    String selector = new String(name, UTF_8).replace('\0', ' ');
    try {
      if (keys.restore(name, row, replace) == DomainKeys.Restored.LEFT) {
        telling.problem(selector, "there is another key already, and it was left as it is");
      }
    } catch (StorageUnavailable | IllegalArgumentException e) {
      telling.problem(selector, "this key was not restored: " + e.getMessage());
    }
  }
}
