package org.posthorn.storage.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.SmallDisk;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.content.ContentDamaged;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.ForwardingContents;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.ForwardingEngine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.keys.ReturnPathRows;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.remember.PluginStores;

/// What comes between: changes, the end of the process, damaged bytes.
final class BackupTroubleTest {
  private static final String ANN = "ann@example.org";
  private static final String BOB = "bob@example.org";

  @TempDir private Path temp;

  private Path folder() {
    return temp.resolve("backup");
  }

  private static Store store() {
    Store store = new Store(new InMemoryEngine(), new InMemoryContentStore()).withDomain();
    var _ = store.user(ANN);
    var _ = store.user(BOB);
    for (int i = 0; i < 40; i++) {
      store.append(ANN, "INBOX", "Letter " + i);
    }
    store.append(BOB, "INBOX", "Hello");
    return store;
  }

  @Test
  void anAccountThatChangesMeanwhileIsSavedAtOneVersion() {
    try (Store store = store()) {
      var looks = new AtomicInteger();
      Consumer<Partition> busy =
          partition -> {
            boolean anns = partition.name().equals(store.find(ANN).account().value());
            if (anns && looks.incrementAndGet() < 12) {
              store.append(ANN, "INBOX", "Meanwhile " + looks);
              store.expunge(ANN, "INBOX", looks.get());
            }
          };
      for (int i = 0; i < 3; i++) {
        looks.set(0);
        store.append(ANN, "INBOX", "Before " + i);
        var _ = watched(store, busy).create(folder(), "test", 0, store.telling);
        assertThat(looks.get()).isGreaterThan(4);
        assertThat(store.check(folder()).problems()).isZero();
      }
      assertThat(store.problems).isEmpty();
    }
  }

  /// A large message that has no room in the folder is not one that cannot be read: with that the
  /// run would be whole, and the runs before it might go.
  @Test
  void aFullDiskEndsTheRunAmidALargeMessageToo() throws IOException {
    try (Store store = store();
        SmallDisk disk = SmallDisk.mount(temp.resolve("disk"), 3)) {
      byte[] bytes = new byte[4_500_000];
      new Random(1).nextBytes(bytes);
      String text = Base64.getMimeEncoder().encodeToString(bytes);
      NewEmail letter = store.letter("Subject: large\r\n\r\n" + text, Flags.NONE);
      store
          .account(ANN)
          .change(Store.ACTOR, draft -> draft.append(store.mailbox(ANN, "INBOX").id(), letter));

      Path folder = disk.path().resolve("backup");
      assertThatThrownBy(() -> store.backups().create(folder, "test", 0, store.telling))
          .isInstanceOf(BackupException.Failed.class)
          .hasMessageContaining("Cannot write");
      assertThat(store.problems).isEmpty();
      assertThat(Backups.list(folder)).isEmpty();
    }
  }

  /// A copy that nobody can change, a snapshot for one, is the best there is.
  @Test
  void aReadOnlyDiskIsProvedListedAndRestoredFrom() throws IOException {
    try (Store store = store();
        SmallDisk disk = SmallDisk.mount(temp.resolve("disk"), 20)) {
      Path folder = disk.path().resolve("backup");
      Run run = store.backups().create(folder, "test", 0, store.telling);
      disk.makeReadOnly();

      assertThat(store.check(folder).problems()).isZero();
      assertThat(Backups.list(folder)).extracting(Run::id).containsExactly(run.id());
      assertThat(Backups.accounts(folder, Optional.empty())).hasSize(2);
      MailAddress old = MailAddress.parse("ann-old@example.org").orElseThrow();
      assertThat(
              store
                  .backups()
                  .restore(folder, Optional.empty(), ANN, Optional.of(old), false, store.telling)
                  .messages())
          .isEqualTo(40);
      assertThatThrownBy(() -> store.backups().create(folder, "test", 0, store.telling))
          .isInstanceOf(BackupException.Failed.class)
          .hasMessageContaining("Read-only file system");
    }
  }

