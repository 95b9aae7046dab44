package org.posthorn.storage.collect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.ConsistencyWalk;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.SteppedClock;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.collect.Collector.Wish;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.Reclaimed;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.memory.InMemoryEngine;

@Timeout(60)
final class CollectorTest {
  private static final Actor ACTOR = new Actor("ann@example.org", "test", "1");
  private static final AccountId ANN = new AccountId("ann");
  private static final AccountId BOB = new AccountId("bob");
  private static final CollectionConfig CONFIG =
      new CollectionConfig(Duration.ofDays(1), Duration.ofDays(1), 1, 100);

  private final SteppedClock clock = new SteppedClock();
  private final Engine engine = new InMemoryEngine();
  private final List<ContentId> queued = new ArrayList<>();
  private ContentStore contents;
  private Accounts accounts;

  @TempDir private Path directory;

  @BeforeEach
  void open() {
    contents = store(clock, CONFIG);
    accounts = new Accounts(engine, contents, clock, AccountsConfig.defaults());
    create(ANN);
    create(BOB);
  }

  @AfterEach
  void verifyAndClose() {
    for (AccountId id : List.of(ANN, BOB)) {
      accounts
          .verify(id, ConsistencyWalk.Depth.BYTES)
          .ifPresent(report -> assertThat(report.faults()).isEmpty());
    }
    accounts.close();
    contents.close();
    engine.close();
  }

  @Test
  void whatNoRowNamesIsFreed() throws IOException {
    StoredContent kept = write("kept");
    StoredContent lost = write("lost");
    StoredContent waiting = write("waiting");
    StoredContent expunged = write("expunged");
    queued.add(waiting.id());
    append(ANN, kept);
    append(BOB, kept);
    append(BOB, lost);
    append(ANN, expunged);
    expunge(ANN, UidSet.range(2, 2));
    assertThat(accounts.delete(BOB)).isTrue();
    clock.forward(CONFIG.grace().plusSeconds(1));
    try (Collector collector = collector(CONFIG)) {
      PastRound tried = collect(collector, true);
      assertThat(contents.find(lost.id())).isPresent();
      PastRound round = collect(collector, false);
      assertThat(round.reclaimed()).isEqualTo(tried.reclaimed());
      assertThat(round.reclaimed().freedContents()).isEqualTo(1);
      assertThat(round.named()).isEqualTo(3);
      assertThat(collector.last()).contains(round);
    }
    assertThat(contents.find(lost.id())).isEmpty();
    assertThat(List.of(kept, waiting, expunged))
        .allSatisfy(content -> assertThat(contents.find(content.id())).isPresent());
    try (Collector again = collector(CONFIG)) {
      assertThat(again.last()).as("known to whoever comes later").isPresent();
    }
  }

  @Test
  void nothingIsFreedThatCameInShortlyAgo() throws IOException {
    StoredContent unnamed = write("unnamed");
    clock.forward(CONFIG.grace().minusSeconds(1));
    try (Collector collector = collector(CONFIG)) {
      assertThat(collect(collector, false).reclaimed().freedContents()).isZero();
      clock.forward(Duration.ofSeconds(2));
      assertThat(collect(collector, false).reclaimed().freedContents()).isEqualTo(1);
    }
    assertThat(contents.find(unnamed.id())).isEmpty();
  }

  @Test
  void aRowThatCannotBeReadEndsTheRound() throws IOException {
    StoredContent unnamed = write("unnamed");
    append(ANN, write("damaged"));
    clock.forward(CONFIG.grace().plusSeconds(1));
    var partition = new Partition(Partition.Kind.ACCOUNT, ANN.value());
    Page.Row row =
        engine
            .scan(partition, new byte[] {'e'}, new byte[] {'f'}, 1, false, Optional.empty())
            .rows()
            .getFirst();
    put(partition, row.key(), new byte[] {1, 100});
    try (Collector collector = collector(CONFIG)) {
      assertThatThrownBy(() -> collect(collector, false))
          .isInstanceOf(StorageUnavailable.class)
          .hasMessageContaining("account ann")
          .hasMessageContaining("posthorn verify");
      assertThat(contents.find(unnamed.id())).isPresent();
      put(partition, row.key(), row.value());
      assertThat(collect(collector, false).reclaimed().freedContents()).isEqualTo(1);
    }
  }

