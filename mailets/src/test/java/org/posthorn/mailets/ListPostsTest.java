package org.posthorn.mailets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLDecoder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Recipient.Notify;
import org.posthorn.mailet.TestDns;
import org.posthorn.mailets.list.Moderation;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.NewMail;
import org.posthorn.storage.directory.ListBook;
import org.posthorn.storage.directory.ListDesk.Held;
import org.posthorn.storage.directory.ListDesk.Verdict;
import org.posthorn.storage.directory.ListMember;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.MailingList.Role;

/// What a mailing list makes of a post, and to whom it goes.
final class ListPostsTest extends WholeList {
  private static final Pattern MAILTO = Pattern.compile("<mailto:(\\S+)>");
  private static final MailAddress TEAM_OWNER = MailAddress.of("team-owner@example.org");

  @Test
  void eachMemberGetsAPostWithWaysOut() {
    MailingList list =
        list(
            Map.of("title", "The Team", "subject-tag", "[team]", "archive", "old@example.com"),
            "ann@example.net",
            "eve@example.net");
    sendAndWait("ann@example.net", "team@example.org", POST);
    Sent eve = to("eve@example.net");
    assertThat(eve.from()).matches("BV=.*=" + list.id() + "=example\\.net=eve@example\\.org");
    assertThat(eve.header("List-Id")).isEqualTo("\"The Team\" <team.example.org>");
    assertThat(eve.header("List-Post")).isEqualTo("<mailto:team@example.org>");
    assertThat(eve.header("Subject")).isEqualTo("[team] hi");
    assertThat(eve.header("From")).isEqualTo("Ann Jones <ann@example.net>");
    assertThat(eve.header("List-Unsubscribe-Post")).isEqualTo("List-Unsubscribe=One-Click");
    ListMember member = lists.member(list, MailAddress.of("eve@example.net")).orElseThrow();
    assertThat(eve.header("List-Unsubscribe"))
        .isEqualTo(
            "<https://lists.example.org/u?list=team%%40example.org&token=%1$s>,"
                    .formatted(member.token())
                + " <mailto:team-unsubscribe%2B"
                + member.token()
                + "@example.org>");
    assertThat(to("ann@example.net").header("List-Unsubscribe")).doesNotContain(member.token());
    assertThat(to("old@example.com").header("List-Unsubscribe")).isEmpty();
    assertThat(sent).hasSize(3);
  }

  @Test
  void everyOneOfManyGetsItOnceThoughItIsCutIntoParts() {
    whole.domain("example.org");
    lists.create(TEAM, Map.of("posting", "anyone"));
    var _ =
        lists.add(
            TEAM,
            IntStream.range(0, 400)
                .mapToObj(i ->
                    new ListBook.NewMember(MailAddress.of("m" + i + "@d" + i % 9 + ".example"), ""))
                .toList(),
            Instant.EPOCH);
    sendAndWait("x@example.com", "team@example.org", POST);
    assertThat(sent).hasSize(400);
    assertThat(sent.stream().map(Sent::to).distinct()).hasSize(400);
    assertThat(sent.stream().map(Sent::from).distinct()).hasSize(400);
  }

  @Test
  void othersAreRefusedOrDroppedWhereTheListSaysSo() {
    MailingList list = list(Map.of("others", "refuse"), "eve@example.net");
    sendAndWait("x@example.com", "team@example.org", POST);
    assertThat(sent).as("From is none of x").hasSize(1);
    assertThat(to("x@example.com").text())
        .contains("Only members may post", "This mail system does not take it, by its own rules.")
        .doesNotContain("team-owner@");
    sent.clear();
    var _ = lists.configure(list.address(), Map.of("moderators", "boss@example.net"));
    sendAndWait("x@example.com", "team@example.org", POST);
    assertThat(to("x@example.com").text()).contains("team-owner@example.org");
    sent.clear();
    var _ = lists.configure(list.address(), Map.of("others", "drop"));
    sendAndWait("x@example.com", "team@example.org", POST);
    assertThat(sent).isEmpty();
  }