  /// What it has kept since then is better than nothing.
  @Test
  void aPluginsStoreIsNotReplacedByOneThatIsDamaged() throws IOException {
    try (Store store = store()) {
      for (int i = 0; i < 20; i++) {
        String prefix = "key" + i + "-";
        store
            .plugin("tickets")
            .<Boolean>change(draft -> {
              IntStream.range(0, 400).forEach(k -> draft.put(prefix + k, "v".repeat(100)));
              return true;
            });
      }
      Run run = store.backups().create(folder(), "test", 0, store.telling);
      put(store, "since");
      Path rows = folder().resolve("rows").resolve(run.id() + ".rows");
      byte[] bytes = Files.readAllBytes(rows);
      bytes[bytes.length - 5] ^= 1;
      Files.write(rows, bytes);

      var _ = store.backups().restoreAll(folder(), Optional.empty(), true, store.telling);
      assertThat(store.problems).anyMatch(problem -> problem.contains("was not restored"));
      assertThat(store.plugin("tickets").find("since")).isPresent();
    }
  }

  /// Nearly all accounts of a server are nobody's business when one is restored.
  @Test
  void oneAccountIsRestoredWithoutOpeningThoseInWhichItsUserReadNothing() {
    var engine = new InMemoryEngine();
    var contents = new InMemoryContentStore();
    Store before = new Store(engine, contents).withDomain();
    var _ = before.user(ANN);
    var _ = before.user(BOB);
    before.append(ANN, "INBOX", "Hello");
    var _ = before.backups().create(folder(), "test", 0, before.telling);
    var bobs = new Partition(Partition.Kind.ACCOUNT, before.find(BOB).account().value());
    long version = engine.head(bobs).version();
    var damage = new Batch();
    var undo = new Batch();
    engine
        .scan(bobs, new byte[0], new byte[0], 1_000, false, Optional.empty())
        .rows()
        .forEach(row -> {
          damage.put(row.key(), new byte[] {99});
          undo.put(row.key(), row.value());
        });
    var _ = engine.commit(bobs, version, CommitId.random(), damage);

    try (Store store = new Store(engine, contents)) {
      var restored =
          store
              .backups()
              .restore(folder(), Optional.empty(), ANN, Optional.empty(), true, store.telling);
      assertThat(restored.restored()).isEqualTo(1);
      assertThat(store.problems).isEmpty();
      var _ = engine.commit(bobs, version + 1, CommitId.random(), undo);
    }
  }

  /// A domain, what a plugin keeps, and secrets of return paths that change whenever they are
  /// looked at.
  @Test
  void whatChangesAllTheTimeIsInTheRunAllTheSame() {
    try (Store store = store();
        Store to = new Store(new InMemoryEngine(), new InMemoryContentStore())) {
      for (int i = 0; i < 20; i++) {
        MailAddress alias = MailAddress.of("alias" + i + "@example.org");
        store.directory().createAlias(alias, List.of(MailAddress.of(ANN)));
        put(store, "key" + i);
        commit(store, ReturnPathRows.PARTITION, "k" + i);
      }
      var looks = new AtomicInteger();
      Consumer<Partition> busy =
          partition -> {
            String now = "Now " + looks.incrementAndGet();
            if (partition.kind() == Partition.Kind.DOMAIN) {
              store.directory().setFullName(MailAddress.of(ANN), now);
            } else if (PluginStores.isOne(partition)) {
              put(store, now);
            } else if (partition.equals(ReturnPathRows.PARTITION)) {
              commit(store, partition, now);
            }
          };
      for (int i = 0; i < 2; i++) {
        Run run = watched(store, busy).create(folder(), "test", 0, store.telling);
        assertThat(run.domains()).isEqualTo(1);
        assertThat(run.unread()).isZero();
        assertThat(store.problems).isEmpty();
        assertThat(store.check(folder()).problems()).isZero();
      }
      var _ = to.backups().restoreAll(folder(), Optional.empty(), false, to.telling);
      assertThat(to.problems).isEmpty();
      assertThat(to.directory().aliases(Store.DOMAIN)).hasSize(20);
      assertThat(to.plugin("tickets").find("key7")).isPresent();
      assertThat(to.engine().get(ReturnPathRows.PARTITION, utf8("k7"))).isPresent();
    }
  }

