package org.posthorn.storage.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DirectoryException;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.LoginsConfig;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.directory.SavedDomain;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.ForwardingEngine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.PartitionOwner;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.memory.InMemoryEngine;

/// Who has rights with others, and who has not.
final class SharingTest {
  private static final Actor ACTOR = new Actor("test", "test", "");
  private static final Domain EXAMPLE = Domain.of("example.org");
  private static final Domain SECOND = Domain.of("second.example");
  private static final Domain OTHER = Domain.of("example.net");
  private static final MailAddress ANN = MailAddress.of("ann@example.org");
  private static final MailAddress BOB = MailAddress.of("bob@example.org");
  private static final MailAddress TEAM = MailAddress.of("team@example.org");
  private static final Password ANY =
      new Password.Hashed(
          "$argon2id$v=19$m=8192,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

  /// Done once before the next commit of a partition.
  private final Map<String, Runnable> before = new ConcurrentHashMap<>();

  private final AtomicReference<String> stuck = new AtomicReference<>("");
  private final ForwardingEngine engine =
      new ForwardingEngine(new InMemoryEngine()) {
        @Override
        public Result commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
          if (partition.name().equals(stuck.get())) {
            throw new StorageUnavailable("The disk is slow");
          }
          Optional.ofNullable(before.remove(partition.name())).ifPresent(Runnable::run);
          return super.commit(partition, expectedVersion, id, batch);
        }
      };
  private final Accounts accounts =
      new Accounts(
          engine, new InMemoryContentStore(), InstantSource.system(), AccountsConfig.defaults());
  private final Passwords passwords = new Passwords(LoginsConfig.defaults());
  private final Directory directory = Directory.open(engine, accounts, passwords);
  private final Sharing sharing = new Sharing(directory, accounts, new SharingConfig(true));
  private final List<Thread> threads = new ArrayList<>();

  @BeforeEach
  void begin() {
    directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
    user("ann@example.org");
    user("bob@example.org");
  }

  @AfterEach
  void close() {
    passwords.close();
    accounts.close();
    engine.close();
  }

  @Test
  void whoIsNamedByASecondNameOfTheDomainHasTheRights() {
    directory.domains().alias(SECOND, EXAMPLE);
    for (boolean across : new boolean[] {true, false}) {
      var these = new Sharing(directory, accounts, new SharingConfig(across));
      change(these, ANN, "Bob@second.example", Rights.parse("lr"));
      assertThat(rights(these, ANN, BOB)).isEqualTo(Rights.parse("lr"));
      assertThat(account(ANN).acl(inbox(ANN)).entries()).containsOnlyKeys("bob@example.org");
      change(these, ANN, "bob@second.example", Rights.NONE);
      assertThat(rights(these, ANN, BOB)).isEqualTo(Rights.NONE);
    }
  }

  /// An entry that means nobody goes by the name that it has.
  @Test
  void anEntryUnderASecondNameCanBeTaken() {
    directory.domains().alias(SECOND, EXAMPLE);
    var _ =
        account(ANN)
            .change(
                ACTOR,
                draft -> {
                  draft.setRights(inbox(ANN), "bob@second.example", Rights.ALL);
                  return draft;
                });
    change(sharing, ANN, "bob@second.example", Rights.NONE);
    assertThat(account(ANN).acl(inbox(ANN)).entries()).isEmpty();
  }

  @Test
  void whoIsDeletedWhileRightsAreGivenLeavesNoneBehind() throws Exception {
    before.put(EXAMPLE.ascii(), () -> meanwhile(() -> directory.users().delete(BOB)));
    var _ = catchThrowable(() -> change(sharing, ANN, "bob", Rights.ALL));
    join();
    user("bob@example.org");
    assertThat(rights(sharing, ANN, BOB)).isEqualTo(Rights.NONE);
  }

  /// Somebody else may be the next who is called so.
  @Test
  void aNameThatNobodyGotAfterAllHasNoRights() {
    change(sharing, ANN, "bob", Rights.ALL);
    before.put(account(ANN).id().value(), () -> stuck.set(EXAMPLE.ascii()));
    MailAddress rob = MailAddress.of("rob@example.org");
    assertThatThrownBy(() -> directory.users().rename(BOB, rob))
        .isInstanceOf(StorageUnavailable.class);
    stuck.set("");
    assertThat(rights(sharing, ANN, BOB)).isEqualTo(Rights.ALL);
    user("rob@example.org");
    assertThat(rights(sharing, ANN, rob)).isEqualTo(Rights.NONE);
  }

