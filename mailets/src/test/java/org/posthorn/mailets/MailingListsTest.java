package org.posthorn.mailets;

import static com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestDns;
import org.posthorn.mailets.list.Moderation;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.spool.QueueFilter;
import org.posthorn.spool.QueueOrder;
import org.posthorn.spool.SpoolConfig;
import org.posthorn.storage.StorageConfig;
import org.posthorn.storage.directory.ListBook;
import org.posthorn.storage.directory.ListDesk;
import org.posthorn.storage.directory.ListDesk.Held;
import org.posthorn.storage.directory.ListDesk.Verdict;
import org.posthorn.storage.directory.ListMember;
import org.posthorn.storage.directory.MailingList;
import org.posthorn.storage.directory.MailingList.Role;
import org.posthorn.storage.directory.OwnNames;

/// Mailing lists in a whole spool; members are elsewhere, and what they get is seen on its way.
final class MailingListsTest {
  private static final Pattern MAILTO = Pattern.compile("<mailto:(\\S+)>");
  private static final Pattern CONFIRMATION = Pattern.compile("team-confirm\\+\\w+@example\\.org");
  private static final MailAddress TEAM = MailAddress.of("team@example.org");
  private static final String POST =
      "From: Ann Jones <ann@example.net>\nTo: team@example.org\nSubject: hi\n\nhello\n";

  private static final MailAddress TEAM_OWNER = MailAddress.of("team-owner@example.org");

  private final List<Sent> sent = new CopyOnWriteArrayList<>();
  private final List<Carrier.Load> loads = new CopyOnWriteArrayList<>();
  private final WholeSpool whole =
      new WholeSpool(
          StorageConfig.inMemory(), Path.of("unused"), SpoolConfig.defaults(), this::carry);
  private final ListBook lists = whole.directory.lists();

  private record Sent(String from, String to, String text) {
    String header(String name) {
      Matcher found = Pattern.compile("(?m)^" + name + ": (.*(?:\\r\\n[ \\t].*)*)").matcher(text);
      return found.find() ? found.group(1).replace("\r\n", "") : "";
    }
  }

  private Map<Recipient, Carrier.Answer> carry(Carrier.Load load) {
    loads.add(load);
    Map<Recipient, Carrier.Answer> answers = new HashMap<>();
    for (Recipient recipient : load.recipients()) {
      sent.add(
          new Sent(
              load.sender().map(MailAddress::toString).orElse("<>"),
              recipient.address().toString(),
              text(load)));
      answers.put(
          recipient,
          recipient.address().localPart().startsWith("bad")
              ? new Carrier.Answer.Failed("5.1.1", Optional.of("mx"), "550 5.1.1 no such user")
              : new Carrier.Answer.Delivered("mx", "250 ok", true));
    }
    return answers;
  }

