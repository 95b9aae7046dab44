package org.posthorn.storage.story;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.InstantSource;
import org.posthorn.storage.StorageConfig;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.keys.Keyring;

/// Binds [StoryLog], which lives in `folder` unless nothing is kept. Whoever starts the server
/// starts it, and closes it when no mail is worked on any more.
public final class StoryModule extends AbstractModule {
  private final StoryConfig config;
  private final StorageConfig.Kind engine;
  private final Path folder;

  public StoryModule(StoryConfig config, StorageConfig.Kind engine, Path folder) {
    this.config = config;
    this.engine = engine;
    this.folder = folder;
  }

  /// The content store comes first: it knows where the native library for compression is.
  @Provides
  @Singleton
  @SuppressWarnings("UnusedVariable")
  StoryLog storyLog(Keyring keyring, ContentStore contents, InstantSource clock) {
    if (!config.enabled()) {
      return StoryLog.off();
    }
    return switch (engine) {
      case ROCKSDB -> StoryLog.in(folder, config, keyring.system(), clock);
      case MEMORY -> StoryLog.inMemory(config, clock);
    };
  }
}
