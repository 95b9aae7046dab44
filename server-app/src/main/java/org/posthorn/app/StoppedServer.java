package org.posthorn.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.posthorn.app.admin.BackupWork;
import org.posthorn.app.admin.Verification;
import org.posthorn.message.MailId;
import org.posthorn.spool.Spool;
import org.posthorn.storage.ScratchEngines;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.backup.Backups;
import org.posthorn.storage.content.ContentFolder;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueueWalk;
import org.posthorn.storage.salvage.Salvage;

/// What can be done with the data directory of a server that does not run.
public final class StoppedServer {
  /// For a store that nothing is written to.
  private static final SegmentContentStore.Settings READING =
      new SegmentContentStore.Settings(256 << 20, 256 << 10, 1 << 20, 1 << 20);

  private StoppedServer() {}

  /// How far [#verify] goes: through every byte; and whether it repairs.
  public record Thoroughness(boolean deep, boolean repair) {}

  /// Walks through all accounts, or one user's, and the queue. Throws [DataDirectory.InUse] when a
  /// server runs after all.
  public static void verify(
      Path data,
      ConfigSource source,
      Optional<String> login,
      boolean deep,
      Verification.Lines lines)
      throws IOException {
    verify(data, source, login, new Thoroughness(deep, false), lines);
  }

  public static void verify(
      Path data,
      ConfigSource source,
      Optional<String> login,
      Thoroughness how,
      Verification.Lines lines)
      throws IOException {
    checkThere(data);
    use(
        data,
        source,
        rooms -> {
          if (login.isEmpty()) {
            queueFaults(rooms)
                .forEach(fault -> lines.line(Map.of("account", "queue", "problem", fault)));
          }
          new Verification(
                  rooms.room(Directory.class),
                  rooms.room(Accounts.class),
                  rooms.room(ContentStore.class),
                  how.deep(),
                  how.repair())
              .run(login, lines);
        });
  }

  /// Makes a backup of it: `work` does. Throws [DataDirectory.InUse] when a server runs after all.
  public static void save(Path data, ConfigSource source, Consumer<BackupWork> work)
      throws IOException {
    checkThere(data);
    restore(data, source, work);
  }

  /// Brings a backup back into it; into an empty one too, which is made when there is none.
  public static void restore(Path data, ConfigSource source, Consumer<BackupWork> work)
      throws IOException {
    use(
        data,
        source,
        rooms -> work.accept(new BackupWork(rooms.room(Backups.class), Version.text())));
  }

  /// Wraps all keys with the master key in `newFile` instead of the configured one; may be repeated
  /// after it was interrupted. Tells `progress` how many accounts it has looked at. Returns how
  /// many keys of accounts were wrapped anew.
  public static long rotateKey(Path data, ConfigSource source, Path newFile, LongConsumer progress)
      throws IOException {
    checkThere(data);
    var wrapped = new AtomicLong();
    try {
      use(
          data,
          source,
          rooms -> {
            Keyring keyring = rooms.room(Keyring.class);
            keyring.beginRotation(newFile);
            wrapped.set(rooms.room(Accounts.class).rewrapKeys(progress));
            keyring.endRotation();
          });
    } catch (StorageUnavailable e) {
      throw new IOException(e.getMessage(), e);
    }
    return wrapped.get();
  }

  /// Rebuilds in `into`, which is made, the accounts of `data` from its contents alone.
  public static Salvage.Salvaged salvage(
      Path data, Path into, ConfigSource source, Salvage.Telling telling) throws IOException {
    checkThere(data);
    if (Files.exists(into.resolve("store"))) {
      throw new IOException("There is a server's data in " + into + " already: name a new folder");
    }
    return salvage(
        data,
        into,
        source,
        (contents, rooms) ->
            new Salvage(
                contents,
                rooms.room(ContentStore.class),
                rooms.room(Accounts.class),
                rooms.room(Directory.class),
                telling));
  }

  /// Brings the messages of `data` to `destination`, from its contents alone.
  public static Salvage.Salvaged salvage(
      Path data, Salvage.Destination destination, ConfigSource source, Salvage.Telling telling)
      throws IOException {
    checkThere(data);
    Path scratch = Files.createTempDirectory("posthorn-salvage");
    try {
      return salvage(
          data, scratch, source, (contents, _) -> new Salvage(contents, destination, telling));
    } finally {
      try (Stream<Path> files = Files.walk(scratch)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static Salvage.Salvaged salvage(Path data, Path into, ConfigSource source, Work work)
      throws IOException {
    var salvaged = new AtomicReference<Salvage.Salvaged>();
    Path messages = data.resolve("store").resolve("content");
    if (!new ContentFolder(messages).hasAny()) {
      throw new IOException(
          "There are no messages in %s: is a disk not mounted?".formatted(messages));
    }
    try (DataDirectory _ = DataDirectory.open(data);
        var contents = SegmentContentStore.openIn(messages, READING, InstantSource.system())) {
      use(
          into,
          source,
          rooms ->
              salvaged.set(
                  work.of(contents, rooms).run(rooms.room(ScratchEngines.class).supplier())));
    }
    return salvaged.get();
  }

  private interface Work {
    Salvage of(SegmentContentStore contents, Composition rooms);
  }

  private static void checkThere(Path data) throws IOException {
    Path store = data.resolve("store");
    if (!Files.isDirectory(store)) {
      if (!Files.notExists(store)) {
        DataDirectory.checkOurs(data); // It may only not be seen.
      }
      throw new IOException(
          "There is no server's data in %s: name its data directory with --data".formatted(data));
    }
  }

  private static void use(Path data, ConfigSource source, Consumer<Composition> work)
      throws IOException {
    var lifecycle = new Lifecycle();
    try {
      DataDirectory directory = DataDirectory.open(data);
      lifecycle.started("data directory", directory::close);
      Composition rooms = Composition.of(source.read().config(), directory.path());
      lifecycle.started("engine", rooms.room(Engine.class)::close);
      lifecycle.started("contents", rooms.room(ContentStore.class)::close);
      lifecycle.started("passwords", rooms.room(Passwords.class)::close);
      lifecycle.started("accounts", rooms.room(Accounts.class)::close);
      work.accept(rooms);
    } finally {
      boolean _ = lifecycle.end();
    }
  }

  /// Puts mail into its queue by other ways than a server's: for measurements.
  public static void fillQueue(Path data, ConfigSource source, Filling filling) throws IOException {
    checkThere(data);
    use(
        data,
        source,
        rooms ->
            filling.fill(
                rooms.room(QueueStore.class),
                rooms.room(ContentStore.class),
                rooms.room(Spool.class)::newId));
  }

  /// Fills a queue, with mails that have ids from there.
  public interface Filling {
    void fill(QueueStore queue, ContentStore contents, Supplier<MailId> ids);
  }

  /// Nothing changes the queue now, so its index and counts can be compared too.
  private static List<String> queueFaults(Composition rooms) {
    return QueueWalk.faults(rooms.room(QueueStore.class), rooms.room(ContentStore.class));
  }
}
