package org.posthorn.mailets;

import static com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailets.list.Moderation;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.spool.QueueFilter;
import org.posthorn.spool.QueueOrder;
import org.posthorn.storage.directory.ListDesk;
import org.posthorn.storage.directory.ListDesk.Held;
import org.posthorn.storage.directory.ListDesk.Verdict;
import org.posthorn.storage.directory.MailingList;

/// Posts that wait for a moderator.
final class ListModerationTest extends WholeList {
  @Test
  void aStrangersPostWaitsForAModerator() {
    MailingList list =
        list(Map.of("moderators", "boss@example.net"), "ann@example.net", "eve@example.net");
    send(
        "x@example.com",
        "team@example.org",
        POST.replace("ann@example.net", "x@example.com").replace("hi", "=?utf-8?q?hi=0Aall?="));
    Held held = waiting(list);
    assertThat(held.subject()).as("without a line of its own").isEqualTo("hi all");
    assertThat(to("boss@example.net").header("From"))
        .isEqualTo("\"team\" <team-approve+" + held.token() + "@example.org>");
    assertThat(to("x@example.com").header("Subject")).startsWith("Your post waits");
    sent.clear();
    sendAndWait(
        "boss@example.net",
        "team-approve+" + held.token() + "@example.org",
        "From: boss@example.net\n\n");
    assertThat(sent.stream().map(Sent::to))
        .containsExactlyInAnyOrder("ann@example.net", "eve@example.net", "boss@example.net");
    assertThat(to("eve@example.net").text()).doesNotContain("list.held");
  }

  /// Whoever sends many posts must not fill the mailboxes of those who run the list.
  @Test
  void moderatorsHearOfSoManyPostsInAnHour() {
    var _ = halfPast();
    MailingList list = list(Map.of("moderators", "boss@example.net", "tell-sender", "no"));
    for (int i = 0; i < 65; i++) {
      String from = "x" + i + "@example.com";
      send(from, "team@example.org", POST.replace("ann@example.net", from));
    }
    await(() -> lists.desk().held(list).size() == 65);
    await(() -> sent.size() >= 60);
    whole.awaitRecipients(65);
    assertThat(sent.stream().filter(one -> one.to().equals("boss@example.net"))).hasSize(60);
    assertThat(
            sent.stream().filter(one -> one.text().contains("posthorn list held team@example.org")))
        .hasSize(1);
  }

  /// Nothing else would bound what a flood of posts leaves behind.
  @Test
  void whenAThousandPostsWaitTheNextIsSentBackAndTheModeratorsHearOfItOnce() {
    MailingList list = list(Map.of("moderators", "boss@example.net"));
    waitingSince(list, Instant.now());
    for (String from : List.of("x@example.com", "y@example.com")) {
      sendAndWait(from, "team@example.org", POST.replace("ann@example.net", from));
      assertThat(to(from).text()).contains("5.2.2", "1000 do already");
    }
    assertThat(lists.desk().held(list)).hasSize(ListDesk.HELD_MAX);
    assertThat(to("boss@example.net").text())
        .contains("1000 posts to team@example.org wait", "posthorn list held team@example.org");
  }

  /// An operator may have ended them in the queue.
  @Test
  void postsWhoseMailIsGoneDoNotCountForEver() {
    MailingList list = list(Map.of("tell-sender", "no"));
    waitingSince(list, Instant.now().minus(Duration.ofMinutes(11)));
    send("x@example.com", "team@example.org", POST.replace("ann@example.net", "x@example.com"));
    assertThat(waiting(list).from()).isEqualTo("x@example.com");
    assertThat(lists.desk().held(list)).hasSizeLessThan(ListDesk.HELD_MAX);
  }

  @Test
  void aPostThatIsRejectedGoesToNobodyAndItsAuthorHearsWhy() {
    MailingList list = list(Map.of("tell-sender", "no"), "eve@example.net");
    send("x@example.com", "team@example.org", POST.replace("ann@example.net", "x@example.com"));
    Held held = waiting(list);
    var moderation = whole.injector.getInstance(Moderation.class);
    assertThat(moderation.decide(list, held.token(), Verdict.REJECTED, "no adverts")).isPresent();
    whole.awaitEmpty();
    assertThat(sent).hasSize(1);
    assertThat(to("x@example.com").text()).contains("no adverts");
  }