  private static Backups watched(Store store, Consumer<Partition> look) {
    return store.backups(engine -> new Watched(engine, look), contents -> contents);
  }

  private static void put(Store store, String key) {
    store
        .plugin("tickets")
        .<Boolean>change(draft -> {
          draft.put(key, "value");
          return true;
        });
  }

  private static void commit(Store store, Partition partition, String key) {
    long version = store.engine().head(partition).version();
    var batch = new Batch().put(utf8(key), utf8("value"));
    assertThat(store.engine().commit(partition, version, CommitId.random(), batch))
        .isInstanceOf(Result.Applied.class);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void anAccountThatCannotBeReadMakesTheRunABadOne() {
    try (Store store = store()) {
      Consumer<Partition> broken =
          partition -> {
            if (partition.name().equals(store.find(ANN).account().value())) {
              throw new StorageUnavailable("a corrupt block");
            }
          };
      Run never = watched(store, broken).create(folder(), "test", 0, store.telling);
      assertThat(never.accounts()).isEqualTo(1);
      assertThat(never.unread()).isEqualTo(1);
      assertThat(store.problems).singleElement().asString().contains("a corrupt block", "not in");
      store.problems.clear();
      assertThat(store.check(folder()).problems()).isEqualTo(1);
      assertThat(store.problems).singleElement().asString().contains(ANN, "not in the run");

      assertThat(store.save(folder()).unread()).isZero();
      assertThat(store.check(folder()).problems()).isZero();
      store.append(ANN, "INBOX", "Later");
      for (int i = 0; i < 2; i++) {
        store.problems.clear();
        store.clock().forward(Duration.ofMinutes(1));
        Run frozen = watched(store, broken).create(folder(), "test", 0, store.telling);
        assertThat(frozen.accounts()).isEqualTo(2);
        assertThat(frozen.unread()).isEqualTo(1);
        assertThat(store.problems).singleElement().asString().contains(ANN, "a corrupt block");
        assertThat(store.check(folder()).problems()).isEqualTo(1);
      }
      assertThat(store.save(folder()).unread()).isZero();
      assertThat(store.check(folder()).problems()).isZero();
    }
  }

  @Test
  void aDomainThatCannotBeReadIsNamed() {
    try (Store store = store()) {
      commit(store, new Partition(Partition.Kind.DOMAIN, "example.org"), "u\0damaged");
      var _ = store.save(folder());
      assertThat(store.check(folder()).problems()).isEqualTo(1);
      assertThat(store.problems).singleElement().asString().contains("example.org", "1 row");
    }
  }

  @Test
  void aDamagedDomainKeepsNoOtherFromComingBack() throws IOException {
    try (Store store = store();
        Store to = new Store(new InMemoryEngine(), new InMemoryContentStore())) {
      store.directory().domains().create(Domain.of("another.example"), DomainSettings.STANDARD);
      var _ = store.save(folder());
      for (Path file : files(folder())) {
        if (file.toString().endsWith(".rows")) {
          byte[] bytes = Files.readAllBytes(file);
          bytes[20] ^= 1;
          Files.write(file, bytes);
        }
      }
      Backups.Restored restored =
          to.backups().restoreAll(folder(), Optional.empty(), false, to.telling);
      assertThat(restored.restored()).isEqualTo(2);
      assertThat(restored.failed()).isEqualTo(1);
      assertThat(to.problems).singleElement().asString().contains("another.example");
      assertThat(to.picture(ANN)).isEqualTo(store.picture(ANN));
    }
  }

  @Test
  void everyContentThatIsOpenedIsClosed() {
    try (Store store = store()) {
      var inbox = store.mailbox(BOB, "INBOX").id();
      for (String name : List.of("first", "second", "second")) {
        var letter =
            store.letter("Subject: " + name + "\r\n\r\n" + "x".repeat(2 << 20), Flags.NONE);
        store.account(BOB).change(Store.ACTOR, draft -> draft.append(inbox, letter));
      }
      var opened = new AtomicInteger();
      var counting =
          new Failing.Trouble() {
            @Override
            public void at(ContentId id) {}

            @Override
            public InputStream seen(InputStream in) {
              opened.incrementAndGet();
              return new FilterInputStream(in) {
                private boolean closed;

                @Override
                public void close() throws IOException {
                  if (!closed) {
                    closed = true;
                    opened.decrementAndGet();
                  }
                  super.close();
                }
              };
            }
          };
      Backups backups =
          store.backups(engine -> engine, contents -> new Failing(contents, counting));
      Run run = backups.create(folder(), "test", 0, store.telling);
      assertThat(run.contents()).isEqualTo(43);
      assertThat(opened).hasValue(0);
    }
  }

  @Test
  void aRunThatWasKilledLeavesNothingToTripOver() {
    try (Store store = store()) {
      for (int reads = 0; reads < 41; reads += 8) {
        var left = new AtomicInteger(reads);
        assertThatThrownBy(() ->
                store
                    .backups(
                        engine -> engine,
                        contents ->
                            new Failing(
                                contents,
                                _ -> {
                                  if (left.getAndDecrement() == 0) {
                                    throw new IllegalStateException("killed");
                                  }
                                }))
                    .create(folder(), "test", 0, store.telling))
            .hasMessage("killed");
        assertThat(Backups.list(folder())).isEmpty();
      }
      Run run = store.save(folder());
      assertThat(run.contents()).isEqualTo(41);
      assertThat(store.check(folder()).problems()).isZero();
      assertThat(files(folder())).hasSize(4);
    }
  }

  @Test
  void aContentThatCannotBeReadIsNamedAndStopsNothing() {
    try (Store store = store()) {
      var broken = new AtomicInteger(1);
      Run run =
          store
              .backups(
                  engine -> engine,
                  contents ->
                      new Failing(
                          contents,
                          id -> {
                            if (broken.getAndDecrement() == 1) {
                              throw new ContentDamaged(id, "a test");
                            }
                          }))
              .create(folder(), "test", 0, store.telling);
      assertThat(run.unread()).isEqualTo(1);
      assertThat(store.problems).singleElement().asString().contains("damaged");
      assertThat(store.check(folder()).problems()).isEqualTo(1);

      try (Store to = new Store(new InMemoryEngine(), new InMemoryContentStore())) {
        Backups.Restored restored =
            to.backups().restoreAll(folder(), Optional.empty(), false, to.telling);
        assertThat(restored.restored()).isEqualTo(2);
        assertThat(restored.lost()).isEqualTo(1);
        to.directory().users().delete(MailAddress.of(ANN));
        to.directory().users().delete(MailAddress.of(BOB));
      }
      // It can be read again: the next run has it.
      assertThat(store.save(folder()).unread()).isZero();
      assertThat(store.check(folder()).problems()).isZero();
    }
  }

  @Test
  void aFlippedByteInAnyFileIsNoticed() throws IOException {
    try (Store store = store()) {
      var _ = store.save(folder());
      store.append(BOB, "INBOX", "Again");
      var _ = store.save(folder());
      for (Path file : files(folder())) {
        byte[] whole = Files.readAllBytes(file);
        for (int at = 0; at < whole.length; at += Math.max(1, whole.length / 23)) {
          byte[] flipped = whole.clone();
          flipped[at] ^= 0x10;
          Files.write(file, flipped);
          assertThat(isNoticed(store)).as("%s byte %d", file, at).isTrue();
        }
        Files.write(file, whole);
      }
      assertThat(store.check(folder()).problems()).isZero();
    }
  }

  /// Both runs together need every byte of every file.
  private boolean isNoticed(Store store) {
    try {
      List<Run> runs = Backups.list(folder());
      return runs.size() < 2
          || runs.stream().anyMatch(run -> !run.problem().isEmpty())
          || runs.stream()
              .anyMatch(run ->
                  store.backups().verify(folder(), Optional.of(run.id()), store.telling).problems()
                      > 0);
    } catch (BackupException _) {
      return true;
    }
  }

  @Test
  void aDamagedRunBeforeDoesNotStopTheNext() throws IOException {
    try (Store store = store()) {
      var _ = store.save(folder());
      for (Path file : files(folder())) {
        if (file.toString().endsWith(".rows")) {
          byte[] bytes = Files.readAllBytes(file);
          bytes[bytes.length / 2] ^= 1;
          Files.write(file, bytes);
        }
      }
      store.append(ANN, "INBOX", "Again");
      store.append(BOB, "INBOX", "Again");
      store.directory().setFullName(MailAddress.of(ANN), "Ann");
      var _ = store.save(folder());
      assertThat(store.problems).isNotEmpty().allMatch(problem -> problem.contains("saved anew"));
      assertThat(store.check(folder()).problems()).isZero();
    }
  }

  /// What nobody looked at would be built on for ever: equal bytes are saved once.
  @Test
  void whatAVerificationFoundDamagedIsSavedAnewByTheNextRun() throws IOException {
    try (Store store = store()) {
      var _ = store.save(folder());
      for (String kind : List.of(".pack", ".rows")) {
        for (Path file : files(folder())) {
          if (file.toString().endsWith(kind) && Files.size(file) > 0) {
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length - 3] ^= 1;
            Files.write(file, bytes);
          }
        }
        assertThat(store.check(folder()).problems()).isPositive();
        var _ = store.save(folder());
        assertThat(store.check(folder()).problems()).as(kind).isZero();
        assertThat(store.save(folder()).changed()).as("%s: it is healed", kind).isZero();
      }
      Backups.prune(folder(), 1);
      assertThat(files(folder())).noneMatch(file -> file.toString().endsWith(".pack.damaged"));
      assertThat(store.check(folder()).problems()).isZero();
    }
  }

