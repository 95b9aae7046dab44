package org.posthorn.storage.follow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.ConsistencyWalk;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.Standing;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;

/// What a [Follower] may rely on.
interface FollowerContract {
  Actor ACTOR = new Actor("", "test", "1");
  Duration LONG = Duration.ofHours(1);

  Engine engine();

  /// Accounts, a follower, and whoever leads it.
  final class House implements AutoCloseable {
    private static final byte[] FIRST = {'m'};

    private final Engine engine;
    private final Accounts accounts;
    private final RecordingFollower follower = new RecordingFollower();
    private Optional<Following> following = Optional.empty();

    House(Engine engine, String... names) {
      this.engine = engine;
      this.accounts =
          new Accounts(
              engine,
              new InMemoryContentStore(),
              InstantSource.system(),
              AccountsConfig.defaults());
      for (String name : names) {
        create(name);
      }
    }

    void create(String name) {
      var _ =
          accounts.create(new AccountId(name), ACTOR, new Accounts.NewAccount("", 0, List.of()));
    }

    Account account(String name) {
      return accounts.find(new AccountId(name)).orElseThrow();
    }

    void change(String name, int times) {
      for (int i = 0; i < times; i++) {
        boolean wanted = i % 2 == 0;
        var _ =
            account(name)
                .change(
                    ACTOR,
                    draft -> {
                      draft.subscribe(new MailboxName("Some"), wanted);
                      return draft;
                    });
      }
    }

    /// The row that says how an account stands.
    byte[] first(String name) {
      return engine.get(partition(name), FIRST).orElseThrow();
    }

    void putFirst(String name, byte[] value) {
      Partition partition = partition(name);
      var _ =
          engine.commit(
              partition,
              engine.head(partition).version(),
              CommitId.random(),
              new Batch().put(FIRST, value));
    }

    private static Partition partition(String name) {
      return new Partition(Partition.Kind.ACCOUNT, name);
    }

    Following follow(Duration settleAfter) {
      return follow(settleAfter, Lull.always());
    }

    Following follow(Duration settleAfter, Lull lull) {
      var leading = new Following(accounts, follower, settleAfter, Duration.ofMillis(20), lull);
      leading.start();
      following = Optional.of(leading);
      return leading;
    }

    void stop() {
      following.ifPresent(Following::close);
      following = Optional.empty();
    }

    void awaitReached(String name) throws InterruptedException {
      Standing standing = account(name).standing();
      Following leading = following.orElseThrow();
      follower.await(() -> leading.reached(new AccountId(name)).hasReached(standing));
    }

    void checkAllGiven(String name) {
      assertThat(follower.versions(new AccountId(name)))
          .containsExactlyElementsOf(
              LongStream.rangeClosed(1, account(name).version()).boxed().toList());
    }

    @Override
    public void close() {
      stop();
      for (AccountId id : accounts.list(Optional.empty(), 100)) {
        accounts
            .verify(id, ConsistencyWalk.Depth.BYTES)
            .ifPresent(report -> assertThat(report.faults()).isEmpty());
      }
      accounts.close();
      engine.close();
    }
  }

  /// The 19th word of what Linux tells of a thread, behind its name in brackets.
  @Test
  @EnabledOnOs(OS.LINUX)
  default void othersGoBeforeIt() throws Exception {
    try (var house = new House(engine(), "ann")) {
      house.follow(LONG);
      house.awaitReached("ann");
      Path thread = Path.of("/proc/self/task/" + house.follower.systemThread() + "/stat");
      String told = Files.readString(thread);
      String[] words = told.substring(told.lastIndexOf(')') + 2).split(" ", -1);
      assertThat(words[16]).isEqualTo("5");
    }
  }

  @Test
  default void isGivenEveryChangeOnceAndInOrder() throws Exception {
    try (var house = new House(engine(), "ann", "bob")) {
      Following _ = house.follow(LONG);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        String name = i % 2 == 0 ? "ann" : "bob";
        threads.add(Thread.startVirtualThread(() -> house.change(name, 40)));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      for (String name : List.of("ann", "bob")) {
        house.awaitReached(name);
        house.checkAllGiven(name);
      }
    }
  }

