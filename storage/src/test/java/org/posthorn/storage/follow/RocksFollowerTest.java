package org.posthorn.storage.follow;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

final class RocksFollowerTest implements FollowerContract {
  @TempDir private Path directory;

  @Override
  public Engine engine() {
    return RocksEngine.open(
        directory, new RocksSettings(8 << 20, 4 << 20, Path.of("target", "native")));
  }
}
