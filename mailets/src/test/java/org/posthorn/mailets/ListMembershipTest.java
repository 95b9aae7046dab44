package org.posthorn.mailets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.NewMail;
import org.posthorn.storage.directory.ListBook;
import org.posthorn.storage.directory.ListMember;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.MailingList.Role;

/// How one becomes a member of a mailing list, and how that ends.
final class ListMembershipTest extends WholeList {
  private static final Pattern CONFIRMATION = Pattern.compile("team-confirm\\+\\w+@example\\.org");

  @Test
  void whoSubscribesIsAskedAndNoProgramAnswersForHim() {
    MailingList list = list(Map.of());
    String hello = "From: Eve <eve@example.net>\nSubject: x\n";
    sendAndWait("eve@example.net", "team-subscribe@example.org", hello + "\n");
    Sent question = to("eve@example.net");
    assertThat(question.from()).isEqualTo("<>");
    assertThat(question.header("Auto-Submitted")).isEqualTo("auto-generated");
    Matcher address = CONFIRMATION.matcher(question.text());
    assertThat(address.find()).isTrue();
    sendAndWait(
        "eve@example.net", address.group(), hello + "Auto-Submitted: auto-replied\n\nAway\n");
    assertThat(lists.count(TEAM)).isZero();
    sendAndWait("eve@example.net", address.group(), hello + "\nyes\n");
    assertThat(lists.member(list, MailAddress.of("eve@example.net"))).isPresent();
    assertThat(sent.getLast().header("Subject")).startsWith("Welcome");
  }

  @Test
  void whoseNameNeedsQuotesSubscribesAsWell() {
    MailingList list = list(Map.of());
    String from = "From: \"eve x\"@example.net\n";
    sendAndWait("eve@example.net", "team-subscribe@example.org", from + "\n");
    Matcher address = CONFIRMATION.matcher(to("\"eve x\"@example.net").text());
    assertThat(address.find()).isTrue();
    sendAndWait("eve@example.net", address.group(), from + "\nyes\n");
    assertThat(lists.member(list, MailAddress.of("\"eve x\"@example.net"))).isPresent();
  }

  /// Nobody could read what is kept of such an address, and it is kept beside that of others.
  @Test
  void whoseAddressIsTooLongForOneIsNobody() {
    MailingList list = list(Map.of());
    String host = "y".repeat(60) + ".example.net";
    String from = "From: <" + "x".repeat(200) + "@" + host + ">\n\n";
    sendAndWait("x@example.com", "team-subscribe@example.org", from);
    assertThat(sent).isEmpty();
    sendAndWait("eve@example.net", "team-subscribe@example.org", "From: eve@example.net\n\n");
    Matcher address = CONFIRMATION.matcher(to("eve@example.net").text());
    assertThat(address.find()).isTrue();
    sendAndWait("eve@example.net", address.group(), "From: eve@example.net\n\nyes\n");
    assertThat(lists.member(list, MailAddress.of("eve@example.net"))).isPresent();
  }

  /// RFC 3461 §5.2.7.1.
  @Test
  void whoAsksForItHearsThatACommandHasArrived() {
    list(Map.of());
    var asked =
        new Recipient(
            MailAddress.of("team-subscribe@example.org"),
            Optional.empty(),
            Set.of(Recipient.Notify.SUCCESS));
    var _ =
        whole.accept(
            Optional.of(MailAddress.of("ann@example.net")),
            "From: eve@example.net\r\n\r\n".getBytes(UTF_8),
            NewMail.Options.NONE,
            List.of(asked));
    whole.awaitEmpty();
    assertThat(to("eve@example.net").header("Subject")).startsWith("Do you want to");
    assertThat(to("ann@example.net").text())
        .contains("Action: delivered", "team-subscribe@example.org");
    assertThat(sent).hasSize(2);
  }

  /// Whoever answers has got the question, so the address is good.
  @Test
  void whoseMailCameBackSubscribesAgainAndWhoIsSuspendedAsksTheOwners() {
    MailingList list = list(Map.of("joining", "closed"), "eve@example.net", "ann@example.net");
    var eve = MailAddress.of("eve@example.net");
    var _ = lists.set(TEAM, eve, ListMember.State.BOUNCING);
    sendAndWait("eve@example.net", "team-subscribe@example.org", "From: eve@example.net\n\n");
    Matcher address = CONFIRMATION.matcher(to("eve@example.net").text());
    assertThat(address.find()).isTrue();
    sendAndWait("eve@example.net", address.group(), "From: eve@example.net\n\nyes\n");
    assertThat(lists.member(list, eve).orElseThrow().state()).isEqualTo(ListMember.State.ACTIVE);
    var _ = lists.set(TEAM, MailAddress.of("ann@example.net"), ListMember.State.SUSPENDED);
    sendAndWait("ann@example.net", "team-subscribe@example.org", "From: ann@example.net\n\n");
    assertThat(to("ann@example.net").header("From")).contains("team-owner@example.org");
    assertThat(to("ann@example.net").text()).contains("suspended");
  }

