package org.posthorn.storage.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.storage.directory.DirectoryContract.EXAMPLE;
import static org.posthorn.storage.directory.DirectoryContract.OTHER;
import static org.posthorn.storage.directory.DirectoryContract.at;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Quota;

/// How users come and go with their accounts, on every engine.
interface UserAccountsContract {
  /// An empty directory on the engine under test.
  DirectoryHouse house();

  private static Allowance bytes(long bytes) {
    return Allowance.ofBytes(OptionalLong.of(bytes));
  }

  @Test
  default void aNewUserHasAnAccountAndReceives() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("Ann@example.org");
      assertThat(ann.login()).isEqualTo(at("ann@example.org"));
      assertThat(house.directory().resolve(at("aNN@Example.ORG")))
          .isEqualTo(new Resolution.Mailbox(ann, Optional.empty()));
      assertThat(house.accounts().find(ann.account()).orElseThrow().mailboxes()).hasSize(6);
      assertThat(house.directory().resolve(at("bob@example.org")))
          .isEqualTo(new Resolution.NoSuchUser());
      assertThat(house.directory().resolve(at("ann@example.net")))
          .isEqualTo(new Resolution.NotLocal(OTHER));
      assertThat(house.directory().isLocal(EXAMPLE)).isTrue();
      assertThat(house.directory().isLocal(OTHER)).isFalse();
    }
  }

  @Test
  default void nobodyLogsInToASharedMailbox() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      house.directory().users().createShared(at("Support@example.org"), Allowance.NONE, "Support");
      house.reopen();
      User support = house.directory().user(at("support@example.org")).orElseThrow();
      assertThat(support.shared()).isTrue();
      assertThat(house.accounts().find(support.account()).orElseThrow().mailboxes()).hasSize(1);
      assertThat(house.directory().resolve(at("support@example.org")))
          .isEqualTo(new Resolution.Mailbox(support, Optional.empty()));
      assertThatThrownBy(() ->
              house
                  .directory()
                  .setPassword(at("support@example.org"), new Password.Clear("secret")))
          .isInstanceOf(DirectoryException.NotPermitted.class);
      assertThat(house.directory().inspect().mismatches()).isEmpty();
    }
  }

  @Test
  default void aDeletedUserTakesTheAccountAlong() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      directory.users().delete(at("Ann@example.org"));
      assertThat(directory.resolve(ann.login())).isEqualTo(new Resolution.NoSuchUser());
      assertThat(house.accounts().find(ann.account())).isEmpty();
      User again = house.user("ann@example.org");
      assertThat(again.account()).isNotEqualTo(ann.account());
    }
  }

  /// Also when the account cannot be read, and whatever a start finds of it.
  @Test
  default void aDamagedAccountGoesWithItsUser() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      house.reopenDamaged(ann.account());
      assertThatThrownBy(() -> house.accounts().find(ann.account()))
          .isInstanceOf(StorageUnavailable.class);
      house.directory().users().delete(ann.login());
      assertThat(house.accounts().list(Optional.empty(), 10)).isEmpty();
      house.interruptedCreation(EXAMPLE);
      house.reopenDamaged(new AccountId("orphan"));
      assertThat(house.accounts().list(Optional.empty(), 10)).isEmpty();
      assertThat(house.directory().user(ann.login())).isEmpty();
    }
  }

  @Test
  default void aDamagedAccountGivesWayToOneThatIsRestored() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      house.directory().allow(ann.login(), _ -> bytes(5_000));
      house.reopenDamaged(ann.account());
      User restored =
          house
              .directory()
              .users()
              .restore(
                  SavedDomain.SavedUser.unknown(ann.login(), ann.account()),
                  ann.login(),
                  true,
                  (account, _) -> house.account(account, "ann@example.org"));
      assertThat(house.accounts().list(Optional.empty(), 10)).containsExactly(restored.account());
      house.reopen();
      Account account = house.accounts().find(restored.account()).orElseThrow();
      assertThat(account.ownQuota().bytes()).isEqualTo(5_000);
    }
  }

  /// Nothing is taken from it while it cannot be read, so whoever is called the same one day would
  /// inherit it.
  @Test
  default void whoSharedButCannotBeReadIsNamed() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      User bob = house.user("bob@example.org");
      house.directory().shares().note(EXAMPLE, "bob@example.org", ann.account());
      house.reopenDamaged(ann.account());
      assertThatThrownBy(() -> house.directory().users().delete(bob.login()))
          .isInstanceOf(StorageUnavailable.class)
          .hasMessageContaining(ann.account().value())
          .hasMessageContaining("bob@example.org")
          .hasMessageContaining("posthorn verify");
      assertThat(house.directory().user(bob.login())).isPresent();
      house.directory().users().delete(ann.login());
      house.directory().users().delete(bob.login());
      assertThat(house.directory().user(bob.login())).isEmpty();
    }
  }

  @Test
  default void aKeyThatIsCutOffIsNamedAndGoesWithItsDomain() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      User bob = house.user("bob@example.org");
      house.directory().shares().note(EXAMPLE, "bob@example.org", ann.account());
      house.reopenWithCutKey(ann.account());
      assertThatThrownBy(() -> house.directory().users().delete(bob.login()))
          .isInstanceOf(StorageUnavailable.class)
          .hasMessageContaining(ann.account().value())
          .hasMessageContaining("posthorn verify");
      house.directory().domains().delete(EXAMPLE, true);
      assertThat(house.directory().domains().all()).isEmpty();
      assertThat(house.accounts().list(Optional.empty(), 10)).isEmpty();
    }
  }

  @Test
  default void aForcedDeletionOfADomainLeavesNothing() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      house.user("ann@example.org");
      house.user("bob@example.org");
      directory.createAlias(at("info@example.org"), List.of(at("ann@example.org")));
      directory.domains().alias(OTHER, EXAMPLE);
      assertThatThrownBy(() -> directory.domains().delete(EXAMPLE, true))
          .isInstanceOf(DirectoryException.DomainInUse.class);
      directory.domains().delete(OTHER, false);
      directory.domains().delete(EXAMPLE, true);
      assertThat(directory.domains().all()).isEmpty();
      assertThat(house.accounts().list(Optional.empty(), 10)).isEmpty();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      assertThat(directory.users().page(EXAMPLE, "", 10)).isEmpty();
      assertThat(directory.aliases(EXAMPLE)).isEmpty();
      directory.domains().delete(EXAMPLE, false);
      house.reopen();
      assertThat(house.directory().domains().all()).isEmpty();
    }
  }

  /// Those who shared with each other go together, so nothing need be taken back from one that
  /// cannot be read.
  @Test
  default void aForcedDeletionOfADomainTakesDamagedAccountsAlong() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      User bob = house.user("bob@example.org");
      house.directory().shares().note(EXAMPLE, "bob@example.org", ann.account());
      house.directory().shares().note(EXAMPLE, "ann@example.org", bob.account());
      house.reopenDamaged(ann.account());
      house.reopenDamaged(bob.account());
      house.directory().domains().delete(EXAMPLE, true);
      assertThat(house.directory().domains().all()).isEmpty();
      assertThat(house.accounts().list(Optional.empty(), 10)).isEmpty();
    }
  }

  /// From whose account nothing can be taken back now, and who stays.
  @Test
  default void aForcedDeletionOfADomainThatCannotBeEndedDoesNotBegin() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      house.directory().domains().create(OTHER, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      User bob = house.user("bob@example.org");
      User carol = house.user("carol@example.net");
      house.directory().shares().note(EXAMPLE, "bob@example.org", carol.account());
      house.reopenDamaged(carol.account());
      assertThatThrownBy(() -> house.directory().domains().delete(EXAMPLE, true))
          .isInstanceOf(StorageUnavailable.class)
          .hasMessageContaining(carol.account().value())
          .hasMessageContaining("bob@example.org");
      assertThat(house.directory().user(ann.login())).isPresent();
      assertThat(house.directory().user(bob.login())).isPresent();
    }
  }

  @Test
  default void anAccountOfAnInterruptedCreationIsErasedAtTheNextStart() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      house.interruptedCreation(EXAMPLE);
      assertThat(house.accounts().list(Optional.empty(), 10)).hasSize(1);
      house.reopen();
      assertThat(house.accounts().list(Optional.empty(), 10)).isEmpty();
    }
  }

  @Test
  default void quotasReachTheAccount() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD.withAllowance(bytes(1_000)));
      User ann = house.user("ann@example.org");
      Account account = house.accounts().find(ann.account()).orElseThrow();
      assertThat(account.quota().limitBytes()).isEqualTo(1_000);
      directory.domains().configure(EXAMPLE, settings -> settings.withAllowance(bytes(2_000)));
      assertThat(account.quota().limitBytes()).isEqualTo(2_000);
      directory.allow(ann.login(), allowance -> allowance.withQuotaBytes(OptionalLong.of(5_000)));
      assertThat(account.quota().limitBytes()).isEqualTo(5_000);
      directory.domains().configure(EXAMPLE, settings -> settings.withAllowance(bytes(3_000)));
      assertThat(account.quota().limitBytes()).isEqualTo(5_000);
      directory.allow(ann.login(), _ -> Allowance.NONE);
      assertThat(account.quota().limitBytes()).isEqualTo(3_000);
    }
  }

  @Test
  default void aUserMayHaveNoLimitAlthoughTheDomainHasOne() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory
          .domains()
          .create(
              EXAMPLE,
              DomainSettings.STANDARD.withAllowance(
                  bytes(1_000).withQuotaMessages(OptionalLong.of(10))));
      User ann = house.user("ann@example.org");
      directory.allow(ann.login(), allowance -> allowance.withQuotaBytes(OptionalLong.of(0)));

      assertThat(house.accounts().find(ann.account()).orElseThrow().quota())
          .isEqualTo(new Quota(0, 0, 0, 10));
      house.reopen();
      assertThat(house.accounts().find(ann.account()).orElseThrow().quota())
          .isEqualTo(new Quota(0, 0, 0, 10));
    }
  }

  @Test
  default void aRenamedUserKeepsAccountAndPassword() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      User renamed = directory.users().rename(ann.login(), at("Anna@example.org"));
      assertThat(renamed.login()).isEqualTo(at("anna@example.org"));
      assertThat(renamed.account()).isEqualTo(ann.account());
      assertThat(directory.secrets().hash(renamed)).isPresent();
      assertThat(directory.user(ann.login())).isEmpty();
      assertThat(house.accounts().find(renamed.account()).map(Account::owner))
          .contains("anna@example.org");
      assertThatThrownBy(() -> directory.users().rename(renamed.login(), at("anna@example.net")))
          .isInstanceOf(DirectoryException.NotPermitted.class);
    }
  }
}
