package org.posthorn.storage.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.QuotaLimits;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.memory.InMemoryEngine;

/// What is damaged in a domain is named, set aside, and made anew from what there is.
final class DirectoryCheckTest {
  private static final Domain DOMAIN = Domain.of("example.org");
  private static final MailAddress ANN = MailAddress.of("ann@example.org");
  private static final Actor ACTOR = new Actor("test", "test", "");
  private static final byte[] TORN = {1};

  @Test
  void aSoundDomainHasNoFaults() {
    try (var house = house()) {
      assertThat(house.directory().inspect().faults(DOMAIN)).isEmpty();
      assertThat(house.directory().inspect().repair(DOMAIN)).isEmpty();
    }
  }

  @Test
  void aDamagedUserIsNamedAndMadeAnewFromTheAccount() {
    try (var house = house()) {
      User before = house.directory().user(ANN).orElseThrow();
      damage(house, DomainRows.key(DomainRows.USER, "ann"));
      assertThat(house.directory().user(ANN)).isEmpty();
      assertThat(what(house.directory().inspect().faults(DOMAIN)))
          .containsExactly("the row of user ann is damaged");
      assertThat(what(house.directory().inspect().repair(DOMAIN)))
          .containsExactly(
              "the row of user ann was set aside",
              "the user was made anew from the account: enabled, without a full name");
      house.reopen();
      assertThat(house.directory().user(ANN)).contains(before);
      assertThat(house.directory().inspect().faults(DOMAIN)).isEmpty();
    }
  }

  @Test
  void aDamagedUserHidesNobodyBehindIt() {
    try (var house = house()) {
      damage(house, DomainRows.key(DomainRows.USER, "ann"));
      assertThat(house.directory().users().page(DOMAIN, "", 1))
          .extracting(user -> user.login().toString())
          .containsExactly("bob@example.org");
    }
  }

  /// As a row that was set aside leaves them.
  @Test
  void theMembersOfAListByTheirDomainsAreThoseThatItHas() {
    try (var house = house()) {
      MailingList list =
          house.directory().lists().create(MailAddress.of("team@example.org"), Map.of());
      var _ =
          house
              .directory()
              .lists()
              .add(
                  list.address(),
                  List.of(
                      new ListBook.NewMember(ANN, ""),
                      new ListBook.NewMember(MailAddress.of("Bob+x@example.org"), "")),
                  Instant.EPOCH);
      assertThat(house.directory().inspect().faults(DOMAIN)).isEmpty();
      damage(house, ListRows.key(ListRows.BY_DOMAIN, "team", "example.org\0ann"));
      assertThat(what(house.directory().inspect().faults(DOMAIN)))
          .containsExactly(
              "a row of the members by their domains of list team example.org ann is damaged");
      assertThat(what(house.directory().inspect().repair(DOMAIN)))
          .contains("its members by their domains are made anew when they are asked for");
      assertThat(house.directory().inspect().faults(DOMAIN)).isEmpty();
      assertThat(house.directory().lists().ours(list))
          .containsExactly(ANN, MailAddress.of("Bob+x@example.org"));
      assertThat(house.directory().inspect().faults(DOMAIN)).isEmpty();
    }
  }

  @Test
  void otherDamagedRowsAreSetAside() {
    try (var house = house()) {
      house.directory().createAlias(MailAddress.of("info@example.org"), List.of(ANN));
      damage(house, DomainRows.key(DomainRows.ALIAS, "info"));
      assertThat(what(house.directory().inspect().faults(DOMAIN)))
          .containsExactly("the row of alias info is damaged");
      assertThat(house.directory().inspect().repair(DOMAIN)).hasSize(1);
      assertThat(house.directory().inspect().faults(DOMAIN)).isEmpty();
      house.directory().createAlias(MailAddress.of("info@example.org"), List.of(ANN));
      house.reopen();
      assertThat(house.directory().inspect().faults(DOMAIN)).isEmpty();
    }
  }

  @Test
  void damagedSettingsStopNobody() {
    try (var house = house()) {
      damage(house, DomainRows.SETTINGS);
      assertThat(house.directory().user(ANN)).isPresent();
      assertThat(what(house.directory().inspect().faults(DOMAIN)))
          .containsExactly("the row of the domain's settings is damaged");
      assertThat(house.directory().inspect().repair(DOMAIN)).hasSize(2);
      house.reopen();
      assertThat(house.directory().inspect().faults(DOMAIN)).isEmpty();
      assertThat(house.directory().user(ANN)).isPresent();
    }
  }

  /// As a crash in the middle of renaming leaves it: nobody would see what ann shares.
  @Test
  void anAccountThatNamesAnotherOwnerGetsItsUser() {
    try (var house = house()) {
      User ann = house.directory().user(ANN).orElseThrow();
      house
          .accounts()
          .find(ann.account())
          .orElseThrow()
          .change(
              ACTOR,
              draft -> {
                draft.setOwner("anna@example.org");
                return draft;
              });
      assertThat(what(house.directory().inspect().faults(DOMAIN)))
          .containsExactly("the account names another owner: anna@example.org");
      assertThat(what(house.directory().inspect().repair(DOMAIN)))
          .containsExactly("the account names its user as the owner again");
      assertThat(house.directory().inspect().faults(DOMAIN)).isEmpty();
      assertThat(house.accounts().find(ann.account()).orElseThrow().owner())
          .isEqualTo(ANN.toString());
    }
  }

  /// As a crash between the two leaves it.
  @Test
  void anAccountWithAnotherQuotaThanItsUserGetsTheUsers() {
    try (var house = house()) {
      house.directory().allow(ANN, allowance -> allowance.withQuotaBytes(OptionalLong.of(5_000)));
      User ann = house.directory().user(ANN).orElseThrow();
      house
          .accounts()
          .find(ann.account())
          .orElseThrow()
          .change(
              ACTOR,
              draft -> {
                draft.setQuota(QuotaLimits.NONE);
                return draft;
              });
      assertThat(what(house.directory().inspect().faults(DOMAIN)))
          .containsExactly("the account has another quota than its user: set it again");
      assertThat(what(house.directory().inspect().repair(DOMAIN)))
          .containsExactly("the account has the quota of its user again");
      assertThat(house.accounts().find(ann.account()).orElseThrow().ownQuota())
          .isEqualTo(new QuotaLimits(5_000, 0));
      assertThat(house.directory().inspect().faults(DOMAIN)).isEmpty();
    }
  }

  private static DirectoryHouse house() {
    var house = new DirectoryHouse(new InMemoryEngine(), engine -> engine);
    house.directory().domains().create(DOMAIN, DomainSettings.STANDARD);
    house.user("ann@example.org");
    house.user("bob@example.org");
    return house;
  }

  private static void damage(DirectoryHouse house, byte[] key) {
    Partition partition = DomainRows.partition(DOMAIN);
    var _ =
        house
            .engine()
            .commit(
                partition,
                house.engine().head(partition).version(),
                CommitId.random(),
                new Batch().put(key, TORN));
    house.reopen();
  }

  private static List<String> what(List<DirectoryCheck.Finding> findings) {
    return findings.stream().map(DirectoryCheck.Finding::what).toList();
  }
}
