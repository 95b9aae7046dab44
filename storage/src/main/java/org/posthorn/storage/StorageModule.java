package org.posthorn.storage;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

/// Binds [Engine] and [ContentStore], which live in `directory` unless the configuration says that
/// nothing is kept. Whoever starts the server closes them: the engine last.
public final class StorageModule extends AbstractModule {
  private final StorageConfig config;
  private final Path directory;

  public StorageModule(StorageConfig config, Path directory) {
    this.config = config;
    this.directory = directory;
  }

  @Provides
  @Singleton
  Engine engine() {
    return switch (config.engine()) {
      case ROCKSDB ->
          RocksEngine.open(
              directory.resolve("rows"),
              new RocksSettings(
                  config.blockCacheBytes(),
                  config.writeBufferBytes(),
                  config
                      .nativeLibraryDirectory()
                      .map(Path::of)
                      .orElse(directory.resolve("native"))));
      case MEMORY -> new InMemoryEngine();
    };
  }

  @Provides
  @Singleton
  static ContentStore contentStore() {
    return new InMemoryContentStore();
  }
}
