package org.posthorn.mailets;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.OwnNames;

/// Whom a mailing list takes for the author of a post: who has logged in, and who only says so.
final class ListAuthorsTest extends WholeList {
  @Test
  void ourOwnCountOnlyWhenTheyHaveLoggedIn() {
    MailingList list = list(Map.of("tell-sender", "no"), "bob@example.org");
    whole.user("bob@example.org");
    send("bob@example.org", "team@example.org", POST.replace("ann@example.net", "bob@example.org"));
    var _ = waiting(list);
    assertThat(whole.inbox("bob@example.org")).isZero();
  }

  /// Anybody in the house can write the name of anybody in the house into From.
  @Test
  void aLoginSpeaksForNobodyElse() {
    list(Map.of("posting", "moderators", "tell-sender", "no"), "eve@example.net");
    whole.user("boss@example.org");
    whole.user("ann@example.org");
    MailingList list = lists.configure(TEAM, Map.of("moderators", "boss@example.org"));
    whole.directory.createAlias(
        MailAddress.of("chief@example.org"), List.of(MailAddress.of("boss@example.org")));
    submit("boss@example.org", POST.replace("ann@example.net", "chief@example.org"));
    whole.awaitEmpty();
    assertThat(to("eve@example.net").header("From")).isEqualTo("Ann Jones <chief@example.org>");
    submit("ann@example.org", POST.replace("ann@example.net", "boss@example.org"));
    assertThat(waiting(list).from()).isEqualTo("boss@example.org");
    assertThat(sent).hasSize(1);
  }

  /// Whoever may send as the address of a member could write that one into From as well.
  @Test
  void whoHasLoggedInIsAMemberByAnyNameOfTheAccount() {
    MailingList list =
        list(
            Map.of("tell-sender", "no"),
            "eve@example.net",
            "ann@example.org",
            "bob@second.example",
            "sales@example.org");
    for (String user : List.of("ann@example.org", "bob@example.org", "carl@example.org")) {
      whole.user(user);
    }
    whole
        .directory
        .users()
        .rename(MailAddress.of("ann@example.org"), MailAddress.of("anna@example.org"), true);
    whole.directory.domains().alias(Domain.of("second.example"), TEAM.domain());
    whole.directory.createAlias(
        MailAddress.of("sales@example.org"),
        List.of(MailAddress.of("carl@example.org"), MailAddress.of("x@example.com")));
    for (String user : List.of("anna@example.org", "bob@example.org", "carl@example.org")) {
      sent.clear();
      submit(user, POST.replace("ann@example.net", user));
      whole.awaitRecipients(0);
      assertThat(to("eve@example.net").header("From")).isEqualTo("Ann Jones <" + user + ">");
    }
    sent.clear();
    send(
        "anna@example.org",
        "team@example.org",
        POST.replace("ann@example.net", "anna@example.org"));
    assertThat(waiting(list).from()).as("without a login").isEqualTo("anna@example.org");
    assertThat(sent).isEmpty();
  }

  @Test
  void whoHasLoggedInAsSomebodyElseIsNoMemberAndNoModerator() {
    MailingList list = list(Map.of("tell-sender", "no"), "ann@example.org");
    whole.user("ann@example.org");
    whole.user("bob@example.org");
    submit("bob@example.org", POST.replace("ann@example.net", "bob@example.org"));
    assertThat(waiting(list).from()).isEqualTo("bob@example.org");
  }

  @Test
  void aModeratorPostsFromEachOfTheOwnAddresses() {
    whole.domain("example.org");
    whole.user("ann@example.org");
    whole.directory.createAlias(
        MailAddress.of("boss@example.org"), List.of(MailAddress.of("ann@example.org")));
    list(Map.of("posting", "moderators", "moderators", "boss@example.org"), "eve@example.net");
    submit("ann@example.org", POST.replace("ann@example.net", "ann@example.org"));
    whole.awaitEmpty();
    assertThat(to("eve@example.net").header("Subject")).isEqualTo("hi");
  }

  /// The name of the server need be no mail domain.
  @Test
  void thePostmasterOfTheServerCountsOnlyWhenHeHasLoggedIn() {
    var postmaster = MailAddress.of("postmaster@mail.example.com");
    whole.domain("example.org");
    whole.user("bob@example.org");
    whole.directory.serveUnder(
        new OwnNames(Set.of(postmaster.domain()), Optional.of(MailAddress.of("bob@example.org"))));
    MailingList list =
        list(
            Map.of("posting", "moderators", "moderators", postmaster + "", "tell-sender", "no"),
            "eve@example.net");
    submit("bob@example.org", POST.replace("ann@example.net", "bob@example.org"));
    whole.awaitEmpty();
    assertThat(to("eve@example.net").header("Subject")).isEqualTo("hi");
    String forged = POST.replace("ann@example.net", postmaster.toString());
    send(postmaster.toString(), TEAM.toString(), forged);
    assertThat(waiting(list).from()).isEqualTo(postmaster.toString());
  }

  @Test
  void aCopyProvesNoAuthorWhoHasNotLoggedInHimself() {
    list(Map.of("posting", "anyone"), "eve@example.net");
    whole.user("boss@example.org");
    whole.user("ann@example.org");
    submit("ann@example.org", POST.replace("ann@example.net", "boss@example.org"));
    whole.awaitEmpty();
    assertThat(to("eve@example.net").header("From"))
        .isEqualTo("\"Ann Jones via team\" <team@example.org>");
    assertThat(to("eve@example.net").header("X-Original-From"))
        .isEqualTo("\"Ann Jones\" <boss@example.org>");
  }

  /// The list would give it a From that passes DMARC.
  @Test
  void whatTheGatePutsAsideIsNoPostOfAMember() {
    MailingList list = list(Map.of("moderators", "boss@example.net"), "ann@example.net");
    Map<String, String> forged = Map.of("auth.disposition", "quarantine");
    accept("ann@example.net", POST, Optional.empty(), forged);
    assertThat(waiting(list).why()).contains("not proven");
    assertThat(sent).extracting(Sent::to).containsExactly("boss@example.net");
  }

  /// There it may not be from whom it names; a report would be one more mail that he did not want.
  @Test
  void nobodyIsToldOfAPostThatOnlyUsesHisName() {
    MailingList list = list(Map.of("others", "refuse", "max-bytes", "1000"), "ann@example.net");
    Map<String, String> quarantined = Map.of("auth.disposition", "quarantine");
    accept("ann@example.net", POST, Optional.empty(), quarantined);
    String stranger = POST.replace("ann@example.net", "x@example.com");
    accept("x@example.com", stranger, Optional.empty(), Map.of("auth.spf", "fail"));
    accept("x@example.com", POST + "x".repeat(1_000), Optional.empty(), quarantined);
    send("x@example.com", "team-owner@example.org", "X-Spam-Flag: YES\n" + POST);
    whole.awaitEmpty();
    waitingSince(list, Instant.now());
    var _ = lists.configure(list.address(), Map.of("others", "hold"));
    accept("x@example.com", POST, Optional.empty(), quarantined);
    whole.awaitEmpty();
    assertThat(sent).isEmpty();
  }
}
