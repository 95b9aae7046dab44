package org.posthorn.storage.backup;

import com.sun.management.OperatingSystemMXBean;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.directory.Allowance;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.LoginsConfig;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.keys.DomainKeys;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.remember.PluginStores;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

/// Measures backups: `BackupSpeed DIRECTORY TEXTS MESSAGES BYTES`. Files so many messages, each of
/// so many bytes of the text files in TEXTS and every fourth in base64, and then saves, proves and
/// restores them, three times over: the first is of a cold process. No test; run by hand when
/// something here changes.
@SuppressWarnings("SystemOut") // The answer of a program that is run by hand.
final class BackupSpeed {
  private static final Actor ACTOR = new Actor("ann@example.org", "speed", "1");
  private static final int ACCOUNTS = 16;
  private static final int TURNS = 3;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final Telling SILENT =
      new Telling() {
        @Override
        public void progress(long accountsDone, long accountsTotal, long messages) {}

        @Override
        public void problem(String account, String what) {
          throw new IllegalStateException(account + ": " + what);
        }
      };

  private final Path directory;
  private final List<byte[]> texts;
  private final Random random = new Random(42);

  private BackupSpeed(Path directory, Path texts) throws IOException {
    this.directory = directory;
    this.texts = new ArrayList<>();
    try (var files = Files.newDirectoryStream(texts, "*.txt")) {
      for (Path file : files) {
        this.texts.add(Files.readAllBytes(file));
      }
    }
  }

  public static void main(String[] args) throws IOException {
    var speed = new BackupSpeed(Path.of(args[0]), Path.of(args[1]));
    speed.run(Integer.parseInt(args[2]), Integer.parseInt(args[3]));
  }

  private void run(int messages, int sizeBytes) throws IOException {
    try (var store = new House(directory.resolve("store"))) {
      fill(store, messages, sizeBytes);
      for (int i = 0; i < TURNS; i++) {
        Path folder = directory.resolve("backup-" + i);
        measured("create", () -> store.backups().create(folder, "speed", 0, SILENT).contents());
        System.out.printf(
            Locale.ROOT,
            "rows %,d bytes, packs %,d bytes%n",
            bytes(folder.resolve("rows")),
            bytes(folder.resolve("packs")));
        measured(
            "verify", () -> store.backups().verify(folder, Optional.empty(), SILENT).contents());
        try (var other = new House(directory.resolve("restored-" + i))) {
          measured(
              "restore",
              () -> other.backups().restoreAll(folder, Optional.empty(), false, SILENT).messages());
        }
      }
    }
  }

  @FunctionalInterface
  private interface Work {
    long run() throws IOException;
  }

  private static void measured(String name, Work work) throws IOException {
    long began = System.nanoTime();
    long cpu = SYSTEM.getProcessCpuTime();
    long count = work.run();
    cpu = SYSTEM.getProcessCpuTime() - cpu;
    long took = System.nanoTime() - began;
    System.out.printf(
        Locale.ROOT,
        "%-8s %,d in %.2f s, %.1f CPU microseconds each%n",
        name,
        count,
        took / 1e9,
        cpu / 1e3 / count);
  }

  private static long bytes(Path folder) throws IOException {
    long sum = 0;
    try (var files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        sum += Files.size(file);
      }
    }
    return sum;
  }

  private void fill(House store, int messages, int sizeBytes) throws IOException {
    store.directory.domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
    for (int i = 0; i < ACCOUNTS; i++) {
      Account account = store.user("user" + i + "@example.org");
      MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
      for (int at = 0; at < messages / ACCOUNTS; at += 100) {
        var letters = new ArrayList<NewEmail>();
        for (int j = 0; j < 100; j++) {
          letters.add(letter(store, sizeBytes));
        }
        account.change(
            ACTOR,
            draft -> {
              letters.forEach(letter -> draft.append(inbox, letter));
              return true;
            });
      }
    }
  }

  private NewEmail letter(House store, int sizeBytes) throws IOException {
    byte[] text = texts.get(random.nextInt(texts.size()));
    int begin = random.nextInt(Math.max(1, text.length - sizeBytes));
    String body =
        new String(text, begin, Math.min(sizeBytes, text.length), StandardCharsets.ISO_8859_1);
    if (random.nextInt(4) == 0) {
      var bytes = new byte[sizeBytes * 3 / 4];
      random.nextBytes(bytes);
      body = Base64.getMimeEncoder().encodeToString(bytes);
    }
    String whole =
        "From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nMessage-ID: <%x@example.org>\r\nSubject: A letter\r\n\r\n%s"
            .formatted(random.nextLong(), body);
    return new NewEmail(
        store.contents.write(new ByteArrayInputStream(whole.getBytes(StandardCharsets.ISO_8859_1))),
        "Return-Path: <bob@example.net>\r\n",
        Flags.NONE,
        Instant.now());
  }

  private static final class House implements AutoCloseable {
    private final Engine engine;
    private final ContentStore contents;
    private final Passwords passwords = new Passwords(LoginsConfig.defaults());
    private final Accounts accounts;
    private final Directory directory;

    House(Path home) {
      engine =
          RocksEngine.open(
              home.resolve("rows"), new RocksSettings(32 << 20, 8 << 20, home.resolve("native")));
      contents =
          SegmentContentStore.openIn(
              home.resolve("content"),
              new SegmentContentStore.Settings(64 << 20, 256 << 10, 32 << 20, 8 << 20),
              InstantSource.system());
      accounts = new Accounts(engine, contents, InstantSource.system(), AccountsConfig.defaults());
      directory = Directory.open(engine, accounts, passwords);
    }

    Account user(String login) {
      User user =
          directory
              .users()
              .create(
                  new NewUser(
                      MailAddress.of(login),
                      new Password.Hashed(
                          "$argon2id$v=19$m=8192,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                      Allowance.NONE,
                      login));
      return accounts.find(user.account()).orElseThrow();
    }

    Backups backups() {
      return new Backups(
          engine,
          accounts,
          contents,
          directory,
          new PluginStores(engine, InstantSource.system()),
          new DomainKeys(engine, Keyring.off(), InstantSource.system()),
          new QueueStore(engine),
          InMemoryEngine::new,
          InstantSource.system());
    }

    @Override
    public void close() {
      passwords.close();
      accounts.close();
      contents.close();
      engine.close();
    }
  }
}