  @Test
  void nobodyIsToldOfManyPostsThatAreRefused() {
    var _ = halfPast();
    list(Map.of("others", "refuse"), "eve@example.net");
    for (int i = 0; i < 8; i++) {
      sendAndWait("x@example.com", "team@example.org", POST);
    }
    assertThat(sent).hasSize(5);
    sent.clear();
    whole.user("ann@example.org");
    for (int i = 0; i < 8; i++) {
      submit("ann@example.org", POST);
      whole.awaitEmpty();
    }
    assertThat(whole.inbox("ann@example.org")).as("who has logged in").isEqualTo(8);
  }

  /// RFC 6068 §2: what is no unreserved character is encoded, so that the whole is an address.
  @Test
  void aListMayBeCalledByMoreThanLettersAndItsWaysOutLeadToIt() {
    whole.domain("example.org");
    for (String name : List.of("c++", "q/a?", "b\u00fccher")) {
      sent.clear();
      MailAddress address = MailAddress.of(name + "@example.org");
      MailingList list = lists.create(address, Map.of("posting", "anyone"));
      var _ =
          lists.add(
              address,
              List.of(new ListBook.NewMember(MailAddress.of("eve@example.net"), "")),
              Instant.EPOCH);
      sendAndWait("x@example.com", address.toString(), POST);
      Matcher mailto = MAILTO.matcher(to("eve@example.net").header("List-Unsubscribe"));
      assertThat(mailto.find()).as(name).isTrue();
      assertThat(mailto.group(1)).as(name).matches("[A-Za-z0-9.%_~-]+@example\\.org");
      sendAndWait(
          "eve@example.net",
          URLDecoder.decode(mailto.group(1), UTF_8),
          "From: eve@example.net\n\n");
      assertThat(lists.count(address)).as(name).isZero();
      sent.clear();
      sendAndWait(
          "eve@example.net", list.address(Role.SUBSCRIBE) + "", "From: eve@example.net\n\n");
      assertThat(to("eve@example.net").header("Subject")).as(name).startsWith("Do you want to");
    }
  }

  @Test
  void aDomainThatLetsNobodySendInItsNameKeepsItsName() {
    list(Map.of("posting", "anyone"), "eve@example.net");
    ((TestDns) whole.injector.getInstance(Dns.class))
        .with("TXT", "_dmarc.example.net", "v=DMARC1; p=none; sp=reject");
    sendAndWait(
        "ann@mail.example.net",
        "team@example.org",
        POST.replace("ann@example.net", "ann@mail.example.net"));
    Sent eve = to("eve@example.net");
    assertThat(eve.header("From")).isEqualTo("\"Ann Jones via team\" <team@example.org>");
    assertThat(eve.header("Reply-To")).isEqualTo("\"Ann Jones\" <ann@mail.example.net>");
  }

  @Test
  void nobodyPostsInTheNameOfTheListsOwnDomainWithoutALogin() {
    list(Map.of("posting", "anyone"), "eve@example.net");
    for (String forged : List.of("ann@example.org", "ann@mail.example.org")) {
      sent.clear();
      sendAndWait("x@example.com", "team@example.org", POST.replace("ann@example.net", forged));
      Sent eve = to("eve@example.net");
      assertThat(eve.header("From")).isEqualTo("\"Ann Jones via team\" <team@example.org>");
      assertThat(eve.header("X-Original-From")).isEqualTo("\"Ann Jones\" <" + forged + ">");
    }
  }