  /// The queue has it under the address that its author wrote to.
  @ParameterizedTest
  @ValueSource(strings = {"team@second.example", "TEAM@second.example", "both"})
  void aPostToASecondNameOfTheDomainIsDecidedLikeAnyOther(String to) {
    MailingList list = list(Map.of("tell-sender", "no"), "eve@example.net");
    whole.domain("second.example");
    whole.directory.domains().alias(Domain.of("second.example"), TEAM.domain());
    List<String> recipients =
        to.equals("both") ? List.of("team@second.example", "team@example.org") : List.of(to);
    var _ =
        whole.accept(
            Optional.of(MailAddress.of("x@example.com")),
            POST.replace("ann@example.net", "x@example.com").replace("\n", "\r\n").getBytes(UTF_8),
            NewMail.Options.NONE,
            recipients.stream().map(one -> Recipient.of(MailAddress.of(one))).toList());
    var moderation = whole.injector.getInstance(Moderation.class);
    await(() -> whole.queue.counts().parked() == recipients.size());
    Held held = moderation.waiting(list).getFirst();
    assertThat(moderation.decide(list, held.token(), Verdict.APPROVED, "")).isPresent();
    whole.awaitEmpty();
    assertThat(sent).extracting(Sent::to).containsExactly("eve@example.net");
  }

  /// The list is still there, and who approves the post is told that it goes to the members.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPostThatWaitsIsDecidedThoughTheNameItWasWrittenToHasEnded(boolean isOthersNow) {
    MailingList list = list(Map.of("tell-sender", "no"), "eve@example.net");
    whole.domain("second.example");
    whole.directory.domains().alias(Domain.of("second.example"), TEAM.domain());
    send("x@example.com", "team@second.example", POST.replace("ann@example.net", "x@example.com"));
    Held held = waiting(list);
    whole.directory.domains().endAlias(Domain.of("second.example"));
    if (isOthersNow) {
      var _ = lists.create(MailAddress.of("team@second.example"), Map.of());
    }
    var moderation = whole.injector.getInstance(Moderation.class);
    assertThat(moderation.decide(list, held.token(), Verdict.APPROVED, "")).isPresent();
    whole.awaitEmpty();
    assertThat(sent).extracting(Sent::to).containsExactly("eve@example.net");
  }

  /// As after a crash between the two.
  @Test
  void aPostThatWaitsForAListThatIsGoneEndsWhenItIsRunAgain() {
    MailingList list = list(Map.of("tell-sender", "no"), "eve@example.net");
    send("x@example.com", "team@example.org", POST.replace("ann@example.net", "x@example.com"));
    Held held = waiting(list);
    assertThat(lists.delete(TEAM)).containsExactly(held);
    var queue = whole.injector.getInstance(QueueAdministration.class);
    assertThat(
            queue
                .carryOut(
                    new QueueOrder.Retry(),
                    held.mail(),
                    QueueFilter.of("held-posts", Optional.empty()))
                .recipients())
        .isEqualTo(1);
    whole.awaitEmpty();
    assertThat(sent).isEmpty();
  }

  /// The step has looked at the desk, and the post is not in its repository yet.
  @ParameterizedTest
  @EnumSource(names = {"APPROVED", "REJECTED"})
  void whatIsDecidedWhileAPostIsBeingPutAsideCounts(Verdict verdict) throws Exception {
    MailingList list = list(Map.of("tell-sender", "no"), "eve@example.net");
    var looked = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    whole.beforeItIsKept =
        () -> {
          looked.countDown();
          awaitUninterruptibly(goOn);
        };
    send("x@example.com", "team@example.org", POST.replace("ann@example.net", "x@example.com"));
    looked.await();
    Held held = lists.desk().held(list).getFirst();
    var moderation = whole.injector.getInstance(Moderation.class);
    Thread moderator =
        Thread.ofVirtual().start(() -> moderation.decide(list, held.token(), verdict, "so"));
    await(() -> lists.desk().held(list, held.token()).orElseThrow().verdict() == verdict);
    await(() -> moderator.getState() == Thread.State.TIMED_WAITING);
    assertThat(sent).isEmpty();
    goOn.countDown();
    moderator.join();
    whole.awaitEmpty();
    assertThat(sent)
        .extracting(Sent::to)
        .containsExactly(verdict == Verdict.APPROVED ? "eve@example.net" : "x@example.com");
  }

  @ParameterizedTest
  @ValueSource(strings = {"team@example.org", "team@second.example"})
  void aPostThatIsBeingPutAsideGoesWithItsList(String to) throws Exception {
    MailingList list = list(Map.of("tell-sender", "no"), "eve@example.net");
    whole.domain("second.example");
    whole.directory.domains().alias(Domain.of("second.example"), TEAM.domain());
    var looked = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    whole.beforeItIsKept =
        () -> {
          looked.countDown();
          awaitUninterruptibly(goOn);
        };
    send("x@example.com", to, POST.replace("ann@example.net", "x@example.com"));
    looked.await();
    var moderation = whole.injector.getInstance(Moderation.class);
    Thread operator =
        Thread.ofVirtual().start(() -> moderation.end(list, lists.delete(list.address())));
    await(() -> lists.find(TEAM).isEmpty() && isAtRest(operator));
    goOn.countDown();
    operator.join();
    whole.awaitEmpty();
    assertThat(sent).isEmpty();
  }
}