  @Test
  default void isGivenWhatHappenedWhileItDidNotFollow() throws Exception {
    try (var house = new House(engine(), "ann", "bob")) {
      house.change("ann", 5);
      Following _ = house.follow(LONG);
      house.awaitReached("ann");
      house.awaitReached("bob");
      house.stop();
      house.change("ann", 2);
      house.create("cat");
      assertThat(house.accounts.delete(new AccountId("bob"))).isTrue();
      Following _ = house.follow(LONG);
      house.awaitReached("ann");
      house.awaitReached("cat");
      house.follower.await(() -> house.follower.reached(new AccountId("bob")).equals(Point.START));
      house.checkAllGiven("ann");
      house.checkAllGiven("cat");
    }
  }

  @Test
  default void isGivenAgainWhatWasNotSettled() throws Exception {
    try (var house = new House(engine(), "ann")) {
      Following _ = house.follow(LONG);
      house.awaitReached("ann");
      house.stop();
      assertThat(house.follower.isSettled(new AccountId("ann"), house.account("ann").version()))
          .isTrue();
      Following _ = house.follow(LONG);
      house.change("ann", 9);
      house.awaitReached("ann");
      Point back = requireNonNull(house.follower.crash().get(new AccountId("ann")));
      assertThat(back.version()).isLessThan(house.account("ann").version());
      house.following.orElseThrow().compareAgain();
      house.awaitReached("ann");
      house.checkAllGiven("ann");
    }
  }

  @Test
  default void settlesBeforeLong() throws Exception {
    try (var house = new House(engine(), "ann")) {
      Following _ = house.follow(Duration.ofMillis(10));
      house.change("ann", 3);
      long version = house.account("ann").version();
      house.follower.await(() -> house.follower.isSettled(new AccountId("ann"), version));
    }
  }

  /// Processors as a test wants them.
  final class Processors implements Lull {
    private final Duration patience;
    private final AtomicInteger questions = new AtomicInteger();
    private volatile boolean busy = true;

    Processors(Duration patience) {
      this.patience = patience;
    }

    @Override
    public boolean isNow() {
      questions.incrementAndGet();
      return !busy;
    }

    @Override
    public Duration patience() {
      return patience;
    }
  }

  @Test
  default void letsChangesGatherWhileTheProcessorsAreBusy() throws Exception {
    try (var house = new House(engine(), "ann")) {
      var processors = new Processors(LONG);
      Following following = house.follow(LONG, processors);
      house.change("ann", 5);
      house.follower.await(() -> processors.questions.get() > 3);
      assertThat(house.follower.order()).isEmpty();
      assertThat(following.status().waiting()).isEqualTo(1);
      processors.busy = false;
      house.awaitReached("ann");
      house.checkAllGiven("ann");
    }
  }

  @Test
  default void isNotHeldUpForLongerThanItsPatience() throws Exception {
    try (var house = new House(engine(), "ann")) {
      Following _ = house.follow(LONG, new Processors(Duration.ofMillis(100)));
      house.change("ann", 5);
      house.awaitReached("ann");
      house.checkAllGiven("ann");
    }
  }

  @Test
  default void isNotHeldUpWhereSomebodyWaits() throws Exception {
    try (var house = new House(engine(), "ann", "bob")) {
      Following following = house.follow(LONG, new Processors(LONG));
      house.change("bob", 5);
      house.change("ann", 5);
      assertThat(following.await(house.account("ann"), Duration.ofSeconds(30))).isTrue();
      assertThat(house.follower.order()).containsOnly(new AccountId("ann"));
    }
  }

  @Test
  default void forgetsAnAccountThatGoesAndBeginsItsSuccessor() throws Exception {
    try (var house = new House(engine(), "ann")) {
      house.change("ann", 7);
      Following _ = house.follow(LONG);
      house.awaitReached("ann");
      assertThat(house.accounts.delete(new AccountId("ann"))).isTrue();
      house.create("ann");
      house.change("ann", 2);
      house.awaitReached("ann");
      house.checkAllGiven("ann");
    }
  }

  /// Whoever asks is not told that nothing is left when only the one before is forgotten.
  @Test
  default void anAccountThatWasMadeAnewWaitsUntilItIsFollowed() throws Exception {
    var ann = new AccountId("ann");
    try (var house = new House(engine(), "ann", "bob")) {
      var processors = new Processors(LONG);
      processors.busy = false;
      Following following = house.follow(LONG, processors);
      house.awaitReached("ann");
      house.awaitReached("bob");
      processors.busy = true;
      house.follower.refuse(ann, true);
      assertThat(house.accounts.delete(ann)).isTrue();
      house.create("ann");
      house.change("ann", 2);
      processors.busy = false;
      house.follower.await(() -> house.follower.reached(ann).equals(Point.START));
      house.change("bob", 1);
      house.awaitReached("bob");
      assertThat(following.waiting(10)).contains(ann);
      house.follower.refuse(ann, false);
      house.awaitReached("ann");
    }
  }