  private static String text(Carrier.Load load) {
    try (InputStream in = load.message().open()) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void close() {
    assertThat(whole.faultsAtRest()).isEmpty();
    whole.close();
  }

  private MailingList list(Map<String, String> settings, String... members) {
    if (!whole.directory.isLocal(TEAM.domain())) {
      whole.domain("example.org");
    }
    MailingList list = lists.create(TEAM, settings);
    for (String member : members) {
      var _ =
          lists.add(
              TEAM, List.of(new ListBook.NewMember(MailAddress.of(member), "")), Instant.EPOCH);
    }
    return list;
  }

  private void send(String from, String to, String text) {
    var _ =
        whole.accept(
            from.isEmpty() ? Optional.empty() : Optional.of(MailAddress.of(from)),
            text.replace("\n", "\r\n").getBytes(UTF_8),
            NewMail.Options.NONE,
            List.of(Recipient.of(MailAddress.of(to))));
  }

  /// From now on it is half past: letters are counted by days and hours, and none ends soon.
  private Instant halfPast() {
    Instant now = Instant.now();
    Instant half = now.truncatedTo(ChronoUnit.HOURS).plus(Duration.ofMinutes(90));
    whole.clock = InstantSource.offset(InstantSource.system(), Duration.between(now, half));
    return half;
  }

  /// As who has logged in as `login`.
  private void submit(String login, String text) {
    accept(login, text, Optional.of(MailAddress.of(login)), Map.of());
  }

  private void accept(
      String from, String text, Optional<MailAddress> login, Map<String, String> notes) {
    accept(from, TEAM.toString(), text, login, notes);
  }

  private void accept(
      String from, String to, String text, Optional<MailAddress> login, Map<String, String> notes) {
    var _ =
        whole.accept(
            Optional.of(MailAddress.of(from)),
            text.replace("\n", "\r\n").getBytes(UTF_8),
            NewMail.Options.NONE,
            List.of(Recipient.of(MailAddress.of(to))),
            login,
            notes);
  }

  private void sendAndWait(String from, String to, String text) {
    send(from, to, text);
    whole.awaitEmpty();
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }

  private Sent to(String address) {
    List<Sent> all = sent.stream().filter(one -> one.to.equals(address)).toList();
    assertThat(all).as("mails to " + address).hasSize(1);
    return all.getFirst();
  }

  private Held waiting(MailingList list) {
    var moderation = whole.injector.getInstance(Moderation.class);
    await(() -> !moderation.waiting(list).isEmpty() && isKept());
    return moderation.waiting(list).getFirst();
  }

  /// It waits for somebody, or has come to its end.
  private static boolean isAtRest(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING
        || thread.getState() == Thread.State.TERMINATED;
  }

  private boolean isKept() {
    return whole.queue.counts().recipients() == 1 && whole.queue.counts().parked() == 1;
  }

  @Test
  void eachMemberGetsAPostWithWaysOut() {
    MailingList list =
        list(
            Map.of("title", "The Team", "subject-tag", "[team]", "archive", "old@example.com"),
            "ann@example.net",
            "eve@example.net");
    sendAndWait("ann@example.net", "team@example.org", POST);
    Sent eve = to("eve@example.net");
    assertThat(eve.from).matches("BV=.*=" + list.id() + "=example\\.net=eve@example\\.org");
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
    assertThat(to("eve@example.net").text).doesNotContain("list.held");
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
            sent.stream().filter(one -> one.text.contains("posthorn list held team@example.org")))
        .hasSize(1);
  }