  @Test
  void damageThatCannotBeNotedDoesNotEndTheVerification() throws IOException {
    try (Store store = store()) {
      var _ = store.save(folder());
      for (Path file : files(folder())) {
        // The first account's content and the last one's rows.
        boolean pack = file.toString().endsWith(".pack");
        if (pack || file.toString().endsWith(".rows")) {
          flip(file, pack ? PackRecord.HEAD_BYTES + 5 : Files.size(file) - 3);
          // In the place of a full disk: the note can be neither found nor made.
          Files.createSymbolicLink(
              file.resolveSibling(file.getFileName() + ".damaged"),
              temp.resolve("nowhere").resolve("note"));
        }
      }
      Backups.Checked checked = store.check(folder());
      assertThat(checked.accounts()).isEqualTo(2);
      assertThat(checked.problems()).isEqualTo(store.problems.size());
      assertThat(store.problems)
          .anyMatch(
              problem -> problem.contains(".rows: A block is damaged; that cannot be noted: "))
          .anyMatch(problem -> problem.matches("(?s).*\\.pack.*; that cannot be noted: .*"))
          .anyMatch(problem -> problem.endsWith("The next run builds on what is damaged"));
    }
  }

  /// The files of runs before have rows of all other accounts too.
  @Test
  void onlyRowsThatCannotBeReadAreNotedAsDamaged() throws IOException {
    try (Store store = store()) {
      Run first = store.save(folder());
      store.append(BOB, "INBOX", "Again");
      Run second = store.save(folder());
      Path rows = folder().resolve("rows").resolve(second.id() + ".rows");
      flip(rows, Files.size(rows) / 2);
      assertThat(store.check(folder()).problems()).isEqualTo(1);
      assertThat(files(folder()))
          .filteredOn(file -> file.toString().endsWith(".damaged"))
          .containsExactly(rows.resolveSibling(second.id() + ".rows.damaged"));
      Run third = store.save(folder());
      assertThat(third.changed()).isEqualTo(1);
      assertThat(third.rowBytes()).isLessThan(first.rowBytes());
      assertThat(store.check(folder()).problems()).isZero();
    }
  }

