package org.posthorn.storage;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.multibindings.OptionalBinder;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.backup.Backups;
import org.posthorn.storage.collect.Collector;
import org.posthorn.storage.content.ContentForm;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.content.SegmentCargo;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.directory.AppPasswords;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Logins;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.directory.TokenCheck;
import org.posthorn.storage.directory.Upkeep;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.extract.DocumentTexts;
import org.posthorn.storage.extract.ExtractorProgram;
import org.posthorn.storage.keys.DomainKeys;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.remember.Memories;
import org.posthorn.storage.remember.PluginStores;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;
import org.posthorn.storage.rocksdb.ScratchEngine;
import org.posthorn.storage.search.MailSearch;
import org.posthorn.storage.share.Sharing;

/// Binds [Engine] and [ContentStore], which live in `directory` of the data directory unless the
/// configuration says that nothing is kept, and what stands on them: [Accounts], [QueueStore],
/// [Collector], [MailSearch], [Directory] and [Logins]. Whoever starts the server starts
/// [MailSearch] and [Collector] and closes them: the collector, passwords, search, [DocumentTexts],
/// accounts, contents, and the engine last.
public final class StorageModule extends AbstractModule {
  private final StorageConfig config;
  private final Path directory;
  private final Optional<ExtractorProgram> extractor;

  public StorageModule(StorageConfig config, Path directory) {
    this(config, directory, Optional.empty());
  }

  /// With the program that reads the text of attachments.
  public StorageModule(StorageConfig config, Path directory, Optional<ExtractorProgram> extractor) {
    this.config = config;
    this.directory = directory;
    this.extractor = extractor;
  }

  @Override
  protected void configure() {
    OptionalBinder.newOptionalBinder(binder(), TokenCheck.class);
  }

  @Provides
  @Singleton
  Engine engine(SegmentCargo cargo) {
    return switch (config.engine()) {
      case ROCKSDB -> {
        new StoreParts(directory).check();
        yield RocksEngine.open(directory.resolve("rows"), rocksSettings(), cargo);
      }
      case MEMORY -> new InMemoryEngine();
    };
  }

  @Provides
  @Singleton
  SegmentCargo cargo() {
    return new SegmentCargo(directory.resolve("content"));
  }

  private RocksSettings rocksSettings() {
    return new RocksSettings(
        config.blockCacheBytes(),
        config.writeBufferBytes(),
        config.nativeLibraryDirectory().map(this::named).orElse(directory.resolve("native")));
  }

  /// Whether mail is encrypted, and with which key. In memory it never is.
  @Provides
  @Singleton
  Keyring keyring(Engine engine) {
    return switch (config.engine()) {
      case ROCKSDB -> Keyring.open(engine, config.encryption().masterKeyFile().map(this::named));
      case MEMORY -> Keyring.off();
    };
  }

  /// A name in the configuration: in the data directory, or a full path.
  private Path named(String name) {
    return directory.resolveSibling(name);
  }

  @Provides
  @Singleton
  static DomainKeys domainKeys(Engine engine, Keyring keyring) {
    return new DomainKeys(engine, keyring, InstantSource.system());
  }

  @Provides
  @Singleton
  ContentStore contentStore(Keyring keyring, SegmentCargo cargo) {
    return switch (config.engine()) {
      case ROCKSDB ->
          SegmentContentStore.openIn(
              directory.resolve("content"),
              new SegmentContentStore.Settings(
                  config.segmentBytes(),
                  Math.toIntExact(config.largeContentBytes()),
                  config.incomingBufferBytes(),
                  config.structureCacheBytes(),
                  config.recentContents(),
                  config.collection().grace().dividedBy(2)),
              new ContentForm(config.compression(), keyring.isOn()),
              InstantSource.system(),
              cargo);
      case MEMORY -> new InMemoryContentStore();
    };
  }

  @Provides
  @Singleton
  Accounts accounts(Engine engine, ContentStore contents, Keyring keyring) {
    return new Accounts(engine, contents, InstantSource.system(), config.accounts(), keyring);
  }

  @Provides
  @Singleton
  MailSearch search(Accounts accounts, Keyring keyring) {
    if (!config.search().hasIndex(keyring.isOn())) {
      return keyring.isOn()
          ? MailSearch.withoutIndex(config.search(), directory.resolve("search"))
          : MailSearch.withoutIndex(config.search());
    }
    return switch (config.engine()) {
      case ROCKSDB ->
          MailSearch.in(directory.resolve("search"), accounts, config.search(), extractor);
      case MEMORY -> MailSearch.inMemory(accounts, config.search(), extractor);
    };
  }

  /// For mailets, whether or not attachments are searched.
  @Provides
  @Singleton
  DocumentTexts documentTexts() {
    return new DocumentTexts(extractor, config.search().attachments());
  }

  @Provides
  @Singleton
  static StorageFigures figures(Engine engine, ContentStore contents, Accounts accounts) {
    return new StorageFigures(engine, contents, accounts);
  }

  @Provides
  @Singleton
  static PluginStores pluginStores(Engine engine) {
    return new PluginStores(engine, InstantSource.system());
  }

  @Provides
  @Singleton
  static Memories memories(Engine engine) {
    return new Memories(engine, InstantSource.system());
  }

  @Provides
  @Singleton
  static QueueStore queueStore(Engine engine, Keyring keyring) {
    return new QueueStore(engine, keyring);
  }

  /// Mail goes from the queue to the accounts: see [Collector].
  @Provides
  @Singleton
  Collector collector(ContentStore contents, QueueStore queue, Accounts accounts, Engine engine) {
    return new Collector(
        contents,
        List.of(queue::contents, accounts::contents),
        engine,
        InstantSource.system(),
        config.collection());
  }

  @Provides
  @Singleton
  Passwords passwords() {
    return new Passwords(config.logins());
  }

  @Provides
  @Singleton
  static Directory directory(Engine engine, Accounts accounts, Passwords passwords) {
    return Directory.open(engine, accounts, passwords);
  }

  @Provides
  @Singleton
  Sharing sharing(Directory directory, Accounts accounts) {
    return new Sharing(directory, accounts, config.sharing());
  }

  @Provides
  @Singleton
  static Backups backups(
      Engine engine,
      Accounts accounts,
      ContentStore contents,
      Directory directory,
      PluginStores plugins,
      DomainKeys keys,
      QueueStore queue,
      ScratchEngines scratch) {
    return new Backups(
        engine,
        accounts,
        contents,
        directory,
        plugins,
        keys,
        queue,
        scratch.supplier(),
        InstantSource.system());
  }

  @Provides
  @Singleton
  ScratchEngines scratchEngines() {
    return new ScratchEngines(this::scratchEngine);
  }

  private Engine scratchEngine() {
    return switch (config.engine()) {
      case ROCKSDB -> ScratchEngine.open(rocksSettings());
      case MEMORY -> new InMemoryEngine();
    };
  }

  @Provides
  @Singleton
  Upkeep upkeep(Directory directory, Accounts accounts) {
    return new Upkeep(directory, accounts, config.accounts().upkeepEvery());
  }

  @Provides
  @Singleton
  static AppPasswords appPasswords(Directory directory, Passwords passwords) {
    return new AppPasswords(directory, passwords, InstantSource.system());
  }

  @Provides
  @Singleton
  Logins logins(Directory directory, Passwords passwords, Optional<TokenCheck> tokens) {
    return new Logins(directory, passwords, config.logins(), InstantSource.system(), tokens);
  }
}