  /// Both find that the name is free.
  @Test
  void whoLosesANameToAnotherLeavesThemNoRights() throws Exception {
    MailAddress tim = user("tim@example.org");
    MailAddress zoe = user("zoe@example.org");
    MailAddress rob = MailAddress.of("rob@example.org");
    change(sharing, tim, "ann", Rights.ALL);
    change(sharing, zoe, "bob", Rights.ALL);
    var isTaken = new CountDownLatch(1);
    Thread bobs =
        Thread.ofPlatform()
            .daemon()
            .unstarted(() -> {
              var _ = catchThrowable(() -> directory.users().rename(BOB, rob));
            });
    threads.add(bobs);
    before.put(account(zoe).id().value(), () -> Uninterruptibles.awaitUninterruptibly(isTaken));
    before.put(
        account(tim).id().value(),
        () -> {
          bobs.start();
          while (bobs.isAlive() && bobs.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
          }
        });
    directory.users().rename(ANN, rob);
    isTaken.countDown();
    join();
    assertThat(directory.user(BOB)).isPresent();
    assertThat(rights(sharing, tim, rob)).isEqualTo(Rights.ALL);
    assertThat(rights(sharing, zoe, rob)).isEqualTo(Rights.NONE);
  }

  /// Both are made in one commit.
  @Test
  void aMailboxThatIsRenamedMeanwhileKeepsNoRightsOfAGroupThatGoes() throws Exception {
    directory.groups().create(TEAM, List.of(BOB));
    Account ann = account(ANN);
    MailboxId work = ann.change(ACTOR, draft -> draft.create(name("Work"), Optional.empty())).id();
    sharing.change(ann, work, who("$team"), Sharing.Mode.REPLACE, Rights.ALL, ACTOR);
    before.put(
        ann.id().value(),
        () -> {
          meanwhile(() -> {
            var _ =
                ann.change(
                    ACTOR,
                    draft -> {
                      draft.rename(work, name("Play"));
                      return draft;
                    });
          });
          meanwhile(() -> directory.groups().delete(TEAM));
        });
    var _ = ann.change(ACTOR, draft -> draft.create(name("New"), Optional.empty()));
    join();
    assertThat(ann.find(work).orElseThrow().name()).isEqualTo(name("Play"));
    assertThat(ann.acl(work).entries()).isEmpty();
  }

  @Test
  void aGroupThatWasHalfDeletedLeavesNoRightsToTheNext() {
    directory.groups().create(TEAM, List.of());
    change(sharing, ANN, "$team", Rights.ALL);
    stuck.set(account(ANN).id().value());
    assertThatThrownBy(() -> directory.groups().delete(TEAM))
        .isInstanceOf(StorageUnavailable.class);
    stuck.set("");
    directory.groups().create(TEAM, List.of(BOB));
    assertThat(rights(sharing, ANN, BOB)).isEqualTo(Rights.NONE);
  }

  @Test
  void aDomainTakesTheRightsOfItsGroupsAlong() {
    directory.domains().create(OTHER, DomainSettings.STANDARD);
    MailAddress dan = user("dan@example.net");
    directory.groups().create(TEAM, List.of());
    change(sharing, dan, "$team@example.org", Rights.ALL);
    directory.domains().delete(EXAMPLE, true);
    directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
    MailAddress eve = user("eve@example.org");
    directory.groups().create(TEAM, List.of(eve));
    assertThat(rights(sharing, dan, eve)).isEqualTo(Rights.NONE);
  }

