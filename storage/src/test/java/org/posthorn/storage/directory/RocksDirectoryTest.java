package org.posthorn.storage.directory;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

final class RocksDirectoryTest
    implements DirectoryContract, UserAccountsContract, ListBookContract {
  private static final RocksSettings SETTINGS =
      new RocksSettings(8 << 20, 4 << 20, Path.of("target", "native"));

  @TempDir private Path directory;

  @Override
  public DirectoryHouse house() {
    return new DirectoryHouse(open(), this::reopened);
  }

  private Engine reopened(Engine before) {
    before.close();
    return open();
  }

  private Engine open() {
    return RocksEngine.open(directory, SETTINGS);
  }
}