  /// Nothing else would bound what a flood of posts leaves behind.
  @Test
  void whenAThousandPostsWaitTheNextIsSentBackAndTheModeratorsHearOfItOnce() {
    MailingList list = list(Map.of("moderators", "boss@example.net"));
    waitingSince(list, Instant.now());
    for (String from : List.of("x@example.com", "y@example.com")) {
      sendAndWait(from, "team@example.org", POST.replace("ann@example.net", from));
      assertThat(to(from).text).contains("5.2.2", "1000 do already");
    }
    assertThat(lists.desk().held(list)).hasSize(ListDesk.HELD_MAX);
    assertThat(to("boss@example.net").text)
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

  private void waitingSince(MailingList list, Instant since) {
    for (int i = 0; i < ListDesk.HELD_MAX; i++) {
      var post = Held.waiting(new MailId("gone%012d".formatted(i)), "eve", "hi", 9, since, "");
      assertThat(lists.desk().hold(list, post, _ -> true)).contains(post);
    }
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
    assertThat(to("x@example.com").text).contains("no adverts");
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

  @Test
  void othersAreRefusedOrDroppedWhereTheListSaysSo() {
    MailingList list = list(Map.of("others", "refuse"), "eve@example.net");
    sendAndWait("x@example.com", "team@example.org", POST);
    assertThat(sent).as("From is none of x").hasSize(1);
    assertThat(to("x@example.com").text)
        .contains("Only members may post", "This mail system does not take it, by its own rules.")
        .doesNotContain("team-owner@");
    sent.clear();
    var _ = lists.configure(list.address(), Map.of("moderators", "boss@example.net"));
    sendAndWait("x@example.com", "team@example.org", POST);
    assertThat(to("x@example.com").text).contains("team-owner@example.org");
    sent.clear();
    var _ = lists.configure(list.address(), Map.of("others", "drop"));
    sendAndWait("x@example.com", "team@example.org", POST);
    assertThat(sent).isEmpty();
  }

  @Test
  void whoSubscribesIsAskedAndNoProgramAnswersForHim() {
    MailingList list = list(Map.of());
    String hello = "From: Eve <eve@example.net>\nSubject: x\n";
    sendAndWait("eve@example.net", "team-subscribe@example.org", hello + "\n");
    Sent question = to("eve@example.net");
    assertThat(question.from).isEqualTo("<>");
    assertThat(question.header("Auto-Submitted")).isEqualTo("auto-generated");
    Matcher address = CONFIRMATION.matcher(question.text);
    assertThat(address.find()).isTrue();
    sendAndWait(
        "eve@example.net", address.group(), hello + "Auto-Submitted: auto-replied\n\nAway\n");
    assertThat(lists.count(TEAM)).isZero();
    sendAndWait("eve@example.net", address.group(), hello + "\nyes\n");
    assertThat(lists.member(list, MailAddress.of("eve@example.net"))).isPresent();
    assertThat(sent.getLast().header("Subject")).startsWith("Welcome");
  }

  /// Whoever answers has got the question, so the address is good.
  @Test
  void whoseMailCameBackSubscribesAgainAndWhoIsSuspendedAsksTheOwners() {
    MailingList list = list(Map.of("joining", "closed"), "eve@example.net", "ann@example.net");
    var eve = MailAddress.of("eve@example.net");
    var _ = lists.set(TEAM, eve, ListMember.State.BOUNCING);
    sendAndWait("eve@example.net", "team-subscribe@example.org", "From: eve@example.net\n\n");
    Matcher address = CONFIRMATION.matcher(to("eve@example.net").text);
    assertThat(address.find()).isTrue();
    sendAndWait("eve@example.net", address.group(), "From: eve@example.net\n\nyes\n");
    assertThat(lists.member(list, eve).orElseThrow().state()).isEqualTo(ListMember.State.ACTIVE);
    var _ = lists.set(TEAM, MailAddress.of("ann@example.net"), ListMember.State.SUSPENDED);
    sendAndWait("ann@example.net", "team-subscribe@example.org", "From: ann@example.net\n\n");
    assertThat(to("ann@example.net").header("From")).contains("team-owner@example.org");
    assertThat(to("ann@example.net").text).contains("suspended");
  }

  @Test
  void whoWasAskedBeforeTheListWasClosedJoinsNoMore() {
    MailingList list = list(Map.of());
    sendAndWait("eve@example.net", "team-subscribe@example.org", "From: eve@example.net\n\n");
    Matcher address = CONFIRMATION.matcher(to("eve@example.net").text);
    assertThat(address.find()).isTrue();
    var _ = lists.configure(TEAM, Map.of("joining", "closed"));
    sendAndWait("eve@example.net", address.group(), "From: eve@example.net\n\nyes\n");
    assertThat(lists.member(list, MailAddress.of("eve@example.net"))).isEmpty();
    assertThat(sent.getLast().header("Subject")).startsWith("You cannot subscribe to team");
    assertThat(sent.getLast().header("From")).contains("team-owner@example.org");
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
  void whoseMailComesBackTooOftenGetsNoMore() {
    MailingList list =
        list(
            Map.of("posting", "anyone", "bounce-days", "1", "moderators", "boss@example.net"),
            "bad@example.net",
            "eve@example.net");
    sendAndWait("ann@example.net", "team@example.org", POST);
    assertThat(lists.member(list, MailAddress.of("bad@example.net")).orElseThrow().state())
        .isEqualTo(ListMember.State.BOUNCING);
    assertThat(to("boss@example.net").text).contains("550 5.1.1 no such user");
    sent.clear();
    sendAndWait("ann@example.net", "team@example.org", POST);
    assertThat(sent.stream().map(Sent::to)).containsExactly("eve@example.net");
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
    assertThat(to("bad@example.com").from).isNotEqualTo("<>");
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
    assertThat(sent).filteredOn(one -> one.to.equals("bad@example.com")).hasSize(2);
    assertThat(to("boss@example.net").text)
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
    assertThat(to("ann@example.net").text).contains("Nobody runs this list at present");
    send("ann@example.net", "team@example.org", POST);
    var _ = waiting(list);
    assertThat(whole.inbox("postmaster@example.org")).isEqualTo(1);
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
    assertThat(to("boss@example.com").from).startsWith("SRS0=").endsWith("@example.org");
  }

  @Test
  void whoWritesToOwnersWhoCannotBeReachedHearsOfIt() {
    list(Map.of("moderators", "bad-boss@example.com"));
    sendAndWait("ann@example.net", "team-owner@example.org", POST);
    assertThat(to("ann@example.net").text).contains("bad-boss@example.com", "5.1.1");
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
    String got = to("boss@example.com").text.replace("\r\n", "\n");
    assertThat(got).contains("Delivered-To: team-owner@example.org\n");
    sendAndWait("boss@example.com", "team@example.org", "Resent-From: boss@example.com\n" + got);
    assertThat(to("eve@example.net").text).contains("hello");
    sent.clear();
    sendAndWait("boss@example.com", "team-owner@example.org", got);
    assertThat(sent).as("once round").isEmpty();
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
    assertThat(to("x@example.com").text).contains("lists take no mail of lists");
    assertThat(to("x@example.com").header("From")).contains("team-owner@example.org");
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
