package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.inject.Guice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.EncryptionConfig;
import org.posthorn.storage.StorageConfig;
import org.posthorn.storage.StorageModule;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.engine.Engine;

/// The index from before mail was encrypted.
final class LeftOverIndexTest {
  @TempDir private Path directory;

  @Test
  void anIndexInClearIsDeletedOnceMailIsEncrypted() throws IOException {
    Path index = Files.createDirectories(directory.resolve("search"));
    Files.writeString(index.resolve("_0.cfs"), "words of the messages");
    Path attachments = directory.resolve("search-attachments");
    search(StorageConfig.defaults());
    assertThat(index).as("while mail is in clear").isDirectory();
    Files.createDirectories(attachments);
    Files.writeString(attachments.resolve("_0.cfs"), "words of their attachments");
    search(encrypted());
    assertThat(index).doesNotExist();
    assertThat(attachments).doesNotExist();
    search(encrypted());
    assertThat(index).doesNotExist();
  }

  private void search(StorageConfig config) throws IOException {
    var injector =
        Guice.createInjector(
            new StorageModule(config, directory),
            binder -> binder.bind(InstantSource.class).toInstance(InstantSource.system()));
    try (Engine _ = injector.getInstance(Engine.class);
        ContentStore _ = injector.getInstance(ContentStore.class)) {
      injector.getInstance(MailSearch.class).close();
    }
  }

  private StorageConfig encrypted() throws IOException {
    Path key = directory.resolve("master.key");
    Files.writeString(key, Base64.getEncoder().encodeToString(new byte[32]));
    StorageConfig defaults = StorageConfig.defaults();
    return new StorageConfig(
        defaults.engine(),
        defaults.blockCacheBytes(),
        defaults.writeBufferBytes(),
        defaults.nativeLibraryDirectory(),
        defaults.segmentBytes(),
        defaults.largeContentBytes(),
        defaults.compression(),
        new EncryptionConfig(Optional.of(key.toString())),
        defaults.incomingBufferBytes(),
        defaults.structureCacheBytes(),
        defaults.recentContents(),
        defaults.collection(),
        defaults.accounts(),
        defaults.logins(),
        defaults.search(),
        defaults.sharing());
  }
}