  /// All of them share the file of the first run.
  @Test
  void aFlippedByteInTheRowsOfAnAccountHasNoOtherSavedAnew() throws IOException {
    try (Store store = store()) {
      Run first = store.save(folder());
      Path rows = folder().resolve("rows").resolve(first.id() + ".rows");
      flip(rows, Files.size(rows) - 3);
      assertThat(store.check(folder()).problems()).isEqualTo(1);
      assertThat(store.check(folder()).problems()).as("also when it is noted").isEqualTo(1);
      assertThat(store.save(folder()).changed()).isEqualTo(1);
      assertThat(store.check(folder()).problems()).isZero();
      assertThat(store.save(folder()).changed()).as("it is healed").isZero();
    }
  }

  @Test
  void aRunWhoseListIsDamagedIsNamedAndTheNextBuildsOnTheOneBefore() throws IOException {
    try (Store store = store()) {
      Run first = store.save(folder());
      store.append(BOB, "INBOX", "Again");
      Run second = store.save(folder());
      Path list = folder().resolve("runs").resolve(second.id() + ".run");
      flip(list, Files.size(list) / 2);
      Run third = store.save(folder());
      assertThat(store.problems)
          .singleElement()
          .asString()
          .startsWith(second.id() + ": ")
          .contains("does not build on it", "damaged");
      assertThat(third.changed()).as("as the first run has the others").isEqualTo(1);
      assertThat(third.first()).isFalse();
      assertThat(store.check(folder()).problems()).isZero();

      for (Run run : List.of(first, third)) {
        Path unreadable = folder().resolve("runs").resolve(run.id() + ".run");
        Files.delete(unreadable);
        Files.createDirectory(
            unreadable); // In the place of a bad sector: it fails when it is read.
      }
      store.problems.clear();
      Run anew = store.save(folder());
      assertThat(store.problems).hasSize(3).allMatch(problem -> problem.contains("not build on"));
      assertThat(anew.changed()).isGreaterThan(2);
      assertThat(anew.contents()).as("the packs are still good").isZero();
      assertThat(anew.first()).isTrue();
      assertThat(store.check(folder()).problems()).isZero();

      Backups.prune(folder(), 1);
      store.problems.clear();
      assertThat(store.save(folder()).changed()).isZero();
      assertThat(store.problems).isEmpty();
    }
  }

