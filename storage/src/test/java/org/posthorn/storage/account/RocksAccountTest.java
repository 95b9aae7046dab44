package org.posthorn.storage.account;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

final class RocksAccountTest implements AccountContract, AccountModelContract, TimeMachineContract {
  private static final RocksSettings SETTINGS =
      new RocksSettings(8 << 20, 4 << 20, Path.of("target", "native"));

  @TempDir private Path directory;

  @Override
  public AccountHouse house() {
    return new AccountHouse(open(), this::reopened);
  }

  private Engine reopened(Engine before) {
    before.close();
    return open();
  }

  private Engine open() {
    return RocksEngine.open(directory, SETTINGS);
  }

  @Override
  public int steps() {
    return 150;
  }
}
