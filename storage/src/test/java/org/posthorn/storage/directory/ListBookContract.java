package org.posthorn.storage.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.storage.directory.DirectoryContract.EXAMPLE;
import static org.posthorn.storage.directory.DirectoryContract.at;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Partition;

/// What is kept of mailing lists, on every engine.
interface ListBookContract {
  /// An empty directory on the engine under test.
  DirectoryHouse house();

  @Test
  default void aListHasMembersWhoSurviveAndGoWithIt() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
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

  /// As the rows of an older program have it, which knew nothing of domains.
  @Test
  default void membersInDomainsOfOursAreFoundAlsoInAListFromBefore() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      MailAddress team = at("team@example.org");
      MailingList list = house.directory().lists().create(team, Map.of());
      List<ListBook.NewMember> many = new ArrayList<>();
      for (String one : List.of("Ann@example.org", "ann+x@example.org", "z@example.orga")) {
        many.add(new ListBook.NewMember(at(one), ""));
      }
      IntStream.range(0, 300)
          .mapToObj(i -> new ListBook.NewMember(at("m" + i + "@example.net"), ""))
          .forEach(many::add);
      assertThat(house.directory().lists().add(team, many, Instant.EPOCH)).hasSize(303);
      assertThat(house.directory().lists().ours(list))
          .containsExactly(at("Ann@example.org"), at("ann+x@example.org"));
      Partition partition = DomainRows.partition(EXAMPLE);
      var _ =
          house
              .engine()
              .commit(
                  partition,
                  house.engine().head(partition).version(),
                  CommitId.random(),
                  new Batch()
                      .deleteRange(
                          ListRows.key(ListRows.BY_DOMAIN, "team", ""),
                          ListRows.end(ListRows.BY_DOMAIN, "team")));
      house.reopen();
      ListBook lists = house.directory().lists();
      assertThat(lists.remove(team, at("ann@example.org"))).isTrue();
      assertThat(lists.ours(list)).containsExactly(at("ann+x@example.org"));
      assertThat(lists.remove(team, at("ann+x@example.org"))).isTrue();
      assertThat(lists.ours(list)).isEmpty();
      assertThat(house.directory().inspect().faults(EXAMPLE)).isEmpty();
      house.directory().domains().create(Domain.of("example.orga"), DomainSettings.STANDARD);
      assertThat(lists.ours(list)).containsExactly(at("z@example.orga"));
    }
  }

  /// The store hands out 1 MiB at once.
  @Test
  default void membersWithLongNamesAreAllThere() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      MailAddress team = at("team@example.org");
      ListBook lists = house.directory().lists();
      MailingList list = lists.create(team, Map.of());
      List<ListBook.NewMember> many =
          IntStream.range(0, 400)
              .mapToObj(
                  i -> new ListBook.NewMember(at("m" + i + "@example.net"), "M".repeat(4_000)))
              .toList();
      assertThat(lists.add(team, many, Instant.EPOCH)).hasSize(400);
      assertThat(lists.members(list, Optional.empty(), 400)).hasSize(400);
      assertThat(lists.part(list, 0, 1)).hasSize(400);
    }
  }

  @Test
  default void theNamesOfAListLeadToIt() {
    try (var house = house()) {
      Directory directory = house.directory();
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
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
      MailingList plus = directory.lists().create(at("c++@example.org"), Map.of());
      assertThat(directory.resolve(at("c++-subscribe@example.org")))
          .isEqualTo(new Resolution.Listed(plus, MailingList.Role.SUBSCRIBE, Optional.empty()));
      assertThat(directory.resolve(at("C++-Unsubscribe+Ab2@example.org")))
          .isEqualTo(new Resolution.Listed(plus, MailingList.Role.UNSUBSCRIBE, Optional.of("ab2")));
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
      directory.domains().create(EXAMPLE, DomainSettings.STANDARD);
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
      directory.users().delete(at("ann@example.org"));
      assertThat(lists.configure(team, Map.of("title", "Team")).settings().title())
          .as("what is not named may have gone")
          .isEqualTo("Team");
    }
  }

  @Test
  default void bouncesAreCountedByDays() {
    try (var house = house()) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
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
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
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
}
