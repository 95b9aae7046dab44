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
import org.posthorn.message.MailId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Quota;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Partition;

/// What the directory promises on every engine.
interface DirectoryContract {
  Domain EXAMPLE = Domain.of("example.org");
  Domain OTHER = Domain.of("example.net");

  /// An empty directory on the engine under test.
  DirectoryHouse house();

  private static MailAddress at(String address) {
    return MailAddress.of(address);
  }

  @Test
  default void aNewUserHasAnAccountAndReceives() {
    try (var house = house()) {
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
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
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
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
  default void aListHasMembersWhoSurviveAndGoWithIt() {
    try (var house = house()) {
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
      var since = Instant.ofEpochMilli(1_000);
      MailAddress team = at("team@example.org");
      ListBook lists = house.directory().lists();
      MailingList made = lists.create(at("Team@example.org"), Map.of("posting", "anyone"));
      assertThat(made.address()).isEqualTo(team);
      List<ListBook.NewMember> many =
          IntStream.range(0, 1_200)
              .mapToObj(i -> new ListBook.NewMember(at("m" + i + "@example.net"), "M " + i))
              .toList();
      assertThat(lists.add(team, many, since)).hasSize(1_200);
      assertThat(lists.add(team, many.subList(0, 3), since)).isEmpty();
      house.reopen();
      lists = house.directory().lists();
      MailingList list = lists.there(at("TEAM@example.org"));
      assertThat(list).isEqualTo(made);
      assertThat(list.settings().posting()).isEqualTo(ListSettings.Posting.ANYONE);
      assertThat(lists.count(team)).isEqualTo(1_200);
      List<ListMember> parts = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        List<ListMember> part = lists.part(list, i, 24);
        assertThat(part).hasSizeBetween(20, 90);
        parts.addAll(part);
      }
      assertThat(parts).hasSize(1_200).doesNotHaveDuplicates();
      ListMember seven = lists.member(list, at("M7@example.net")).orElseThrow();
      assertThat(lists.byToken(list, seven.token())).contains(seven);
      assertThat(lists.remove(team, seven.address())).isTrue();
      assertThat(lists.byToken(list, seven.token())).isEmpty();
      assertThat(lists.byId(EXAMPLE, list.id())).contains(list);
      assertThatThrownBy(() -> house.user("team@example.org"))
          .isInstanceOf(DirectoryException.ListExists.class);
      lists.delete(team);
      lists.create(team, Map.of());
      assertThat(lists.count(team)).isZero();
    }
  }

  @Test
  default void theNamesOfAListLeadToIt() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
      house.user("team-owner@example.org");
      MailingList list = directory.lists().create(at("team@example.org"), Map.of());
      assertThat(directory.resolve(at("TEAM@example.org")))
          .isEqualTo(new Resolution.Listed(list, MailingList.Role.POST, Optional.empty()));
      assertThat(directory.resolve(at("team-confirm+ab2@example.org")))
          .isEqualTo(new Resolution.Listed(list, MailingList.Role.CONFIRM, Optional.of("ab2")));
      assertThat(directory.resolve(at("team-owner@example.org")))
          .as("somebody who has the name gets the mail")
          .isInstanceOf(Resolution.Mailbox.class);
      assertThat(directory.resolve(at("team-x@example.org")))
          .isEqualTo(new Resolution.NoSuchUser());
      directory.createAlias(at("all@example.org"), List.of(at("team@example.org")));
      assertThat(directory.expand(at("all@example.org")).lists())
          .containsExactly(at("team@example.org"));
      assertThatThrownBy(
              () -> directory.lists().configure(at("team@example.org"), Map.of("posting", "me")))
          .hasMessageContaining("anyone, members, moderators");
    }
  }

  /// What nobody gets would vanish.
  @Test
  default void theArchiveAndTheModeratorsOfAListAreSomebody() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
      house.user("ann@example.org");
      ListBook lists = directory.lists();
      MailAddress team = at("team@example.org");
      MailAddress other = at("other@example.org");
      lists.create(other, Map.of());
      directory.createAlias(at("lost@example.org"), List.of(at("nobody@example.org")));
      directory.createAlias(at("all@example.org"), List.of(other));
      for (String setting : List.of("archive", "moderators")) {
        for (String nowhere : List.of("nobody@example.org", "lost@example.org")) {
          assertThatThrownBy(() -> lists.create(team, Map.of(setting, nowhere)))
              .isInstanceOf(DirectoryException.NotPermitted.class)
              .hasMessageContaining("'" + setting + "'")
              .hasMessageContaining(nowhere)
              .hasMessageContaining("posthorn user add");
        }
        for (String list : List.of("other@example.org", "all@example.org")) {
          assertThatThrownBy(() -> lists.create(team, Map.of(setting, list)))
              .isInstanceOf(DirectoryException.NotPermitted.class)
              .hasMessageContaining("mailing list");
        }
        assertThatThrownBy(() -> lists.configure(team, Map.of(setting, "nobody@example.org")))
            .isInstanceOf(DirectoryException.NoSuchList.class);
      }
      lists.create(
          team,
          Map.of("archive", "ann+team@example.org", "moderators", "ann@example.org,x@example.net"));
      assertThatThrownBy(
              () -> lists.configure(team, Map.of("moderators", "ann@example.org,no@example.org")))
          .hasMessageContaining("no@example.org");
      directory.setEnabled(at("ann@example.org"), false);
      lists.configure(team, Map.of("archive", "ann@example.org"));
      directory.deleteUser(at("ann@example.org"));
      assertThat(lists.configure(team, Map.of("title", "Team")).settings().title())
          .as("what is not named may have gone")
          .isEqualTo("Team");
    }
  }

  @Test
  default void bouncesAreCountedByDays() {
    try (var house = house()) {
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
      ListBook lists = house.directory().lists();
      MailAddress team = at("team@example.org");
      MailAddress eve = at("eve@example.net");
      lists.create(team, Map.of());
      lists.add(team, List.of(new ListBook.NewMember(eve, "")), Instant.EPOCH);
      assertThat(lists.bounced(team, eve, 100).orElseThrow().bounceDays()).isEqualTo(1);
      assertThat(lists.bounced(team, eve, 100).orElseThrow().bounceDays()).isEqualTo(1);
      assertThat(lists.bounced(team, eve, 101).orElseThrow().bounceDays()).isEqualTo(2);
      assertThat(lists.bounced(team, eve, 140).orElseThrow().bounceDays()).isEqualTo(1);
      assertThat(lists.bounced(team, at("x@example.net"), 140)).isEmpty();
    }
  }

  @Test
  default void whatWaitsForAnAnswerIsKeptUntilThen() {
    try (var house = house()) {
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
      MailingList list = house.directory().lists().create(at("team@example.org"), Map.of());
      var now = Instant.ofEpochMilli(5_000);
      ListDesk desk = house.directory().lists().desk();
      ListDesk.Pending asked = desk.ask(list, at("eve@example.net"), false, now).orElseThrow();
      assertThat(desk.ask(list, at("EVE@example.net"), false, now)).contains(asked);
      var post = ListDesk.Held.waiting(new MailId("m1"), "eve", "hi", 9, now, "no member");
      ListDesk.Held held = desk.hold(list, post, _ -> false).orElseThrow();
      var again = ListDesk.Held.waiting(new MailId("m1"), "eve", "hi", 9, now, "");
      assertThat(desk.hold(list, again, _ -> false)).contains(held);
      assertThat(desk.parts(list, new MailId("m1"), 7, now)).isEqualTo(7);
      house.reopen();
      desk = house.directory().lists().desk();
      assertThat(desk.asked(list, asked.token(), now)).contains(asked);
      assertThat(desk.asked(list, asked.token(), now.plus(Duration.ofDays(4)))).isEmpty();
      assertThat(
              desk.decide(list, held.token(), ListDesk.Verdict.APPROVED, "", now)
                  .orElseThrow()
                  .verdict())
          .isEqualTo(ListDesk.Verdict.APPROVED);
      assertThat(
              desk.decide(list, held.token(), ListDesk.Verdict.REJECTED, "", now)
                  .orElseThrow()
                  .verdict())
          .as("the first word counts")
          .isEqualTo(ListDesk.Verdict.APPROVED);
      desk.drop(list, held);
      assertThat(desk.held(list)).isEmpty();
      assertThat(desk.parts(list, new MailId("m1"), 9, now)).as("as before").isEqualTo(7);
    }
  }

  @Test
  default void whatUsersWantOfTheirMailIsKept() {
    try (var house = house()) {
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
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
      ann = house.directory().rename(ann.login(), at("anna@example.org"));
      house.reopen();
      PersonalBook personal = house.directory().personal();
      assertThat(personal.of(ann)).isEqualTo(set);
      assertThat(personal.of(ann).blocks(at("EVE@example.net"))).isTrue();
      assertThat(personal.of(EXAMPLE).blocks(at("x@spam.example"))).isTrue();
      assertThat(away.isOn(Instant.ofEpochMilli(8_999))).isTrue();
      assertThat(away.isOn(Instant.ofEpochMilli(9_000))).isFalse();
      assertThatThrownBy(() -> personal.change(EXAMPLE, one -> one.blocking("nonsense")))
          .isInstanceOf(DirectoryException.NotPermitted.class);
      house.directory().deleteUser(ann.login());
      assertThat(house.directory().personal().of(ann)).isEqualTo(Personal.NONE);
    }
  }

  @Test
  default void groupsFollowTheirMembers() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
      house.user("ann@example.org");
      house.user("bob@example.org");
      directory.groups().create(at("Team@example.org"), List.of(at("ANN@example.org")));
      directory.groups().add(at("team@example.org"), List.of(at("bob@example.org")));
      assertThatThrownBy(() -> directory.groups().create(at("team@example.org"), List.of()))
          .isInstanceOf(DirectoryException.GroupExists.class);
      assertThatThrownBy(
              () -> directory.groups().add(at("team@example.org"), List.of(at("cyd@example.org"))))
          .isInstanceOf(DirectoryException.NoSuchUser.class);
      directory.rename(at("bob@example.org"), at("rob@example.org"));
      house.reopen();
      assertThat(house.directory().groups().of(EXAMPLE))
          .containsExactly(
              new GroupBook.Group(
                  at("team@example.org"), List.of(at("ann@example.org"), at("rob@example.org"))));
      assertThat(house.directory().groups().with(at("rob@example.org")))
          .containsExactly(at("team@example.org"));
      house.directory().deleteUser(at("ann@example.org"));
      house.directory().groups().remove(at("team@example.org"), List.of(at("rob@example.org")));
      house.reopen();
      assertThat(house.directory().groups().find(at("team@example.org")).members()).isEmpty();
      house.directory().groups().delete(at("team@example.org"));
      assertThatThrownBy(() -> house.directory().groups().find(at("team@example.org")))
          .isInstanceOf(DirectoryException.NoSuchGroup.class);
    }
  }

  @Test
  default void nobodyLogsInToASharedMailbox() {
    try (var house = house()) {
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
      house.directory().createShared(at("Support@example.org"), Allowance.NONE, "Support");
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

  /// Who has shared something is found without a look at all accounts.
  @Test
  default void whoSharesIsKnown() {
    try (var house = house()) {
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
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
      house.directory().deleteUser(at("bob@example.org"));
      assertThat(house.directory().shares().of(EXAMPLE, List.of("bob@example.org"))).isEmpty();
    }
  }

  @Test
  default void namesCompareInLowerCaseAndComposedForm() {
    try (var house = house()) {
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
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
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      User bob = house.user("bob@example.org");
      User list = house.user("ann+list@example.org");
      directory.createAlias(at("info@example.org"), List.of(at("ann@example.org")));
      directory.createAlias(at("bob+x@example.org"), List.of(at("ann@example.org")));
      directory.aliasDomain(OTHER, EXAMPLE);

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

      directory.setCatchAll(EXAMPLE, Optional.of(at("ann@example.org")));
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
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD.withSeparator(Optional.of("-")));
      User ann = house.user("ann@example.org");
      assertThat(directory.resolve(at("ann-x@example.org")))
          .isEqualTo(new Resolution.Mailbox(ann, Optional.of("x")));
      directory.configure(EXAMPLE, settings -> settings.withSeparator(Optional.empty()));
      assertThat(directory.resolve(at("ann-x@example.org"))).isEqualTo(new Resolution.NoSuchUser());
      assertThatThrownBy(() -> DomainSettings.STANDARD.withSeparator(Optional.of("@")))
          .isInstanceOf(DirectoryException.NotPermitted.class);
    }
  }

  @Test
  default void allIsThereAfterARestart() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      house.user("bob@example.org");
      directory.createAlias(
          at("info@example.org"), List.of(at("ann@example.org"), at("x@elsewhere.example")));
      directory.aliasDomain(OTHER, EXAMPLE);
      directory.setEnabled(at("bob@example.org"), false);
      directory.setFullName(at("ann@example.org"), "Ann Jones");
      List<DomainInfo> domains = directory.domains();
      List<User> users = directory.users(EXAMPLE, "", 10);
      List<Resolution.Alias> aliases = directory.aliases(EXAMPLE);

      house.reopen();
      assertThat(house.directory().domains()).isEqualTo(domains);
      assertThat(house.directory().users(EXAMPLE, "", 10)).isEqualTo(users);
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
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
      for (String name : List.of("eve", "ann", "dan", "bob", "cid")) {
        house.user(name + "@example.org");
      }
      var names = new ArrayList<String>();
      List<User> page = house.directory().users(EXAMPLE, "", 2);
      while (!page.isEmpty()) {
        page.forEach(user -> names.add(user.login().localPart()));
        page = house.directory().users(EXAMPLE, names.getLast(), 2);
      }
      assertThat(names).containsExactly("ann", "bob", "cid", "dan", "eve");
      assertThat(house.directory().domains().getFirst().users()).isEqualTo(5);
    }
  }

  @Test
  default void whatCannotBeIsDeclined() {
    try (var house = house()) {
      Directory directory = house.directory();
      assertThatThrownBy(() -> house.user("ann@example.org"))
          .isInstanceOf(DirectoryException.NoSuchDomain.class)
          .hasMessageContaining("create it first");
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
      assertThatThrownBy(() -> directory.createDomain(EXAMPLE, DomainSettings.STANDARD))
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
      assertThatThrownBy(() -> directory.deleteUser(at("who@example.org")))
          .isInstanceOf(DirectoryException.NoSuchUser.class);
      assertThatThrownBy(() -> directory.setCatchAll(EXAMPLE, Optional.of(at("who@example.org"))))
          .isInstanceOf(DirectoryException.NoSuchUser.class);
      assertThatThrownBy(() -> directory.deleteDomain(EXAMPLE, false))
          .isInstanceOf(DirectoryException.DomainInUse.class)
          .hasMessageContaining("has 1 user, 1 alias: ");
      assertThatThrownBy(() -> directory.aliasDomain(EXAMPLE, EXAMPLE))
          .isInstanceOf(DirectoryException.NotPermitted.class);
      assertThatThrownBy(
              () -> directory.createDomain(Domain.of("[192.0.2.1]"), DomainSettings.STANDARD))
          .isInstanceOf(DirectoryException.NotPermitted.class);
      assertThat(house.accounts().list(Optional.empty(), 10)).hasSize(1);
    }
  }

  @Test
  default void aCircleOfAliasesIsRefused() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
      directory.aliasDomain(OTHER, EXAMPLE);
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
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
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
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
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
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      house.user("bob@example.org");
      directory.createAlias(at("info@example.org"), List.of(at("team@example.org")));
      directory.createAlias(
          at("team@example.org"), List.of(at("ann@example.org"), at("bob@example.org")));
      directory.createAlias(at("sales@example.org"), List.of(at("bob@example.org")));
      directory.aliasDomain(OTHER, EXAMPLE);
      directory.setCatchAll(EXAMPLE, Optional.of(at("ann@example.org")));
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

  @Test
  default void aDeletedUserTakesTheAccountAlong() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      directory.deleteUser(at("Ann@example.org"));
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
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      house.reopenDamaged(ann.account());
      assertThatThrownBy(() -> house.accounts().find(ann.account()))
          .isInstanceOf(StorageUnavailable.class);
      house.directory().deleteUser(ann.login());
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
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      house.directory().allow(ann.login(), _ -> bytes(5_000));
      house.reopenDamaged(ann.account());
      User restored =
          house
              .directory()
              .restoreUser(
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
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      User bob = house.user("bob@example.org");
      house.directory().shares().note(EXAMPLE, "bob@example.org", ann.account());
      house.reopenDamaged(ann.account());
      assertThatThrownBy(() -> house.directory().deleteUser(bob.login()))
          .isInstanceOf(StorageUnavailable.class)
          .hasMessageContaining(ann.account().value())
          .hasMessageContaining("bob@example.org")
          .hasMessageContaining("posthorn verify");
      assertThat(house.directory().user(bob.login())).isPresent();
      house.directory().deleteUser(ann.login());
      house.directory().deleteUser(bob.login());
      assertThat(house.directory().user(bob.login())).isEmpty();
    }
  }

  @Test
  default void aKeyThatIsCutOffIsNamedAndGoesWithItsDomain() {
    try (var house = house()) {
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      User bob = house.user("bob@example.org");
      house.directory().shares().note(EXAMPLE, "bob@example.org", ann.account());
      house.reopenWithCutKey(ann.account());
      assertThatThrownBy(() -> house.directory().deleteUser(bob.login()))
          .isInstanceOf(StorageUnavailable.class)
          .hasMessageContaining(ann.account().value())
          .hasMessageContaining("posthorn verify");
      house.directory().deleteDomain(EXAMPLE, true);
      assertThat(house.directory().domains()).isEmpty();
      assertThat(house.accounts().list(Optional.empty(), 10)).isEmpty();
    }
  }

  @Test
  default void aForcedDeletionOfADomainLeavesNothing() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
      house.user("ann@example.org");
      house.user("bob@example.org");
      directory.createAlias(at("info@example.org"), List.of(at("ann@example.org")));
      directory.aliasDomain(OTHER, EXAMPLE);
      assertThatThrownBy(() -> directory.deleteDomain(EXAMPLE, true))
          .isInstanceOf(DirectoryException.DomainInUse.class);
      directory.deleteDomain(OTHER, false);
      directory.deleteDomain(EXAMPLE, true);
      assertThat(directory.domains()).isEmpty();
      assertThat(house.accounts().list(Optional.empty(), 10)).isEmpty();
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
      assertThat(directory.users(EXAMPLE, "", 10)).isEmpty();
      assertThat(directory.aliases(EXAMPLE)).isEmpty();
      directory.deleteDomain(EXAMPLE, false);
      house.reopen();
      assertThat(house.directory().domains()).isEmpty();
    }
  }

  /// They go for good, as users do. An alias of the domain's own users is nothing without them.
  @Test
  default void aDomainWithListsOrWithAliasesThatLeadElsewhereStays() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
      directory.lists().create(at("team@example.org"), Map.of());
      directory.createAlias(at("away@example.org"), List.of(at("x@elsewhere.example")));
      directory.createAlias(at("all@example.org"), List.of(at("team@example.org")));
      assertThatThrownBy(() -> directory.deleteDomain(EXAMPLE, false))
          .isInstanceOf(DirectoryException.DomainInUse.class)
          .hasMessage(
              "Domain example.org still has 1 list, 1 alias: remove each of them first, with "
                  + " posthorn list delete, posthorn alias remove, or all of them with it: "
                  + " posthorn domain remove --force");
      directory.deleteAlias(at("away@example.org"));
      assertThatThrownBy(() -> directory.deleteDomain(EXAMPLE, false))
          .hasMessageContaining("has 1 list: ");
      directory.lists().delete(at("team@example.org"));
      directory.deleteDomain(EXAMPLE, false);
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
      directory.lists().create(at("team@example.org"), Map.of());
      directory.createAlias(at("away@example.org"), List.of(at("x@elsewhere.example")));
      directory.deleteDomain(EXAMPLE, true);
      assertThat(directory.domains()).isEmpty();
    }
  }

  /// Those who shared with each other go together, so nothing need be taken back from one that
  /// cannot be read.
  @Test
  default void aForcedDeletionOfADomainTakesDamagedAccountsAlong() {
    try (var house = house()) {
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      User bob = house.user("bob@example.org");
      house.directory().shares().note(EXAMPLE, "bob@example.org", ann.account());
      house.directory().shares().note(EXAMPLE, "ann@example.org", bob.account());
      house.reopenDamaged(ann.account());
      house.reopenDamaged(bob.account());
      house.directory().deleteDomain(EXAMPLE, true);
      assertThat(house.directory().domains()).isEmpty();
      assertThat(house.accounts().list(Optional.empty(), 10)).isEmpty();
    }
  }

  /// From whose account nothing can be taken back now, and who stays.
  @Test
  default void aForcedDeletionOfADomainThatCannotBeEndedDoesNotBegin() {
    try (var house = house()) {
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
      house.directory().createDomain(OTHER, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      User bob = house.user("bob@example.org");
      User carol = house.user("carol@example.net");
      house.directory().shares().note(EXAMPLE, "bob@example.org", carol.account());
      house.reopenDamaged(carol.account());
      assertThatThrownBy(() -> house.directory().deleteDomain(EXAMPLE, true))
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
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
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
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD.withAllowance(bytes(1_000)));
      User ann = house.user("ann@example.org");
      Account account = house.accounts().find(ann.account()).orElseThrow();
      assertThat(account.quota().limitBytes()).isEqualTo(1_000);
      directory.configure(EXAMPLE, settings -> settings.withAllowance(bytes(2_000)));
      assertThat(account.quota().limitBytes()).isEqualTo(2_000);
      directory.allow(ann.login(), allowance -> allowance.withQuotaBytes(OptionalLong.of(5_000)));
      assertThat(account.quota().limitBytes()).isEqualTo(5_000);
      directory.configure(EXAMPLE, settings -> settings.withAllowance(bytes(3_000)));
      assertThat(account.quota().limitBytes()).isEqualTo(5_000);
      directory.allow(ann.login(), _ -> Allowance.NONE);
      assertThat(account.quota().limitBytes()).isEqualTo(3_000);
    }
  }

  private static Allowance bytes(long bytes) {
    return Allowance.ofBytes(OptionalLong.of(bytes));
  }

  @Test
  default void aUserMayHaveNoLimitAlthoughTheDomainHasOne() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.createDomain(
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
  default void whatMayBeKeptOutlivesARestart() {
    try (var house = house()) {
      Directory directory = house.directory();
      Allowance some = new Allowance(OptionalLong.of(5), OptionalLong.empty());
      Allowance others = new Allowance(OptionalLong.empty(), OptionalLong.of(0));
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD.withAllowance(some));
      User ann = house.user("ann@example.org");
      directory.allow(ann.login(), _ -> others);
      house.reopen();

      assertThat(house.directory().domains().getFirst().settings().allowance()).isEqualTo(some);
      assertThat(house.directory().user(ann.login()).orElseThrow().allowance()).isEqualTo(others);
      assertThatThrownBy(() -> others.withQuotaMessages(OptionalLong.of(-1)))
          .isInstanceOf(DirectoryException.NotPermitted.class);
    }
  }

  @Test
  default void aRenamedUserKeepsAccountAndPassword() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.createDomain(EXAMPLE, DomainSettings.STANDARD);
      User ann = house.user("ann@example.org");
      User renamed = directory.rename(ann.login(), at("Anna@example.org"));
      assertThat(renamed.login()).isEqualTo(at("anna@example.org"));
      assertThat(renamed.account()).isEqualTo(ann.account());
      assertThat(directory.secrets().hash(renamed)).isPresent();
      assertThat(directory.user(ann.login())).isEmpty();
      assertThat(house.accounts().find(renamed.account()).map(Account::owner))
          .contains("anna@example.org");
      assertThatThrownBy(() -> directory.rename(renamed.login(), at("anna@example.net")))
          .isInstanceOf(DirectoryException.NotPermitted.class);
    }
  }

  @Test
  default void whatDoesNotFitTogetherIsFound() {
    try (var house = house()) {
      house.directory().createDomain(EXAMPLE, DomainSettings.STANDARD);
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
      house.directory().createDomain(Domain.of("example.org"), DomainSettings.STANDARD);
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