  @Test
  void twoRoundsDoNotRunAtOnce() throws Exception {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    ContentSource slow =
        _ -> {
          begun.countDown();
          await(goOn);
        };
    try (Collector collector = collector(CONFIG, slow);
        var threads = Executors.newSingleThreadExecutor()) {
      Future<Optional<PastRound>> first =
          threads.submit(() -> collector.collect(new Wish(false, true), (_, _) -> {}));
      begun.await();
      assertThat(collector.collect(new Wish(false, true), (_, _) -> {})).isEmpty();
      goOn.countDown();
      assertThat(first.get()).isPresent();
    }
  }

  @Test
  void whoClosesEndsARoundThatIsUnderWay() throws Exception {
    ContentId id = write("named").id();
    var begun = new CountDownLatch(1);
    ContentSource endless =
        use -> {
          begun.countDown();
          while (true) {
            use.accept(id);
          }
        };
    var config = new CollectionConfig(Duration.ofSeconds(1), Duration.ofDays(1), 25, 1);
    put(
        new Partition(Partition.Kind.SYSTEM, "collection"),
        "last".getBytes(StandardCharsets.US_ASCII),
        pastRound());
    Collector collector = collector(config, endless);
    try (var threads = Executors.newSingleThreadExecutor()) {
      Future<Optional<PastRound>> round =
          threads.submit(() -> collector.collect(new Wish(false, false), (_, _) -> {}));
      begun.await();
      collector.close();
      assertThatThrownBy(round::get).hasCauseInstanceOf(CancellationException.class);
    }
  }

  @Test
  void roundsComeByThemselves() throws Exception {
    StoredContent unnamed = write("unnamed");
    clock.forward(CONFIG.grace().plusSeconds(1));
    var config = new CollectionConfig(Duration.ofSeconds(1), Duration.ofDays(1), 25, 50);
    try (Collector collector = collector(config)) {
      collector.start();
      while (contents.find(unnamed.id()).isPresent()) {
        clock.forward(Duration.ofSeconds(1));
        Thread.onSpinWait();
      }
    }
  }

  /// Neither the last round nor the start is waited for that a clock which was ahead has told of.
  @Test
  void roundsComeAlthoughTheClockWasAhead() throws Exception {
    StoredContent unnamed = write("unnamed");
    var ahead = Duration.ofDays(36_500);
    clock.forward(ahead);
    put(
        new Partition(Partition.Kind.SYSTEM, "collection"),
        "last".getBytes(StandardCharsets.US_ASCII),
        pastRound());
    var config = new CollectionConfig(Duration.ofSeconds(1), Duration.ofDays(1), 25, 50);
    try (Collector collector = collector(config)) {
      collector.start();
      clock.forward(ahead.negated().plus(CONFIG.grace()));
      long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (contents.find(unnamed.id()).isPresent()) {
        assertThat(System.nanoTime()).isLessThan(deadline);
        clock.forward(Duration.ofSeconds(1));
        Thread.onSpinWait();
      }
    }
  }

  /// Deliveries, expunges, accounts that go and come, the same bytes again, and rounds of
  /// collection with as short a grace as there may be: nothing that a row names is ever missing.
  @Test
  void nothingThatARowNamesIsMissingUnderLoad() throws Exception {
    var config = new CollectionConfig(Duration.ofSeconds(1), Duration.ofSeconds(1), 1, 100);
    contents.close();
    contents = store(InstantSource.system(), config);
    accounts = new Accounts(engine, contents, InstantSource.system(), AccountsConfig.defaults());
    var over = new AtomicBoolean();
    long freed = 0;
    try (Collector collector = collector(config);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int seed = i;
        all.add(
            threads.submit(() -> {
              deliverUntil(over, new Random(seed), seed % 2 == 0 ? ANN : BOB);
              return null;
            }));
      }
      long end = System.nanoTime() + Duration.ofSeconds(6).toNanos();
      while (System.nanoTime() < end) {
        freed += collect(collector, false).reclaimed().freedContents();
      }
      over.set(true);
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertThat(freed).isPositive();
  }