  /// Which no program of ours would read in another way than the receivers' do.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"the boss\"@example.org",
        "boss.@example.org",
        "<\"Boss \"@mail.example.org>",
        "Ann <boss@[example.org]>",
        "boss@example.org (Ann) x, ann@example.org y",
        "<boss@example.org> <ann@example.net>",
        "boss"
      })
  void norDoesOneWhoseFromIsOdd(String from) {
    list(Map.of("posting", "anyone"), "eve@example.net");
    sendAndWait(
        "x@example.com", "team@example.org", POST.replace("Ann Jones <ann@example.net>", from));
    assertThat(to("eve@example.net").header("From")).endsWith("<team@example.org>");
  }

  @Test
  void aPostWithoutFromIsTheLists() {
    list(Map.of("posting", "anyone", "title", "The Team"), "eve@example.net");
    for (String from : List.of("", "From: undisclosed:;\n")) {
      sent.clear();
      sendAndWait("x@example.com", "team@example.org", from + "To: team@example.org\n\nhello\n");
      Sent eve = to("eve@example.net");
      assertThat(eve.header("From")).isEqualTo("\"The Team\" <team@example.org>");
      assertThat(eve.text()).doesNotContain("X-Original-From", "Reply-To");
    }
  }

  /// No domain of the DNS, so that no receiver could ask for its policy.
  @Test
  void whereTheDomainIsCalledByOneWordWhoHasLoggedInKeepsTheName() {
    whole.domain("intranet");
    whole.user("ann@intranet");
    MailAddress team = MailAddress.of("team@intranet");
    var _ = lists.create(team, Map.of("posting", "anyone"));
    var _ =
        lists.add(
            team,
            List.of(new ListBook.NewMember(MailAddress.of("eve@example.net"), "")),
            Instant.EPOCH);
    String post = POST.replace("ann@example.net", "ann@intranet");
    for (boolean loggedIn : new boolean[] {true, false}) {
      sent.clear();
      accept(
          "ann@intranet",
          team.toString(),
          post,
          Optional.of(MailAddress.of("ann@intranet")).filter(_ -> loggedIn),
          Map.of());
      whole.awaitEmpty();
      assertThat(to("eve@example.net").header("From"))
          .isEqualTo(
              loggedIn ? "Ann Jones <ann@intranet>" : "\"Ann Jones via team\" <team@intranet>");
    }
  }

  /// RFC 5322 §3.6.2 knows no such field, but there are programs that write it.
  @ParameterizedTest
  @ValueSource(strings = {"", "<>", "nobody:;"})
  void answersReachTheAuthorAlsoWhereReplyToNamesNobody(String replyTo) {
    list(Map.of("posting", "anyone", "rewrite-from", "always"), "eve@example.net");
    sendAndWait("ann@example.net", "team@example.org", "Reply-To: " + replyTo + "\n" + POST);
    Sent eve = to("eve@example.net");
    assertThat(eve.header("Reply-To")).isEqualTo("\"Ann Jones\" <ann@example.net>");
    assertThat(eve.text()).containsOnlyOnce("Reply-To:");
  }

  /// Else the members could not know who wrote to them.
  @ParameterizedTest
  @ValueSource(strings = {"Cron <root@web..example.com>", "Ann Jones"})
  void whatNobodyCanReadInFromStaysBesideIt(String from) {
    list(Map.of("posting", "anyone"), "eve@example.net");
    sendAndWait(
        "x@example.com", "team@example.org", POST.replace("Ann Jones <ann@example.net>", from));
    Sent eve = to("eve@example.net");
    assertThat(eve.header("From")).isEqualTo("\"team\" <team@example.org>");
    assertThat(eve.header("X-Original-From")).isEqualTo(from);
  }

  /// Receivers may judge by any of them.
  @Test
  void norDoesOneWhoWritesSeveralIntoFrom() {
    list(Map.of("posting", "anyone"), "eve@example.net");
    String both = "<boss@example.org>, Bob <bob@example.com>";
    sendAndWait("x@example.com", "team@example.org", POST.replace("<ann@example.net>", both));
    Sent eve = to("eve@example.net");
    assertThat(eve.header("From"))
        .isEqualTo("\"Ann Jones and others via team\" <team@example.org>");
    assertThat(eve.header("X-Original-From"))
        .isEqualTo("\"Ann Jones\" <boss@example.org>, \"Bob\" <bob@example.com>");
    assertThat(eve.header("Reply-To")).isEqualTo(eve.header("X-Original-From"));
  }

  @Test
  void whatHasBeenHereOrWasWrittenByAProgramGoesToNobody() {
    list(Map.of("posting", "anyone"), "eve@example.net");
    List<String> marks = new ArrayList<>(List.of("Delivered-To: team@example.org\n"));
    marks.add("List-Id: x <team.example.org>\n");
    marks.add("Auto-Submitted: auto-replied\n");
    marks.add("Precedence: bulk\n");
    for (String mark : marks) {
      sendAndWait("ann@example.net", "team@example.org", mark + POST);
    }
    sendAndWait("", "team@example.org", POST);
    assertThat(sent).isEmpty();
  }

  @Test
  void anAliasLeadsToAListAndOwnersReadWhatIsWrittenToThem() {
    list(Map.of("posting", "anyone", "moderators", "boss@example.com"), "eve@example.net");
    whole.directory.createAlias(MailAddress.of("all@example.org"), List.of(TEAM));
    sendAndWait("ann@example.net", "all@example.org", POST);
    sendAndWait("ann@example.net", "team-owner@example.org", POST);
    assertThat(to("eve@example.net").header("List-Id")).isEqualTo("<team.example.org>");
    assertThat(to("boss@example.com").from()).startsWith("SRS0=").endsWith("@example.org");
  }

  @Test
  void whoWritesToOwnersWhoCannotBeReachedHearsOfIt() {
    list(Map.of("moderators", "bad-boss@example.com"));
    sendAndWait("ann@example.net", "team-owner@example.org", POST);
    assertThat(to("ann@example.net").text()).contains("bad-boss@example.com", "5.1.1");
  }

  /// RFC 3461 §5.2.7.1: what the list has taken is delivered, and the members are the list's.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoAsksForItHearsThatTheListHasThePost(boolean isHeldFirst) {
    MailingList list =
        list(
            Map.of("posting", isHeldFirst ? "moderators" : "anyone", "tell-sender", "no"),
            "eve@example.net",
            "bad@example.net");
    var asked = new Recipient(TEAM, Optional.of("rfc822;Team@example.org"), Set.of(Notify.SUCCESS));
    var options = new NewMail.Options(false, false, Optional.empty(), Optional.of("E1"));
    var _ =
        whole.accept(
            Optional.of(MailAddress.of("ann@example.net")),
            POST.replace("\n", "\r\n").getBytes(UTF_8),
            options,
            List.of(asked));
    if (isHeldFirst) {
      Held held = waiting(list);
      assertThat(sent).as("before somebody has decided").isEmpty();
      var moderation = whole.injector.getInstance(Moderation.class);
      assertThat(moderation.decide(list, held.token(), Verdict.APPROVED, "")).isPresent();
    }
    whole.awaitEmpty();
    assertThat(to("ann@example.net").text())
        .contains(
            "Original-Envelope-Id: E1",
            "Original-Recipient: rfc822; Team@example.org",
            "Action: delivered")
        .doesNotContain("eve@example.net");
    assertThat(sent).hasSize(3);
  }

  /// RFC 3461 §5.2.7.
  @Test
  void whatTheSenderAsksForReachesTheOwners() {
    list(Map.of("moderators", "boss@example.com,chef@example.com"));
    var asked =
        new Recipient(
            TEAM_OWNER,
            Optional.of("rfc822;Team-Owner@example.org"),
            Set.of(Recipient.Notify.SUCCESS, Recipient.Notify.FAILURE));
    var options = new NewMail.Options(false, false, Optional.of(true), Optional.of("E1"));
    var _ =
        whole.accept(
            Optional.of(MailAddress.of("ann@example.net")),
            POST.replace("\n", "\r\n").getBytes(UTF_8),
            options,
            List.of(asked));
    whole.awaitEmpty();
    assertThat(loads).hasSize(1);
    assertThat(loads.getFirst().options().returnFull()).contains(true);
    assertThat(loads.getFirst().options().envelopeId()).contains("E1");
    assertThat(loads.getFirst().recipients())
        .containsExactlyInAnyOrder(
            asked.withAddress(MailAddress.of("boss@example.com")),
            asked.withAddress(MailAddress.of("chef@example.com")));
  }

  /// A mail program that resends keeps what stands in the header.
  @Test
  void whatTheOwnersWereWrittenMayBeResentToTheList() {
    list(Map.of("posting", "anyone", "moderators", "boss@example.com"), "eve@example.net");
    sendAndWait("ann@example.net", "team-owner@example.org", POST);
    String got = to("boss@example.com").text().replace("\r\n", "\n");
    assertThat(got).contains("Delivered-To: team-owner@example.org\n");
    sendAndWait("boss@example.com", "team@example.org", "Resent-From: boss@example.com\n" + got);
    assertThat(to("eve@example.net").text()).contains("hello");
    sent.clear();
    sendAndWait("boss@example.com", "team-owner@example.org", got);
    assertThat(sent).as("once round").isEmpty();
  }

  @Test
  void whoRunsTheListHearsOnceADayThatItsArchiveTakesNothing() {
    var _ = halfPast();
    list(
        Map.of(
            "posting", "anyone",
            "archive", "bad@example.com",
            "moderators", "boss@example.net"));
    sendAndWait("ann@example.net", "team@example.org", POST);
    sendAndWait("ann@example.net", "team@example.org", POST);
    assertThat(sent).filteredOn(one -> one.to().equals("bad@example.com")).hasSize(2);
    assertThat(to("boss@example.net").text())
        .contains("bad@example.com")
        .contains("550 5.1.1 no such user")
        .contains("posthorn list set team@example.org archive=");
  }

  @Test
  void wherePostsOfAListThatNobodyRunsGoNowhereThePostmasterHears() {
    whole.domain("example.org");
    whole.user("postmaster@example.org");
    whole.user("old@example.org");
    lists.create(TEAM, Map.of("posting", "anyone", "archive", "old@example.org"));
    sendAndWait("ann@example.net", "team@example.org", POST);
    assertThat(whole.inbox("old@example.org")).isEqualTo(1);
    assertThat(whole.inbox("postmaster@example.org")).isZero();
    whole.directory.users().delete(MailAddress.of("old@example.org"));
    sendAndWait("ann@example.net", "team@example.org", POST);
    assertThat(whole.inbox("postmaster@example.org")).isEqualTo(1);
  }

  @Test
  void whereAllModeratorsAreGoneThePostmasterHears() {
    whole.domain("example.org");
    whole.user("postmaster@example.org");
    whole.user("boss@example.org");
    MailingList list =
        lists.create(TEAM, Map.of("moderators", "boss@example.org", "tell-sender", "no"));
    whole.directory.users().delete(MailAddress.of("boss@example.org"));
    sendAndWait("ann@example.net", "team-owner@example.org", POST);
    assertThat(to("ann@example.net").text()).contains("Nobody runs this list at present");
    send("ann@example.net", "team@example.org", POST);
    var _ = waiting(list);
    assertThat(whole.inbox("postmaster@example.org")).isEqualTo(1);
  }

  /// Parts wait in the queue for as long as it takes.
  @Test
  void aPartOfAPostGoesToNoListOfTheSameNameThatCameLater() {
    MailingList list = list(Map.of("posting", "anyone"), "eve@example.net");
    for (String of : List.of("lother1", list.id())) {
      accept(
          "team-bounces@example.org",
          POST,
          Optional.empty(),
          Map.of("list.part", "0/1", "list.id", of));
      whole.awaitEmpty();
      assertThat(sent).hasSize(of.equals(list.id()) ? 1 : 0);
    }
  }

  @Test
  void aPartOfAPostGoesToNobodyWhoHasTheNameOfTheListNow() {
    MailingList list = list(Map.of());
    var _ = lists.delete(TEAM);
    whole.user(TEAM.toString());
    accept(
        "team-bounces@example.org",
        POST,
        Optional.empty(),
        Map.of("list.part", "0/1", "list.id", list.id()));
    whole.awaitEmpty();
    assertThat(whole.inbox(TEAM.toString())).isZero();
  }
}
