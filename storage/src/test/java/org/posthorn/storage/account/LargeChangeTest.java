package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountDraft.FlagChange;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.memory.InMemoryEngine;

/// Changes with more rows than one commit takes are made as a whole or not at all.
final class LargeChangeTest {
  private static final int MESSAGES = 2_100;
  private static final MailboxName WORK = new MailboxName("Work");

  private final StoppingEngine engine = new StoppingEngine(new InMemoryEngine());

  @Test
  void aLargeMoveIsWholeWhereverThePowerGoes() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      // Every other message, so that rows go one by one.
      UidSet odd = UidSet.of(LongStream.range(0, MESSAGES).map(i -> i * 2 + 1).toArray());
      house.fill(inbox, MESSAGES * 2);
      AccountPicture before = house.picture();
      boolean happened = false;
      int commits = 0;
      for (; !happened; commits++) {
        engine.stopAfter(commits);
        boolean answered = answers(() -> house.change(draft -> draft.move(inbox, odd, work)));
        engine.goOn();
        house.reopen();
        AccountPicture after = house.picture();
        happened = !after.equals(before);
        assertThat(happened || !answered).as("after %d commits", commits).isTrue();
        if (happened) {
          assertThat(house.uids(inbox)).hasSize(MESSAGES);
          assertThat(house.uids(work)).hasSize(MESSAGES);
          assertThat(after.version()).isEqualTo(before.version() + 1);
        }
      }
      assertThat(commits).isGreaterThan(1);
    }
  }

  /// Whoever collects contents must not overlook those of a change that a crash interrupted.
  @Test
  void theContentsOfAChangeThatIsNotDoneYetAreNeeded() {
    boolean happened = false;
    for (int commits = 1; !happened; commits++) {
      var engineOfRun = new StoppingEngine(new InMemoryEngine());
      try (var house = new AccountHouse(engineOfRun, before -> before)) {
        MailboxId inbox = house.inbox();
        engineOfRun.stopAfter(commits);
        happened = answers(() -> house.fill(inbox, MESSAGES));
        engineOfRun.goOn();
        Set<ContentId> needed = new HashSet<>();
        house.accounts().contents(needed::add);
        house.reopen();
        boolean whole = house.uids(house.inbox()).length > 0;
        assertThat(needed.size() == 1 || !whole).as("after %d commits", commits).isTrue();
      }
    }
  }

  /// From a full disk, for one: what was not decided is no reason not to show the account.
  @Test
  void anAccountCanBeReadWhenNothingCanBeWritten() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      house.fill(inbox, MESSAGES * 20);
      AccountPicture before = house.picture();
      engine.stopAfter(1);
      UidSet all = UidSet.range(1, MESSAGES * 20);
      assertThat(answers(() -> house.change(draft -> draft.move(inbox, all, work)))).isFalse();
      assertThat(hasPieces()).isTrue();
      assertThat(house.picture()).isEqualTo(before);
      assertThat(house.picture()).isEqualTo(before);
      engine.goOn();
      house.store(inbox, UidSet.range(1, MESSAGES), FlagChange.ADD, "\\Flagged");
      assertThat(hasPieces()).isFalse();
      AccountPicture after = house.picture();
      house.reopen();
      assertThat(house.picture()).isEqualTo(after);
    }
  }

  private boolean hasPieces() {
    Partition account = Rows.partition(AccountHouse.ID);
    assertThat(Keys.LARGE_CHANGE.isDecided(engine, account)).isFalse();
    var rows = new AtomicInteger();
    Keys.LARGE_CHANGE.eachPut(engine, account, (_, _) -> rows.incrementAndGet());
    return rows.get() > 0;
  }

  private static boolean answers(Runnable change) {
    try {
      change.run();
      return true;
    } catch (StorageUnavailable _) {
      return false;
    }
  }

  @Test
  void everyCommitAfterTheDecisionLeadsToTheWhole() {
    int made = 0;
    int lost = 0;
    for (int commits = 0; commits < 60; commits++) {
      var engineOfRun = new StoppingEngine(new InMemoryEngine());
      try (var house = new AccountHouse(engineOfRun, before -> before)) {
        MailboxId inbox = house.inbox();
        house.fill(inbox, MESSAGES);
        AccountPicture before = house.picture();
        engineOfRun.stopAfter(commits);
        UidSet all = UidSet.range(1, MESSAGES);
        boolean answered = answers(() -> house.store(inbox, all, FlagChange.ADD, "\\Seen"));
        engineOfRun.goOn();
        house.reopen();
        boolean whole = house.view(inbox).info().unseen() == 0;
        if (whole) {
          made++;
        } else {
          lost++;
          assertThat(house.picture()).isEqualTo(before);
        }
        if (answered) {
          assertThat(whole).isTrue();
          break;
        }
      }
    }
    assertThat(made).as("interrupted behind the decision").isGreaterThan(1);
    assertThat(lost).as("interrupted before it").isPositive();
  }

  @Test
  void aSecondCrashDuringTheCompletionDoesNoHarm() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, MESSAGES);
      UidSet all = UidSet.range(1, MESSAGES);
      int decided = commitsUntilDecided(house, inbox, all);
      assertThat(decided).isPositive();
      for (int again = 0; again < 3; again++) {
        engine.stopAfter(1);
        assertThatThrownBy(house::reopenAndLook).isInstanceOf(StorageUnavailable.class);
        engine.goOn();
      }
      house.reopen();
      assertThat(house.view(inbox).info().unseen()).isZero();
    }
  }

  /// Stops right behind the decision.
  private int commitsUntilDecided(AccountHouse house, MailboxId inbox, UidSet all) {
    for (int commits = 1; commits < 60; commits++) {
      engine.stopAfter(commits);
      if (!answers(() -> house.store(inbox, all, FlagChange.ADD, "\\Seen"))) {
        engine.goOn();
        if (Keys.LARGE_CHANGE.isDecided(house.engine(), Rows.partition(AccountHouse.ID))) {
          return commits;
        }
        house.reopen();
        assertThat(house.account().version()).isPositive();
      }
    }
    return 0;
  }

  @Test
  void aLargeChangeIsSeenAtOnceAndOthersOfTheSameTimeKeepTheirOwn() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, MESSAGES);
      MailboxView before = house.view(inbox);
      house.change(draft ->
          draft.store(
              inbox,
              UidSet.range(1, MESSAGES),
              FlagChange.ADD,
              Flags.of("\\Seen"),
              OptionalLong.empty()));
      house.fill(inbox, 1);
      MailboxView.Difference news = house.view(inbox).since(before);
      assertThat(news.changedIndexes()).hasSize(MESSAGES);
      assertThat(news.firstAdded()).isEqualTo(MESSAGES);
      assertThat(house.account().history(house.account().version() - 2, 10))
          .extracting(change -> change.events().getFirst().getClass().getSimpleName())
          .containsExactly("Flagged", "Appended");
    }
  }

  /// What a large change has taken out of a mailbox is in no row for a moment, neither where it
  /// goes nor in the history; whoever trims meanwhile must not take that for the end.
  @Test
  void nothingIsForgottenThatALargeChangeIsAbout() throws Exception {
    UidSet odd = UidSet.of(LongStream.range(0, MESSAGES).map(i -> i * 2 + 1).toArray());
    for (int commits = 1; trimAmid(commits, (house, work) -> moveToInbox(house, work, odd)); ) {
      commits++;
    }
    for (int commits = 1; trimAmid(commits, (house, work) -> house.expunge(work, odd)); ) {
      commits++;
    }
  }

  private static AccountDraft.Moved moveToInbox(AccountHouse house, MailboxId work, UidSet uids) {
    MailboxId inbox = house.inbox();
    return house.change(draft -> draft.move(work, uids, inbox));
  }

  /// Makes a large change stand still behind some of its commits, and trims meanwhile. False when
  /// it has not so many.
  private static boolean trimAmid(int commits, BiFunction<AccountHouse, MailboxId, ?> change)
      throws Exception {
    var engineOfRun = new StoppingEngine(new InMemoryEngine());
    try (var house = new AccountHouse(engineOfRun, before -> before)) {
      MailboxId inbox = house.inbox();
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      house.fill(inbox, MESSAGES * 2);
      var _ = house.change(draft -> draft.move(inbox, UidSet.range(1, MESSAGES * 2), work));
      house.clock().forward(Duration.ofDays(31));
      assertThat(house.upkeep(() -> false).changesForgotten()).isPositive();
      assertThat(house.account().rows().first(Keys.forgotten(), 1)).isNotEmpty();

      var still = new StandStill(commits, () -> change.apply(house, work));
      engineOfRun.pageRows(1_000);
      engineOfRun.meanwhile(still);
      var trimming = new FutureTask<>(house::upkeep);
      Thread trimmer = Thread.ofPlatform().start(trimming);
      while (trimmer.isAlive()
          && !(still.isReached() && trimmer.getState() == Thread.State.WAITING)) {
        Thread.onSpinWait();
      }
      still.goOn();
      assertThat(trimming.get().emailsForgotten()).as("behind %d commits", commits).isZero();
      return still.wasAmid();
    }
  }

  /// A change that begins when somebody who reads all placements has read the first of them, and
  /// stands still behind some of its commits; that one reads on then.
  private static final class StandStill implements StoppingEngine.Meanwhile {
    private final FutureTask<?> change;
    private final AtomicInteger left;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch goesOn = new CountDownLatch(1);
    private volatile @Nullable Thread changing;
    private volatile boolean amid;

    StandStill(int commits, Callable<?> change) {
      this.change = new FutureTask<>(change);
      this.left = new AtomicInteger(commits);
    }

    boolean isReached() {
      return reached.getCount() == 0;
    }

    boolean wasAmid() {
      return amid;
    }

    void goOn() throws Exception {
      goesOn.countDown();
      change.get();
    }

    @Override
    public void reads(byte[] from, Optional<Page.Resume> resume) {
      if (Arrays.equals(from, Keys.placements()) && resume.isPresent() && changing == null) {
        Thread begun =
            Thread.ofPlatform()
                .unstarted(() -> {
                  change.run();
                  reached.countDown();
                });
        changing = begun;
        begun.start();
        await(reached);
      }
    }

    @Override
    public void committed() {
      if (Thread.currentThread().equals(changing) && left.decrementAndGet() == 0) {
        amid = true;
        reached.countDown();
        await(goesOn);
      }
    }

    private static void await(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private AccountHouse house() {
    return new AccountHouse(engine, before -> before);
  }
}
