package org.posthorn.storage.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Partition;

/// What the directory promises on every engine.
interface DirectoryContract {
  Domain EXAMPLE = Domain.of("example.org");
  Domain OTHER = Domain.of("example.net");

  /// An empty directory on the engine under test.
  DirectoryHouse house();

  static MailAddress at(String address) {
    return MailAddress.of(address);
  }

  /// Who writes as postmaster at its own names must be answered there, whoever that is.
  @Test
  default void thereIsAPostmasterAtTheNamesOfTheServer() {
    try (var house = house()) {
      Directory directory = house.directory();
      MailAddress own = at("Postmaster@mail.example.org");
      MailAddress postmaster = at("postmaster@example.org");
      Set<Domain> names = Set.of(own.domain(), EXAMPLE);
      assertThat(directory.resolve(own)).isInstanceOf(Resolution.NotLocal.class);
      directory.serveUnder(new OwnNames(names, Optional.empty()));
      assertThat(directory.resolve(own)).isEqualTo(new Resolution.NoSuchUser());
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      assertThat(directory.expand(own).mailboxes()).isEmpty();
      directory.createAlias(postmaster, List.of(ann.login()));
      assertThat(directory.expand(own).mailboxes())
          .containsExactly(new Resolution.Mailbox(ann, Optional.empty()));
      assertThat(directory.maySendAs(ann, own)).as("whom nobody named").isFalse();
      assertThat(directory.resolve(at("ann@mail.example.org")))
          .isInstanceOf(Resolution.NotLocal.class);
      // A circle ends, and is none of the directory's.
      directory.serveUnder(new OwnNames(names, Optional.of(at("postmaster@MAIL.example.org"))));
      assertThat(directory.expand(own).mailboxes()).hasSize(1);
      User bob = house.user("bob@example.org");
      directory.serveUnder(new OwnNames(names, Optional.of(bob.login())));
      assertThat(directory.resolve(own))
          .isEqualTo(new Resolution.Alias(at("postmaster@mail.example.org"), List.of(bob.login())));
      assertThat(directory.maySendAs(bob, own)).isTrue();
      assertThat(directory.maySendAs(ann, own)).isFalse();
    }
  }