  @Test
  void whoWasAskedBeforeTheListWasClosedJoinsNoMore() {
    MailingList list = list(Map.of());
    sendAndWait("eve@example.net", "team-subscribe@example.org", "From: eve@example.net\n\n");
    Matcher address = CONFIRMATION.matcher(to("eve@example.net").text());
    assertThat(address.find()).isTrue();
    var _ = lists.configure(TEAM, Map.of("joining", "closed"));
    sendAndWait("eve@example.net", address.group(), "From: eve@example.net\n\nyes\n");
    assertThat(lists.member(list, MailAddress.of("eve@example.net"))).isEmpty();
    assertThat(sent.getLast().header("Subject")).startsWith("You cannot subscribe to team");
    assertThat(sent.getLast().header("From")).contains("team-owner@example.org");
  }

  /// The list takes them no more, though it did when they were asked.
  @Test
  void whoCannotBecomeAMemberAfterAllIsToldWhy() {
    MailingList list = list(Map.of());
    whole.domain("example.net");
    whole.user("eve@example.net");
    var eve = MailAddress.of("all@example.net");
    String token = lists.desk().ask(list, eve, false, whole.clock.instant()).orElseThrow().token();
    lists.create(eve, Map.of());
    sendAndWait(
        "eve@example.net",
        "team-confirm+" + token + "@example.org",
        "From: x@example.com\n\nyes\n");
    assertThat(lists.count(TEAM)).isZero();
    assertThat(to("x@example.com").header("Subject")).startsWith("You cannot subscribe to team");
    assertThat(to("x@example.com").text()).contains("lists take no mail of lists");
    assertThat(to("x@example.com").header("From")).contains("team-owner@example.org");
  }

  @Test
  void nobodyGetsManyQuestions() {
    list(Map.of());
    for (int i = 0; i < 20; i++) {
      String eve = (i % 2 == 0 ? "eve" : "EVE") + "@example.net";
      sendAndWait("x@example.com", "team-subscribe@example.org", "From: " + eve + "\n\n");
    }
    assertThat(sent).hasSizeLessThan(7);
    sent.clear();
    var _ =
        lists.add(
            TEAM,
            List.of(new ListBook.NewMember(MailAddress.of("bob@example.net"), "")),
            Instant.EPOCH);
    for (int i = 0; i < 20; i++) {
      String bob = (i % 2 == 0 ? "bob" : "BOB") + "@example.net";
      sendAndWait("x@example.com", "team-unsubscribe@example.org", "From: " + bob + "\n\n");
    }
    assertThat(sent).hasSizeLessThan(7);
  }

  @Test
  void aFloodOfQuestionsLeavesNothingBehindAndKeepsNobodyInTheList() {
    MailingList list = list(Map.of(), "eve@example.net");
    Instant half = halfPast();
    for (int i = 0; i < 301; i++) {
      send("x@example.com", "team-subscribe@example.org", "From: x" + i + "@example.com\n\n");
    }
    whole.awaitEmpty();
    assertThat(sent).hasSize(300);
    Instant later = half.plus(Duration.ofDays(1));
    assertThat(
            IntStream.range(0, 301)
                .mapToObj(i -> MailAddress.of("x" + i + "@example.com"))
                .filter(who -> isAskedBefore(list, who, later)))
        .hasSize(300);
    sent.clear();
    sendAndWait("x@example.com", "team-unsubscribe@example.org", "From: eve@example.net\n\n");
    assertThat(to("eve@example.net").header("Subject")).contains("be unsubscribed");
  }

  private boolean isAskedBefore(MailingList list, MailAddress who, Instant now) {
    Instant until = lists.desk().ask(list, who, false, now).orElseThrow().until();
    return until.isBefore(now.plus(Duration.ofDays(3)));
  }

  @Test
  void whoHasTheTokenOfAMemberUnsubscribes() {
    MailingList list = list(Map.of(), "eve@example.net", "ann@example.net");
    String token = lists.member(list, MailAddress.of("eve@example.net")).orElseThrow().token();
    sendAndWait(
        "", list.address(Role.UNSUBSCRIBE, "x" + token).toString(), "From: x@y.example\n\n");
    assertThat(lists.count(TEAM)).isEqualTo(2);
    sendAndWait("", list.address(Role.UNSUBSCRIBE, token).toString(), "From: x@y.example\n\n");
    assertThat(lists.member(list, MailAddress.of("eve@example.net"))).isEmpty();
    assertThat(lists.count(TEAM)).isEqualTo(1);
  }