  /// `$team` in a list of rights is the group, and `-bob` takes rights from Bob.
  @Test
  void nobodyIsCalledAsAGroupIsOrAsWhoLosesRights() {
    assertThat(catchThrowable(() -> user("$team@example.org")))
        .isInstanceOf(DirectoryException.NotPermitted.class)
        .hasMessageContaining("$ or -");
    assertThat(catchThrowable(() -> user("-bob@example.org")))
        .isInstanceOf(DirectoryException.NotPermitted.class);
    assertThat(
            catchThrowable(() -> directory.users().rename(BOB, MailAddress.of("$t@example.org"))))
        .isInstanceOf(DirectoryException.NotPermitted.class);
    user("t$eam-x@example.org");
    directory.groups().create(MailAddress.of("$team@example.org"), List.of(BOB));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoIsCalledSoFromBeforeHasNothingOfTheGroupAndTakesNothingAlong(boolean isRenamed) {
    MailAddress dollar = userOfBefore("$team@example.org");
    MailAddress dash = userOfBefore("-bob@example.org");
    directory.groups().create(TEAM, List.of(BOB));
    change(sharing, ANN, "$team", Rights.parse("lrs"));
    change(sharing, ANN, "-bob", Rights.parse("s"));
    assertThat(rights(sharing, ANN, BOB)).isEqualTo(Rights.parse("lr"));
    for (MailAddress one : List.of(dollar, dash)) {
      assertThat(rights(sharing, ANN, one)).as(one.toString()).isEqualTo(Rights.NONE);
      MailAddress other = MailAddress.of("x" + one);
      if (isRenamed) {
        assertThat(directory.users().rename(one, other).login()).isEqualTo(other);
        assertThat(rights(sharing, ANN, other)).as(one.toString()).isEqualTo(Rights.NONE);
      } else {
        directory.users().delete(one);
      }
      assertThat(account(ANN).acl(inbox(ANN)).entries())
          .containsOnlyKeys("$team@example.org", "-bob@example.org");
    }
    assertThat(rights(sharing, ANN, BOB)).isEqualTo(Rights.parse("lr"));
  }

  private MailAddress userOfBefore(String login) {
    MailAddress address = MailAddress.of(login);
    User made =
        directory
            .users()
            .restore(
                SavedDomain.SavedUser.unknown(address, new AccountId("x")),
                address,
                /* replace= */ false,
                (id, _) -> {
                  var _ =
                      accounts.create(
                          id, ACTOR, new Accounts.NewAccount(login, 0, Accounts.Folder.STANDARD));
                });
    return made.login();
  }

  /// A domain that is not deleted after all keeps what its groups have.
  @Test
  void aDomainThatStaysKeepsTheRightsOfItsGroups() {
    directory.groups().create(TEAM, List.of(BOB));
    change(sharing, ANN, "$team", Rights.ALL);
    assertThatThrownBy(() -> directory.domains().delete(EXAMPLE, false))
        .isInstanceOf(DirectoryException.DomainInUse.class);
    assertThat(rights(sharing, ANN, BOB)).isEqualTo(Rights.ALL);
  }

  private MailAddress user(String address) {
    return directory
        .users()
        .create(new NewUser(MailAddress.of(address), ANY, OptionalLong.empty(), ""))
        .login();
  }

  private void change(Sharing by, MailAddress owner, String whom, Rights rights) {
    by.change(account(owner), inbox(owner), who(whom), Sharing.Mode.REPLACE, rights, ACTOR);
  }

  private static Identifier who(String whom) {
    return Identifier.parse(whom, EXAMPLE);
  }

  private static MailboxName name(String name) {
    return new MailboxName(name);
  }

  private Rights rights(Sharing by, MailAddress owner, MailAddress visitor) {
    return by.visitor(visitor).orElseThrow().rights(account(owner), inbox(owner));
  }

  private MailboxId inbox(MailAddress owner) {
    return account(owner).find(MailboxName.INBOX).orElseThrow().id();
  }

  private Account account(MailAddress owner) {
    User found = directory.user(owner).orElseThrow();
    return accounts.find(found.account()).orElseThrow();
  }

  /// Begins it, until it waits for the commit that is under way.
  private void meanwhile(Runnable action) {
    Thread thread = Thread.ofPlatform().daemon().start(action);
    threads.add(thread);
    while (thread.isAlive() && !isWaiting(thread)) {
      Thread.onSpinWait();
    }
  }

  private static boolean isWaiting(Thread thread) {
    Object blocker = LockSupport.getBlocker(thread);
    return blocker != null && PartitionOwner.class.equals(blocker.getClass().getEnclosingClass());
  }

  private void join() throws InterruptedException {
    for (Thread thread : threads) {
      assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
    }
  }
}