  @Test
  default void whatUsersWantOfTheirMailIsKept() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      Vacation away =
          Vacation.of(
              Optional.empty(),
              Optional.of(Instant.ofEpochMilli(9_000)),
              "Away",
              "Back soon",
              "",
              Duration.ofDays(7));
      Personal set =
          house
              .directory()
              .personal()
              .change(ann, one -> one.with(Optional.of(away)).blocking("Eve@example.net"));
      var _ = house.directory().personal().change(EXAMPLE, one -> one.blocking("@spam.example"));
      ann = house.directory().users().rename(ann.login(), at("anna@example.org"));
      house.reopen();
      PersonalBook personal = house.directory().personal();
      assertThat(personal.of(ann)).isEqualTo(set);
      assertThat(personal.of(ann).blocks(at("EVE@example.net"))).isTrue();
      assertThat(personal.of(EXAMPLE).blocks(at("x@spam.example"))).isTrue();
      assertThat(away.isOn(Instant.ofEpochMilli(8_999))).isTrue();
      assertThat(away.isOn(Instant.ofEpochMilli(9_000))).isFalse();
      assertThatThrownBy(() -> personal.change(EXAMPLE, one -> one.blocking("nonsense")))
          .isInstanceOf(DirectoryException.NotPermitted.class);
      house.directory().users().delete(ann.login());
      assertThat(house.directory().personal().of(ann)).isEqualTo(Personal.NONE);
    }
  }

  @Test
  default void groupsFollowTheirMembers() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      house.user("ann@example.org");
      house.user("bob@example.org");
      directory.groups().create(at("Team@example.org"), List.of(at("ANN@example.org")));
      directory.groups().add(at("team@example.org"), List.of(at("bob@example.org")));
      assertThatThrownBy(() -> directory.groups().create(at("team@example.org"), List.of()))
          .isInstanceOf(DirectoryException.GroupExists.class);
      assertThatThrownBy(
              () -> directory.groups().add(at("team@example.org"), List.of(at("cyd@example.org"))))
          .isInstanceOf(DirectoryException.NoSuchUser.class);
      directory.users().rename(at("bob@example.org"), at("rob@example.org"));
      house.reopen();
      assertThat(house.directory().groups().of(EXAMPLE))
          .containsExactly(
              new GroupBook.Group(
                  at("team@example.org"), List.of(at("ann@example.org"), at("rob@example.org"))));
      assertThat(house.directory().groups().with(at("rob@example.org")))
          .containsExactly(at("team@example.org"));
      house.directory().users().delete(at("ann@example.org"));
      house.directory().groups().remove(at("team@example.org"), List.of(at("rob@example.org")));
      house.reopen();
      assertThat(house.directory().groups().find(at("team@example.org")).members()).isEmpty();
      house.directory().groups().delete(at("team@example.org"));
      assertThatThrownBy(() -> house.directory().groups().find(at("team@example.org")))
          .isInstanceOf(DirectoryException.NoSuchGroup.class);
    }
  }

  /// Who has shared something is found without a look at all accounts.
  @Test
  default void whoSharesIsKnown() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      User bob = house.user("bob@example.org");
      house.directory().shares().note(EXAMPLE, "bob@example.org", ann.account());
      house.directory().shares().note(EXAMPLE, "anyone", bob.account());
      house.directory().shares().note(EXAMPLE, "anyone", ann.account());
      house.reopen();
      ShareIndex shares = house.directory().shares();
      assertThat(shares.of(EXAMPLE, List.of("bob@example.org"))).containsExactly(ann.account());
      assertThat(shares.of(EXAMPLE, List.of("bob@example.org", "anyone")))
          .containsExactlyInAnyOrder(ann.account(), bob.account());
      house.directory().users().delete(at("bob@example.org"));
      assertThat(house.directory().shares().of(EXAMPLE, List.of("bob@example.org"))).isEmpty();
    }
  }

  @Test
  default void namesCompareInLowerCaseAndComposedForm() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      User user = house.user("J\u00d6RG@example.org");
      assertThat(user.login().localPart()).isEqualTo("j\u00f6rg");
      assertThat(house.directory().user(at("jo\u0308rg@example.org"))).contains(user);
    }
  }

  /// The order: exact user, alias, sub-address, domain alias, catch-all.
  @Test
  default void anAddressMeansTheFirstThatFits() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      User bob = house.user("bob@example.org");
      User list = house.user("ann+list@example.org");
      directory.createAlias(at("info@example.org"), List.of(at("ann@example.org")));
      directory.createAlias(at("bob+x@example.org"), List.of(at("ann@example.org")));
      directory.domains().alias(OTHER, EXAMPLE);

      assertThat(directory.resolve(at("ann+list@example.org")))
          .isEqualTo(new Resolution.Mailbox(list, Optional.empty()));
      assertThat(directory.resolve(at("ann+Other+x@example.org")))
          .isEqualTo(new Resolution.Mailbox(ann, Optional.of("Other+x")));
      assertThat(directory.resolve(at("ann+@example.org")))
          .isEqualTo(new Resolution.Mailbox(ann, Optional.empty()));
      assertThat(directory.resolve(at("+ann@example.org"))).isEqualTo(new Resolution.NoSuchUser());
      assertThat(directory.resolve(at("bob+x@example.org")))
          .isEqualTo(new Resolution.Alias(at("bob+x@example.org"), List.of(at("ann@example.org"))));
      assertThat(directory.resolve(at("info+a@example.org")))
          .isEqualTo(new Resolution.Alias(at("info@example.org"), List.of(at("ann@example.org"))));
      assertThat(directory.resolve(at("Bob+y@example.net")))
          .isEqualTo(new Resolution.Mailbox(bob, Optional.of("y")));
      assertThat(directory.resolve(at("nobody@example.net")))
          .isEqualTo(new Resolution.NoSuchUser());

      directory.domains().setCatchAll(EXAMPLE, Optional.of(at("ann@example.org")));
      var caught = List.of(at("ann@example.org"));
      assertThat(directory.resolve(at("Nobody@example.org")))
          .isEqualTo(new Resolution.Alias(at("nobody@example.org"), caught));
      assertThat(directory.resolve(at("nobody@example.net")))
          .isEqualTo(new Resolution.Alias(at("nobody@example.net"), caught));
      assertThat(directory.resolve(at("bob@example.org")))
          .isEqualTo(new Resolution.Mailbox(bob, Optional.empty()));
    }
  }

  @Test
  default void theSeparatorIsTheDomains() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD.withSeparator(Optional.of("-")));
      User ann = house.user("ann@example.org");
      assertThat(directory.resolve(at("ann-x@example.org")))
          .isEqualTo(new Resolution.Mailbox(ann, Optional.of("x")));
      directory.domains().configure(EXAMPLE, settings -> settings.withSeparator(Optional.empty()));
      assertThat(directory.resolve(at("ann-x@example.org"))).isEqualTo(new Resolution.NoSuchUser());
      assertThatThrownBy(() -> DomainSettings.STANDARD.withSeparator(Optional.of("@")))
          .isInstanceOf(DirectoryException.NotPermitted.class);
    }
  }

  @Test
  default void allIsThereAfterARestart() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      house.user("bob@example.org");
      directory.createAlias(
          at("info@example.org"), List.of(at("ann@example.org"), at("x@elsewhere.example")));
      directory.domains().alias(OTHER, EXAMPLE);
      directory.setEnabled(at("bob@example.org"), false);
      directory.setFullName(at("ann@example.org"), "Ann Jones");
      List<DomainInfo> domains = directory.domains().all();
      List<User> users = directory.users().page(EXAMPLE, "", 10);
      List<Resolution.Alias> aliases = directory.aliases(EXAMPLE);

      house.reopen();
      assertThat(house.directory().domains().all()).isEqualTo(domains);
      assertThat(house.directory().users().page(EXAMPLE, "", 10)).isEqualTo(users);
      assertThat(house.directory().aliases(EXAMPLE)).isEqualTo(aliases);
      assertThat(house.directory().user(ann.login()).orElseThrow().fullName())
          .isEqualTo("Ann Jones");
      assertThat(house.directory().resolve(at("bob@example.org")))
          .isInstanceOf(Resolution.Disabled.class);
    }
  }

  @Test
  default void usersAreListedByPage() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      for (String name : List.of("eve", "ann", "dan", "bob", "cid")) {
        house.user(name + "@example.org");
      }
      var names = new ArrayList<String>();
      List<User> page = house.directory().users().page(EXAMPLE, "", 2);
      while (!page.isEmpty()) {
        page.forEach(user -> names.add(user.login().localPart()));
        page = house.directory().users().page(EXAMPLE, names.getLast(), 2);
      }
      assertThat(names).containsExactly("ann", "bob", "cid", "dan", "eve");
      assertThat(house.directory().domains().all().getFirst().users()).isEqualTo(5);
    }
  }

  @Test
  default void whatCannotBeIsDeclined() {
    try (var house = house()) {
      Directory directory = house.directory();
      assertThatThrownBy(() -> house.user("ann@example.org"))
          .isInstanceOf(DirectoryException.NoSuchDomain.class)
          .hasMessageContaining("create it first");
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      assertThatThrownBy(() -> directory.domains().create(EXAMPLE, DomainSettings.STANDARD))
          .isInstanceOf(DirectoryException.DomainExists.class);
      house.user("ann@example.org");
      assertThatThrownBy(() -> house.user("ANN@example.org"))
          .isInstanceOf(DirectoryException.UserExists.class);
      var target = List.of(at("x@elsewhere.example"));
      assertThatThrownBy(() -> directory.createAlias(at("ann@example.org"), target))
          .isInstanceOf(DirectoryException.UserExists.class);
      directory.createAlias(at("info@example.org"), target);
      assertThatThrownBy(() -> directory.createAlias(at("INFO@example.org"), target))
          .isInstanceOf(DirectoryException.AliasExists.class);
      assertThatThrownBy(() -> house.user("info@example.org"))
          .isInstanceOf(DirectoryException.AliasExists.class);
      assertThatThrownBy(() -> directory.changeAlias(at("who@example.org"), target))
          .isInstanceOf(DirectoryException.NoSuchAlias.class);
      assertThatThrownBy(() -> directory.deleteAlias(at("who@example.org")))
          .isInstanceOf(DirectoryException.NoSuchAlias.class);
      assertThatThrownBy(() -> directory.createAlias(at("who@example.org"), List.of()))
          .isInstanceOf(DirectoryException.NotPermitted.class);
      assertThatThrownBy(() -> directory.users().delete(at("who@example.org")))
          .isInstanceOf(DirectoryException.NoSuchUser.class);
      assertThatThrownBy(
              () -> directory.domains().setCatchAll(EXAMPLE, Optional.of(at("who@example.org"))))
          .isInstanceOf(DirectoryException.NoSuchUser.class);
      assertThatThrownBy(() -> directory.domains().delete(EXAMPLE, false))
          .isInstanceOf(DirectoryException.DomainInUse.class)
          .hasMessageContaining("has 1 user, 1 alias: ");
      assertThatThrownBy(() -> directory.domains().alias(EXAMPLE, EXAMPLE))
          .isInstanceOf(DirectoryException.NotPermitted.class);
      assertThatThrownBy(
              () -> directory.domains().create(Domain.of("[192.0.2.1]"), DomainSettings.STANDARD))
          .isInstanceOf(DirectoryException.NotPermitted.class);
      assertThat(house.accounts().list(Optional.empty(), 10)).hasSize(1);
    }
  }

  @Test
  default void aCircleOfAliasesIsRefused() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      directory.domains().alias(OTHER, EXAMPLE);
      directory.createAlias(at("a@example.org"), List.of(at("b@example.org")));
      directory.createAlias(at("b@example.org"), List.of(at("c@example.org")));
      for (String target :
          List.of("a@example.org", "A+x@example.org", "a@example.net", "c@example.net")) {
        assertThatThrownBy(() -> directory.createAlias(at("c@example.org"), List.of(at(target))))
            .as(target)
            .isInstanceOf(DirectoryException.AliasLoop.class);
      }
    }
  }

  @Test
  default void anExpansionFollowsAllAliasesOnce() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      User bob = house.user("bob@example.org");
      directory.setEnabled(at("bob@example.org"), false);
      directory.createAlias(
          at("team@example.org"),
          List.of(
              at("ann@example.org"),
              at("bob@example.org"),
              at("x@elsewhere.example"),
              at("gone@example.org"),
              at("all@example.org")));
      directory.createAlias(
          at("all@example.org"), List.of(at("ann@example.org"), at("y@elsewhere.example")));
      Expansion found = directory.expand(at("TEAM@example.org"));
      assertThat(found.mailboxes()).containsExactly(new Resolution.Mailbox(ann, Optional.empty()));
      assertThat(found.remote())
          .containsExactly(at("x@elsewhere.example"), at("y@elsewhere.example"));
      assertThat(found.disabled()).extracting(User::account).containsExactly(bob.account());
      assertThat(found.unknown()).containsExactly(at("gone@example.org"));
      assertThat(found.complete()).isTrue();
    }
  }

  @Test
  default void anExpansionIsBoundedInDepthAndNumber() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      for (int i = 0; i < 15; i++) {
        directory.createAlias(
            at("a" + i + "@example.org"), List.of(at("a" + (i + 1) + "@example.org")));
      }
      assertThat(directory.expand(at("a0@example.org")).complete()).isFalse();
      assertThat(directory.expand(at("a8@example.org")).unknown())
          .containsExactly(at("a15@example.org"));
      List<MailAddress> many =
          IntStream.range(0, 1_000).mapToObj(i -> at("r" + i + "@elsewhere.example")).toList();
      directory.createAlias(at("many@example.org"), many);
      directory.createAlias(
          at("more@example.org"), List.of(at("one@elsewhere.example"), at("many@example.org")));
      assertThat(directory.expand(at("many@example.org")).remote()).hasSize(1_000);
      assertThat(directory.expand(at("more@example.org")).remote()).hasSize(1_000);
      assertThat(directory.expand(at("more@example.org")).complete()).isFalse();
    }
  }

  @Test
  default void aUserSendsAsOwnAddressesOnly() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      house.user("bob@example.org");
      directory.createAlias(at("info@example.org"), List.of(at("team@example.org")));
      directory.createAlias(
          at("team@example.org"), List.of(at("ann@example.org"), at("bob@example.org")));
      directory.createAlias(at("sales@example.org"), List.of(at("bob@example.org")));
      directory.domains().alias(OTHER, EXAMPLE);
      directory.domains().setCatchAll(EXAMPLE, Optional.of(at("ann@example.org")));
      for (String own :
          List.of(
              "ann@example.org",
              "Ann+x@example.org",
              "ann@example.net",
              "info@example.org",
              "team@example.net")) {
        assertThat(directory.maySendAs(ann, at(own))).as(own).isTrue();
      }
      for (String foreign :
          List.of(
              "bob@example.org", "sales@example.org", "who@example.org", "ann@elsewhere.example")) {
        assertThat(directory.maySendAs(ann, at(foreign))).as(foreign).isFalse();
      }
    }
  }

  /// They go for good, as users do. An alias of the domain's own users is nothing without them.
  @Test
  default void aDomainWithListsOrWithAliasesThatLeadElsewhereStays() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      directory.lists().create(at("team@example.org"), Map.of());
      directory.createAlias(at("away@example.org"), List.of(at("x@elsewhere.example")));
      directory.createAlias(at("all@example.org"), List.of(at("team@example.org")));
      assertThatThrownBy(() -> directory.domains().delete(EXAMPLE, false))
          .isInstanceOf(DirectoryException.DomainInUse.class)
          .hasMessage(
              "Domain example.org still has 1 list, 1 alias: remove each of them first, with "
                  + " posthorn list delete, posthorn alias remove, or all of them with it: "
                  + " posthorn domain remove --force");
      directory.deleteAlias(at("away@example.org"));
      assertThatThrownBy(() -> directory.domains().delete(EXAMPLE, false))
          .hasMessageContaining("has 1 list: ");
      directory.lists().delete(at("team@example.org"));
      directory.domains().delete(EXAMPLE, false);
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
      directory.lists().create(at("team@example.org"), Map.of());
      directory.createAlias(at("away@example.org"), List.of(at("x@elsewhere.example")));
      directory.domains().delete(EXAMPLE, true);
      assertThat(directory.domains().all()).isEmpty();
    }
  }

  @Test
  default void whatMayBeKeptOutlivesARestart() {
    try (var house = house()) {
      Directory directory = house.directory();
      Allowance some = new Allowance(OptionalLong.of(5), OptionalLong.empty());
      Allowance others = new Allowance(OptionalLong.empty(), OptionalLong.of(0));
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD.withAllowance(some));
      User ann = house.user("ann@example.org");
      directory.allow(ann.login(), _ -> others);
      house.reopen();

      assertThat(house.directory().domains().all().getFirst().settings().allowance())
          .isEqualTo(some);
      assertThat(house.directory().user(ann.login()).orElseThrow().allowance()).isEqualTo(others);
      assertThatThrownBy(() -> others.withQuotaMessages(OptionalLong.of(-1)))
          .isInstanceOf(DirectoryException.NotPermitted.class);
    }
  }

  @Test
  default void whatDoesNotFitTogetherIsFound() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      assertThat(house.directory().inspect().mismatches()).isEmpty();
      house.accounts().delete(ann.account());
      assertThat(house.directory().inspect().mismatches())
          .singleElement()
          .asString()
          .contains("ann@example.org has no account");
    }
  }

  @Test
  default void aDamagedRowOfAUserStopsNobodyElse() {
    try (var house = house()) {
      house.directory().domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
      var _ = house.user("ann@example.org");
      var _ = house.user("bob@example.org");
      Partition partition = DomainRows.partition(Domain.of("example.org"));
      byte[] key = DomainRows.key(DomainRows.USER, "ann");
      var damage = new Batch().put(key, new byte[] {1, 2});
      var _ =
          house
              .engine()
              .commit(
                  partition, house.engine().head(partition).version(), CommitId.random(), damage);
      house.reopen();
      assertThat(house.directory().user(MailAddress.of("bob@example.org"))).isPresent();
      assertThat(house.directory().user(MailAddress.of("ann@example.org"))).isEmpty();
    }
  }
}