  @Test
  void whoHasLoggedInLeavesAtOnceByAnyNameThatIsNobodyElsesToo() {
    MailingList list = list(Map.of(), "ann@example.org", "sales@example.org");
    whole.user("ann@example.org");
    whole
        .directory
        .users()
        .rename(MailAddress.of("ann@example.org"), MailAddress.of("anna@example.org"), true);
    whole.directory.createAlias(
        MailAddress.of("sales@example.org"),
        List.of(MailAddress.of("anna@example.org"), MailAddress.of("x@example.com")));
    for (int i = 0; i < 2; i++) {
      accept(
          "anna@example.org",
          "team-unsubscribe@example.org",
          "From: anna@example.org\n\n",
          Optional.of(MailAddress.of("anna@example.org")),
          Map.of());
      whole.awaitEmpty();
    }
    assertThat(lists.members(list, Optional.empty(), 9).stream().map(ListMember::address))
        .containsExactly(MailAddress.of("sales@example.org"));
  }

  @Test
  void whoIsAMemberBySeveralNamesLeavesByAllThatAreNobodyElses() {
    String[] names = {"ann@example.org", "anna+lists@example.org", "sales@example.org"};
    MailingList list = list(Map.of(), names);
    whole.user("ann@example.org");
    whole
        .directory
        .users()
        .rename(MailAddress.of("ann@example.org"), MailAddress.of("anna@example.org"), true);
    whole.directory.createAlias(
        MailAddress.of("sales@example.org"),
        List.of(MailAddress.of("anna@example.org"), MailAddress.of("x@example.com")));
    accept(
        "anna@example.org",
        "team-unsubscribe@example.org",
        "From: anna@example.org\n\n",
        Optional.of(MailAddress.of("anna@example.org")),
        Map.of());
    whole.awaitEmpty();
    assertThat(lists.members(list, Optional.empty(), 9).stream().map(ListMember::address))
        .containsExactly(MailAddress.of("sales@example.org"));
    assertThat(whole.inbox("anna@example.org")).as("answers").isEqualTo(1);
  }

  @Test
  void whoseMailComesBackTooOftenGetsNoMore() {
    MailingList list =
        list(
            Map.of("posting", "anyone", "bounce-days", "1", "moderators", "boss@example.net"),
            "bad@example.net",
            "eve@example.net");
    sendAndWait("ann@example.net", "team@example.org", POST);
    assertThat(lists.member(list, MailAddress.of("bad@example.net")).orElseThrow().state())
        .isEqualTo(ListMember.State.BOUNCING);
    assertThat(to("boss@example.net").text()).contains("550 5.1.1 no such user");
    sent.clear();
    sendAndWait("ann@example.net", "team@example.org", POST);
    assertThat(sent.stream().map(Sent::to)).containsExactly("eve@example.net");
  }

  /// Of a post that is too large for the member's server, or that it cannot show, the address can
  /// help nothing.
  @ParameterizedTest
  @ValueSource(strings = {"5.3.4", "5.2.3", "5.6.7"})
  void whatOnlyOneMailIsRefusedForDoesNotCountAgainstTheMember(String status) {
    MailingList list =
        list(Map.of("posting", "anyone", "bounce-days", "1"), "bad@example.net", "eve@example.net");
    refusal = new Carrier.Answer.Failed(status, Optional.of("mx"), "552 " + status + " not this");
    sendAndWait("ann@example.net", "team@example.org", POST);
    ListMember bad = lists.member(list, MailAddress.of("bad@example.net")).orElseThrow();
    assertThat(bad.state()).isEqualTo(ListMember.State.ACTIVE);
    assertThat(bad.bounceDays()).isZero();
  }

  /// The member has the mail; where it goes instead of to the member, that is the member's address.
  @ParameterizedTest
  @CsvSource({"Forward, ACTIVE", "Redirect, BOUNCING"})
  void aCopyThatComesBackDoesNotCountAgainstAMemberWhoHasTheMail(
      String mailet, ListMember.State then) {
    MailingList list = list(Map.of("posting", "anyone", "bounce-days", "1"), "ann@example.org");
    whole.user("ann@example.org");
    whole.use(
        List.of(
            Map.of(
                "match",
                "RecipientIs(ann@example.org)",
                "mailet",
                mailet,
                "to",
                List.of("bad@example.com"))),
        Map.of());
    sendAndWait("x@example.net", "team@example.org", POST);
    assertThat(to("bad@example.com").from()).isNotEqualTo("<>");
    assertThat(whole.inbox("ann@example.org")).isEqualTo(then == ListMember.State.ACTIVE ? 1 : 0);
    assertThat(lists.member(list, MailAddress.of("ann@example.org")).orElseThrow().state())
        .isEqualTo(then);
  }

  @Test
  void aCatchAllTakesNoBouncesOfAList() {
    MailingList list = list(Map.of("posting", "anyone", "bounce-days", "1"), "bad@example.net");
    whole.user("boss@example.org");
    whole
        .directory
        .domains()
        .configure(
            TEAM.domain(),
            settings -> settings.withCatchAll(Optional.of(MailAddress.of("boss@example.org"))));
    sendAndWait("ann@example.net", "team@example.org", POST);
    assertThat(whole.inbox("boss@example.org")).isZero();
    assertThat(lists.member(list, MailAddress.of("bad@example.net")).orElseThrow().state())
        .isEqualTo(ListMember.State.BOUNCING);
  }
}