  @Test
  void aRunOfANewerProgramIsNotPassedOver() throws IOException {
    try (Store store = store()) {
      Run run = store.save(folder());
      Path list = folder().resolve("runs").resolve(run.id() + ".run");
      try (var out = Files.newOutputStream(list)) {
        Blocks.write(out, Packing.DEFLATE, new byte[] {99, 1});
      }
      assertThatThrownBy(() -> store.save(folder()))
          .isInstanceOf(BackupException.Damaged.class)
          .hasMessageContaining("newer program");
    }
  }

  private static void flip(Path file, long at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) at] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void aPackThatIsMissingIsWrittenAnew() throws IOException {
    try (Store store = store()) {
      var _ = store.save(folder());
      for (Path file : files(folder())) {
        if (file.toString().endsWith(".pack")) {
          Files.delete(file);
        }
      }
      var _ = store.save(folder());
      assertThat(store.check(folder()).problems()).isZero();
    }
  }

  private static List<Path> files(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Tells of each look before it is made.
  private static final class Watched extends ForwardingEngine {
    private final Consumer<Partition> look;

    Watched(Engine below, Consumer<Partition> look) {
      super(below);
      this.look = look;
    }

    @Override
    public Page scan(
        Partition partition,
        byte[] from,
        byte[] to,
        int limitRows,
        boolean reverse,
        Optional<Page.Resume> resume) {
      // Short pages, so that there is much between them.
      if (resume.isPresent() && !Thread.currentThread().isVirtual() && isFree()) {
        look.accept(partition);
      }
      return super.scan(partition, from, to, 7, reverse, resume);
    }

    /// Not while changes wait for whoever looks.
    private static boolean isFree() {
      return StackWalker.getInstance()
          .walk(frames -> frames.noneMatch(frame -> frame.getMethodName().equals("alone")));
    }
  }

  /// Fails where it is told to.
  private static final class Failing extends ForwardingContents {
    private final Trouble trouble;

    Failing(ContentStore contents, Trouble trouble) {
      super(contents);
      this.trouble = trouble;
    }

    private interface Trouble {
      void at(ContentId id) throws IOException;

      default InputStream seen(InputStream in) {
        return in;
      }
    }

    @Override
    public InputStream open(ContentId id, long offset, long length) {
      try {
        trouble.at(id);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return trouble.seen(below.open(id, offset, length));
    }
  }
}
