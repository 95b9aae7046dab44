package org.posthorn.storage.backup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.posthorn.storage.content.ContentForm;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.memory.InMemoryEngine;

/// Backups of stores that encrypt, each with another master key.
final class EncryptedBackupTest extends BackupContract {
  private int stores;

  @Override
  Store store() {
    stores++;
    Engine engine = new InMemoryEngine();
    return new Store(
        engine,
        SegmentContentStore.openIn(
            temp.resolve("store" + stores),
            new SegmentContentStore.Settings(1 << 20, 64 << 10, 1 << 20, 1 << 20),
            new ContentForm(ContentForm.Compression.ZSTD, true),
            InstantSource.system()),
        Keyring.open(engine, Optional.of(key())));
  }

  private Path key() {
    try {
      return Files.writeString(temp.resolve("key" + stores), "A".repeat(41) + stores + "A=\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
