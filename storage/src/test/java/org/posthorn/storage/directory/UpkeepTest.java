package org.posthorn.storage.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.posthorn.message.Domain;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.ConsistencyWalk;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.StoppingEngine;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.memory.InMemoryEngine;

/// The thread that looks after all accounts.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class UpkeepTest {
  private static final Actor ACTOR = new Actor("ann@example.org", "test", "1");
  private static final Duration OFTEN = Duration.ofMillis(5);
  private static final Duration HISTORY_AND_MORE = Duration.ofDays(32);

  @Test
  void comesRoundToAllUsersByItself() throws InterruptedException {
    try (var house = house()) {
      List<User> users = List.of(house.user("ann@example.org"), house.user("bob@example.org"));
      house.clock().forward(HISTORY_AND_MORE);
      users.forEach(user -> work(house, user));
      var upkeep = new Upkeep(house.directory(), house.accounts(), OFTEN);
      upkeep.start();
      users.forEach(user -> awaitForgotten(house, user));
      long seen = account(house, users.getFirst()).exactSince();
      house.clock().forward(HISTORY_AND_MORE);
      work(house, users.getFirst());
      while (account(house, users.getFirst()).exactSince() == seen) {
        Thread.onSpinWait();
      }
      upkeep.close();
      assertSound(house, users);
    }
  }

  @Test
  void troubleWithOneAccountKeepsNoOtherFromItsTurn() throws InterruptedException {
    try (var house = house()) {
      User broken = house.user("ann@example.org");
      User sound = house.user("bob@example.org");
      house.clock().forward(HISTORY_AND_MORE);
      work(house, sound);
      var partition = new Partition(Partition.Kind.ACCOUNT, broken.account().value());
      house.reopen();
      var _ =
          house
              .engine()
              .commit(
                  partition,
                  house.engine().head(partition).version(),
                  CommitId.random(),
                  new Batch().put(new byte[] {'h'}, new byte[0]).put(firstChange(), new byte[0]));
      var upkeep = new Upkeep(house.directory(), house.accounts(), OFTEN);
      upkeep.start();
      awaitForgotten(house, sound);
      upkeep.close();
      assertSound(house, List.of(sound));
    }
  }

  @Test
  void comesAgainWhenTheUsersCouldNotBeRead() throws InterruptedException {
    var engine = new StoppingEngine(new InMemoryEngine());
    try (var house = house(engine)) {
      User user = house.user("ann@example.org");
      house.clock().forward(HISTORY_AND_MORE);
      work(house, user);
      var trouble = new AtomicInteger(1);
      engine.meanwhile(
          new StoppingEngine.Meanwhile() {
            @Override
            public void reads(byte[] from, Optional<Page.Resume> resume) {
              if (Thread.currentThread().getName().equals("upkeep")
                  && trouble.getAndDecrement() > 0) {
                throw new StorageUnavailable("The disk is slow");
              }
            }
          });
      var upkeep = new Upkeep(house.directory(), house.accounts(), OFTEN);
      upkeep.start();
      awaitForgotten(house, user);
      assertThat(trouble).hasNegativeValue();
      upkeep.close();
    }
  }

  @Test
  void endsAtOnceWhenItIsClosed() throws InterruptedException {
    try (var house = house()) {
      User user = house.user("ann@example.org");
      var upkeep = new Upkeep(house.directory(), house.accounts(), Duration.ofHours(1));
      upkeep.start();
      upkeep.close();
      house.clock().forward(HISTORY_AND_MORE);
      work(house, user);
      assertThat(account(house, user).exactSince()).isZero();
      assertThat(upkeep.once().changesForgotten()).isPositive();
    }
  }

  private static DirectoryHouse house() {
    return house(new InMemoryEngine());
  }

  private static DirectoryHouse house(Engine begun) {
    var house = new DirectoryHouse(begun, engine -> engine);
    house.directory().domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
    return house;
  }

  /// The key of the row that begins the log.
  private static byte[] firstChange() {
    byte[] key = new byte[11];
    key[0] = 'c';
    key[8] = 1;
    return key;
  }

  private static Account account(DirectoryHouse house, User user) {
    return house.accounts().find(user.account()).orElseThrow();
  }

  private static void work(DirectoryHouse house, User user) {
    var _ =
        account(house, user)
            .change(
                ACTOR,
                draft -> {
                  var name = new MailboxName("Made at " + draft.version());
                  return draft.create(name, Optional.empty());
                });
  }

  private static void awaitForgotten(DirectoryHouse house, User user) {
    while (account(house, user).exactSince() == 0) {
      Thread.onSpinWait();
    }
  }

  private static void assertSound(DirectoryHouse house, List<User> users) {
    for (User user : users) {
      assertThat(
              house
                  .accounts()
                  .verify(user.account(), ConsistencyWalk.Depth.ROWS)
                  .orElseThrow()
                  .faults())
          .isEmpty();
    }
  }
}