  @Test
  default void troubleWithOneAccountHoldsUpNoOther() throws Exception {
    try (var house = new House(engine(), "ann", "bob")) {
      house.follower.refuse(new AccountId("ann"), true);
      Following following = house.follow(LONG);
      house.change("ann", 2);
      house.change("bob", 2);
      house.awaitReached("bob");
      house.checkAllGiven("bob");
      house.follower.await(() -> following.status().troubled() == 1);
      house.follower.await(() -> following.status().waiting() == 1);
      assertThat(following.status().lag()).isPositive();
      assertThat(following.waiting(10)).containsExactly(new AccountId("ann"));
      house.follower.refuse(new AccountId("ann"), false);
      house.awaitReached("ann");
      house.checkAllGiven("ann");
      house.follower.await(() -> following.status().waiting() == 0);
      assertThat(following.status().lag()).isZero();
    }
  }

  /// A message may be nested so deep that whoever reads it has no stack left.
  @Test
  default void whatIsTooMuchForTheMachineHoldsUpNoOther() throws Exception {
    try (var house = new House(engine(), "ann", "bob")) {
      house.follower.outOfStack();
      house.follower.refuse(new AccountId("ann"), true);
      Following following = house.follow(LONG);
      house.change("ann", 2);
      house.follower.await(() -> following.status().troubled() == 1);
      house.change("bob", 2);
      assertThat(following.await(house.account("bob"), Duration.ofSeconds(1))).isTrue();
      house.checkAllGiven("bob");
      house.follower.refuse(new AccountId("ann"), false);
      house.awaitReached("ann");
      house.checkAllGiven("ann");
    }
  }

  /// Who loses what was not settled asks to compare again, which goes well.
  @Test
  default void whatFailsAgainAndAgainIsTriedLessAndLess() throws Exception {
    try (var house = new House(engine(), "ann")) {
      house.follower.refuse(new AccountId("ann"), true);
      Following following = house.follow(LONG);
      house.follower.whenRefused(following::compareAgain);
      long begun = System.nanoTime();
      house.change("ann", 2);
      for (int times = 1; times <= 5; times++) {
        int wanted = times;
        house.follower.await(() -> house.follower.refusals() >= wanted);
        house.change("ann", 1);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isGreaterThan(Duration.ofMillis(40 + 80 + 160));
    }
  }

  @Test
  default void anAccountThatCannotBeReadHoldsUpNoComparison() throws Exception {
    try (var house = new House(engine(), "ann", "bob")) {
      house.change("bob", 4);
      byte[] sound = house.first("ann");
      house.putFirst("ann", new byte[] {1});
      Following following = house.follow(LONG);
      house.awaitReached("bob");
      house.checkAllGiven("bob");
      house.follower.await(() -> following.status().troubled() == 1);
      house.follower.await(() -> following.status().compared());
      house.putFirst("ann", sound);
      house.awaitReached("ann");
      house.follower.await(() -> following.status().troubled() == 0);
    }
  }

  @Test
  default void whoWaitsIsToldWhenItIsReached() throws Exception {
    try (var house = new House(engine(), "ann")) {
      Following following = house.follow(LONG);
      house.change("ann", 20);
      assertThat(following.await(house.account("ann"), Duration.ofSeconds(30))).isTrue();
      house.checkAllGiven("ann");
      house.follower.refuse(new AccountId("ann"), true);
      house.change("ann", 1);
      assertThat(following.await(house.account("ann"), Duration.ofMillis(30))).isFalse();
      house.stop();
      assertThat(following.await(house.account("ann"), LONG)).isFalse();
    }
  }

  @Test
  default void knowsWhenHistoryDoesNotReachBack() {
    var point = new Point(10, 1);
    assertThat(point.isInHistory(new Standing(20, 1, 10, 0))).isTrue();
    assertThat(point.isInHistory(new Standing(20, 1, 11, 0))).isFalse();
    assertThat(point.isInHistory(new Standing(20, 2, 0, 0))).isFalse();
    assertThat(point.hasReached(new Standing(10, 1, 0, 0))).isTrue();
    assertThat(point.hasReached(new Standing(11, 1, 0, 0))).isFalse();
    assertThat(point.hasReached(new Standing(5, 2, 0, 0))).isFalse();
  }
}