  /// On a full disk an hour is long.
  @Test
  void aShorterGraceFreesWhatCameTodayButNothingThatIsAboutToBeNamed() throws IOException {
    StoredContent dead = write("dead");
    StoredContent large = write("large " + "x".repeat(20_000));
    StoredContent again = write("again");
    clock.forward(Duration.ofHours(1));
    StoredContent fresh = write("fresh");
    assertThat(write("again").id()).as("given once more, just now").isEqualTo(again.id());
    try (Collector collector = collector(CONFIG)) {
      PastRound whole = collect(collector, false);
      assertThat(whole.reclaimed().freedContents()).isZero();
      assertThat(whole.reclaimed().youngContents()).isEqualTo(4);
      assertThat(whole.reclaimed().youngBytes()).isPositive();
      assertThat(collector.youngFreeFrom(whole))
          .contains(clock.instant().truncatedTo(ChronoUnit.MILLIS).plus(CONFIG.grace()));
      assertThat(collector.last()).contains(whole);
      assertThatThrownBy(() -> collector.check(withGrace(Duration.ofMinutes(9))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("10m or more");
      PastRound round =
          collector.collect(withGrace(Duration.ofMinutes(10)), (_, _) -> {}).orElseThrow();
      assertThat(round.reclaimed().freedContents()).isEqualTo(2);
      assertThat(round.reclaimed().youngContents()).as("the fresh one").isOne();
    }
    assertThat(contents.find(dead.id())).isEmpty();
    assertThat(contents.find(large.id())).isEmpty();
    append(ANN, fresh);
    append(ANN, again);
    assertThat(write("dead").id()).as("the same bytes once more").isNotEqualTo(dead.id());
  }

  private static Wish withGrace(Duration grace) {
    return new Wish(false, true, Optional.of(grace));
  }

  /// Such as new ones that were made where the disk with the old ones was not mounted.
  @Test
  void nothingIsFreedByRowsThatKnowNobody() throws IOException {
    StoredContent kept = write("kept");
    clock.forward(CONFIG.grace().plusSeconds(1));
    try (Engine fresh = new InMemoryEngine();
        var unaware =
            new Collector(contents, List.of(_ -> {}), fresh, clock, CONFIG, Duration.ZERO)) {
      assertThatThrownBy(() -> collect(unaware, false))
          .isInstanceOf(StorageUnavailable.class)
          .hasMessageContaining("know of no user");
      assertThat(contents.find(kept.id())).isPresent();
      var _ =
          fresh.commit(
              new Partition(Partition.Kind.QUEUE, "spool"),
              0,
              CommitId.random(),
              new Batch().put(new byte[] {1}, new byte[] {1}));
      assertThat(collect(unaware, false).reclaimed().freedContents()).as("of a relay").isOne();
    }
  }

  private void deliverUntil(AtomicBoolean over, Random random, AccountId id) throws IOException {
    while (!over.get()) {
      StoredContent content = write("letter " + random.nextInt(2_000) + " ".repeat(2_000));
      if (random.nextInt(2) == 0) {
        long uid = append(id, content);
        assertThat(contents.find(content.id())).isPresent();
        if (random.nextInt(20) == 0) {
          expunge(id, UidSet.range(1, uid));
        }
      }
    }
  }

  private SegmentContentStore store(InstantSource time, CollectionConfig config) {
    return SegmentContentStore.openIn(
        directory,
        new SegmentContentStore.Settings(
            64 << 10, 16 << 10, 8 << 20, 1 << 20, 1_000, config.grace().dividedBy(2)),
        time);
  }

  private Collector collector(CollectionConfig config) {
    return collector(config, queued::forEach);
  }

  private Collector collector(CollectionConfig config, ContentSource queue) {
    InstantSource time =
        config.grace().compareTo(Duration.ofHours(1)) < 0 ? InstantSource.system() : clock;
    return new Collector(
        contents, List.of(queue, accounts::contents), engine, time, config, Duration.ZERO);
  }

  private static PastRound collect(Collector collector, boolean tryOut) {
    return collector.collect(new Wish(tryOut, true), (_, _) -> {}).orElseThrow();
  }

  private void create(AccountId id) {
    var _ = accounts.create(id, ACTOR, new Accounts.NewAccount("", 0, Accounts.Folder.STANDARD));
  }

  private StoredContent write(String text) throws IOException {
    return contents.write(
        new ByteArrayInputStream(("Subject: x\r\n\r\n" + text).getBytes(StandardCharsets.UTF_8)));
  }

  private long append(AccountId id, StoredContent content) {
    Account account = accounts.find(id).orElseThrow();
    MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
    return account.change(
        ACTOR, draft -> draft.append(inbox, new NewEmail(content, "", Flags.NONE, Instant.EPOCH)));
  }

  private void expunge(AccountId id, UidSet uids) {
    Account account = accounts.find(id).orElseThrow();
    MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
    var _ = account.change(ACTOR, draft -> draft.expunge(inbox, uids));
  }

  private void put(Partition partition, byte[] key, byte[] value) {
    var _ =
        engine.commit(
            partition,
            engine.head(partition).version(),
            CommitId.random(),
            new Batch().put(key, value));
  }

  private byte[] pastRound() {
    return new PastRound(clock.instant(), Duration.ZERO, 1, Reclaimed.NOTHING).encode();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
