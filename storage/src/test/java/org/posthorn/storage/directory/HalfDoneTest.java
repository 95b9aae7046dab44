package org.posthorn.storage.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.storage.directory.DirectoryContract.EXAMPLE;
import static org.posthorn.storage.directory.DirectoryContract.at;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.ForwardingEngine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.memory.InMemoryEngine;

/// What users have and others get when something comes into the middle of a change.
final class HalfDoneTest {
  private static final MailAddress ANN = at("ann@example.org");
  private static final MailAddress BOB = at("bob@example.org");
  private static final MailAddress ROB = at("rob@example.org");

  private final AtomicReference<String> stuck = new AtomicReference<>("");

  /// With the first commit that is stuck nothing is committed any more.
  private volatile boolean dies;

  private volatile boolean isDead;
  private final Engine engine =
      new ForwardingEngine(new InMemoryEngine()) {
        @Override
        public Result commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
          if (partition.name().equals(stuck.get()) || isDead) {
            isDead = dies;
            throw new StorageUnavailable("The disk is slow");
          }
          return super.commit(partition, expectedVersion, id, batch);
        }
      };
  private final DirectoryHouse house = new DirectoryHouse(engine, same -> same);
  private final List<String> closed = new ArrayList<>();
  private final AtomicReference<Runnable> atTheEnd = new AtomicReference<>(() -> {});
  private final AutoCloseable session = this::end;
  private User ann;
  private User bob;

  private void end() {
    closed.add("session");
    atTheEnd.get().run();
  }

  @BeforeEach
  void begin() {
    house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
    ann = house.user("ann@example.org");
    bob = house.user("bob@example.org");
  }

  @AfterEach
  void close() {
    house.close();
    assertThat(session).isNotNull(); // Held until here.
  }

  /// Hashing takes its time.
  @Test
  void whoIsMadeAnewMeanwhileGetsNoPasswordOfTheOneBefore() {
    UserSecrets secrets = house.directory().secrets();
    assertThatThrownBy(() ->
            secrets.change(
                ANN,
                before -> {
                  house.directory().users().delete(ANN);
                  house.user("ann@example.org");
                  return before.orElseThrow().withAppPasswordsOnly(true);
                },
                true))
        .isInstanceOf(DirectoryException.NotPermitted.class)
        .hasMessageContaining("ann@example.org");
    User other = house.directory().user(ANN).orElseThrow();
    assertThat(secrets.of(other).orElseThrow().appPasswordsOnly()).isFalse();
  }

  @Test
  void aNameThatWasHalfGivenUpLeavesNoRightsAtTheNextStart() {
    halfRenamed();
    house.reopen();
    assertNoRightsAreLeft();
  }

  @Test
  void whoGetsANameThatWasHalfGivenUpInheritsNothing() {
    halfRenamed();
    house.user("bob@example.org");
    assertNoRightsAreLeft();
  }

  @Test
  void nobodyIsRenamedIntoTheRightsOfANameThatWasHalfGivenUp() {
    halfRenamed();
    house.user("tim@example.org");
    house.directory().users().rename(at("tim@example.org"), BOB);
    assertNoRightsAreLeft();
  }

  @Test
  void whoIsRestoredUnderANameThatWasHalfGivenUpInheritsNothing() {
    halfRenamed();
    house
        .directory()
        .users()
        .restore(
            SavedDomain.SavedUser.unknown(BOB, bob.account()),
            BOB,
            false,
            (account, _) -> house.account(account, "bob@example.org"));
    assertNoRightsAreLeft();
  }

  /// The renaming stands, but ann's account could not be changed any more.
  private void halfRenamed() {
    share(ann, BOB);
    begun(bob);
    atTheEnd.set(() -> stuck.set(ann.account().value()));
    assertThatThrownBy(() -> house.directory().users().rename(BOB, ROB))
        .isInstanceOf(StorageUnavailable.class);
    stuck.set("");
    assertThat(closed).containsExactly("session");
    assertThat(house.directory().user(ROB)).isPresent();
    assertThat(rights(ROB)).isEqualTo(Rights.ALL);
  }

  private void assertNoRightsAreLeft() {
    assertThat(rights(BOB)).isEqualTo(Rights.NONE);
    assertThat(rights(ROB)).isEqualTo(Rights.ALL);
    assertThat(house.directory().shares().of(EXAMPLE, List.of(ROB.toString())))
        .containsExactly(ann.account());
    house.reopen();
    assertThat(rights(ROB)).isEqualTo(Rights.ALL);
    assertThat(house.directory().inspect().faults(EXAMPLE)).isEmpty();
  }

  /// The account of the renamed user cannot be written.
  @Test
  void sessionsEndAndRightsGoThoughTheAccountKeepsItsOldOwner() {
    share(ann, BOB);
    begun(bob);
    stuck.set(bob.account().value());
    assertThatThrownBy(() -> house.directory().users().rename(BOB, ROB))
        .isInstanceOf(StorageUnavailable.class);
    stuck.set("");
    assertThat(closed).containsExactly("session");
    assertThat(rights(BOB)).isEqualTo(Rights.NONE);
    assertThat(rights(ROB)).isEqualTo(Rights.ALL);
    assertThat(house.directory().inspect().repair(EXAMPLE)).hasSize(1);
    assertNoRightsAreLeft();
  }

  /// No crash came.
  @Test
  void anAccountThatCouldNotBeWrittenNamesItsRenamedUserAfterTheNextStart() {
    share(ann, BOB);
    stuck.set(bob.account().value());
    assertThatThrownBy(() -> house.directory().users().rename(BOB, ROB))
        .isInstanceOf(StorageUnavailable.class);
    stuck.set("");
    assertThat(rights(BOB)).isEqualTo(Rights.NONE);
    house.reopen();
    assertThat(house.accounts().find(bob.account()).map(Account::owner)).contains(ROB.toString());
    assertNoRightsAreLeft();
  }

  /// Also one whose name is written in quotes.
  @Test
  void aGroupThatWasHalfDeletedLeavesNoRightsAfterTheNextStart() {
    for (String name : List.of("team", "our team")) {
      var group = new MailAddress(name, EXAMPLE);
      String identifier = "$" + group;
      house.directory().groups().create(group, List.of(BOB));
      share(ann, identifier);
      stuck.set(ann.account().value());
      assertThatThrownBy(() -> house.directory().groups().delete(group))
          .isInstanceOf(StorageUnavailable.class);
      stuck.set("");
      assertThat(rights(identifier)).isEqualTo(Rights.ALL);
      house.reopen();
      assertThat(rights(identifier)).isEqualTo(Rights.NONE);
      house.directory().groups().create(group, List.of(BOB));
      share(ann, identifier);
      house.reopen();
      assertThat(rights(identifier)).isEqualTo(Rights.ALL);
    }
  }

  @Test
  void anAccountNamesItsRenamedUserAfterTheNextStart() {
    share(bob, ANN);
    stuck.set(bob.account().value());
    dies = true;
    assertThatThrownBy(() -> house.directory().users().rename(BOB, ROB))
        .isInstanceOf(StorageUnavailable.class);
    isDead = false;
    stuck.set("");
    house.reopen();
    assertThat(house.accounts().find(bob.account()).map(Account::owner)).contains(ROB.toString());
    assertThat(house.directory().inspect().faults(EXAMPLE)).isEmpty();
  }

  @Test
  void ofTwoWhoChangeAQuotaTheLaterOneIsObeyed() {
    begun(ann);
    atTheEnd.set(
        () -> house.directory().allow(ANN, _ -> Allowance.ofBytes(OptionalLong.of(2_000))));
    var _ =
        house
            .directory()
            .configure(
                ANN,
                settings ->
                    settings
                        .withEnabled(false)
                        .withAllowance(Allowance.ofBytes(OptionalLong.of(1_000))));
    User now = house.directory().user(ANN).orElseThrow();
    assertThat(now.allowance()).isEqualTo(Allowance.ofBytes(OptionalLong.of(2_000)));
    assertThat(house.accounts().find(ann.account()).orElseThrow().ownQuota())
        .isEqualTo(now.allowance().quota());
  }

  @Test
  void anAccountThatWasReplacedIsGoneThoughTheNewOneGetsNoQuota() {
    house.directory().allow(ANN, _ -> Allowance.ofBytes(OptionalLong.of(5_000)));
    begun(ann);
    assertThatThrownBy(() ->
            house
                .directory()
                .users()
                .restore(
                    SavedDomain.SavedUser.unknown(ANN, ann.account()),
                    ANN,
                    true,
                    (account, _) -> {
                      house.account(account, "ann@example.org");
                      stuck.set(account.value());
                    }))
        .isInstanceOf(StorageUnavailable.class);
    stuck.set("");
    assertThat(closed).containsExactly("session");
    AccountId now = house.directory().user(ANN).orElseThrow().account();
    assertThat(now).isNotEqualTo(ann.account());
    assertThat(house.accounts().list(Optional.empty(), 10))
        .containsExactlyInAnyOrder(now, bob.account());
    assertThat(house.directory().inspect().mismatches()).isEmpty();
  }

  /// Also where it takes something away: both signs of a name are entries.
  @Test
  void whoIsInAListOfRightsThatIsFullIsRenamed() {
    share(ann, BOB);
    Account account = house.accounts().find(ann.account()).orElseThrow();
    var others = new ArrayList<String>();
    others.add("-" + BOB);
    for (int i = 0; i < 148; i++) {
      others.add("u" + i + "@example.org");
    }
    var _ =
        account.change(
            new Actor("test", "test", ""),
            draft -> {
              others.forEach(who -> draft.setRights(first(account).id(), who, Rights.parse("l")));
              return draft;
            });
    house.directory().users().rename(BOB, ROB);
    assertThat(account.acl(first(account).id()).entries())
        .hasSize(150)
        .containsEntry(ROB.toString(), Rights.ALL)
        .containsEntry("-" + ROB, Rights.parse("l"))
        .doesNotContainKeys(BOB.toString(), "-" + BOB);
    assertThatThrownBy(() ->
            account.change(
                new Actor("test", "test", ""),
                draft -> {
                  draft.setRights(first(account).id(), "tim@example.org", Rights.ALL);
                  return draft;
                }))
        .hasMessageContaining("At most 150");
  }

  private void begun(User user) {
    house
        .directory()
        .sessions()
        .begun(
            user,
            LoginSessions.NO_APP,
            new Peer(
                Service.IMAP,
                InetAddress.getLoopbackAddress(),
                session,
                Peer.Bindings.NONE,
                Optional.empty()));
  }

  private void share(User owner, MailAddress with) {
    share(owner, with.toString());
  }

  private void share(User owner, String with) {
    house.directory().shares().note(EXAMPLE, with, owner.account());
    Account account = house.accounts().find(owner.account()).orElseThrow();
    var _ =
        account.change(
            new Actor("test", "test", ""),
            draft -> {
              draft.setRights(first(account).id(), with, Rights.ALL);
              return draft;
            });
  }

  private Rights rights(MailAddress of) {
    return rights(of.toString());
  }

  private Rights rights(String of) {
    Account account = house.accounts().find(ann.account()).orElseThrow();
    return account.acl(first(account).id()).of(of);
  }

  private static MailboxInfo first(Account account) {
    return account.mailboxes().getFirst();
  }
}
