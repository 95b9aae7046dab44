package org.posthorn.storage.backup;

import java.nio.file.Path;
import java.time.InstantSource;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

final class RocksBackupTest extends BackupContract {
  private int stores;

  @Override
  Store store() {
    Path home = temp.resolve("store" + stores++);
    return new Store(
        RocksEngine.open(
            home.resolve("rows"), new RocksSettings(8 << 20, 4 << 20, Path.of("target", "native"))),
        SegmentContentStore.openIn(
            home.resolve("content"),
            new SegmentContentStore.Settings(1 << 20, 64 << 10, 4 << 20, 1 << 20),
            InstantSource.system()));
  }
}
