package org.posthorn.storage.backup;

import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.memory.InMemoryEngine;

final class InMemoryBackupTest extends BackupContract {
  @Override
  Store store() {
    return new Store(new InMemoryEngine(), new InMemoryContentStore());
  }
}
