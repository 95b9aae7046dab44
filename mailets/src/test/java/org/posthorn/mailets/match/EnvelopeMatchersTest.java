package org.posthorn.mailets.match;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.mailets.match.Mailbag.mail;
import static org.posthorn.mailets.match.Mailbag.origin;
import static org.posthorn.mailets.match.Mailbag.with;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Recipient.Notify;
import org.posthorn.message.MailAddress;

/// Matchers that look at the envelope, the origin, the notes, the DNS and the clock.
final class EnvelopeMatchersTest {
  private static final Mail MAIL =
      mail("Subject: hi\n\nbody\n", "ann@example.org", "Info@example.org", "bob@example.net");

  private final Mailbag bag = new Mailbag();

  @Test
  void expressionsAreFoundInAddressesInAnyCase() {
    assertThat(bag.chosen("RecipientMatches", Map.of("pattern", "^INFO@|[.]net$"), MAIL))
        .containsExactly("Info", "bob");
    assertThat(bag.chooses("SenderMatches", Map.of("pattern", "@example[.]net$"), MAIL)).isTrue();
    assertThat(
            bag.chooses(
                "SenderMatches", Map.of("pattern", ".*"), MAIL.withSender(Optional.empty())))
        .isFalse();
    bag.refuses("SenderMatches", Map.of("pattern", "("), "a regular expression");
  }

  @Test
  void anExpressionThatTakesTooLongIsGivenUpWithAnError() {
    Mail mail = mail("Subject: " + "a".repeat(1_000) + "\n\n");
    assertThatThrownBy(() -> bag.chooses("SubjectMatches", Map.of("pattern", ".*a.*a.*a.*b"), mail))
        .hasMessageContaining(".*a.*a.*a.*b takes too long");
    assertThat(bag.chooses("SubjectMatches", Map.of("pattern", "(a|b)*$"), mail)).isTrue();
    assertThat(bag.chooses("SubjectMatches", Map.of("pattern", ".*x"), mail)).isFalse();
  }

  @Test
  void sendersAndNamesAndNumbersOfRecipients() {
    assertThat(bag.chooses("SenderHostIs", Map.of("domains", "EXAMPLE.net"), MAIL)).isTrue();
    assertThat(bag.chosen("LocalPartIs", Map.of("names", List.of("info", "BOB")), MAIL))
        .containsExactly("Info", "bob");
    assertThat(bag.chooses("IsSingleRecipient", MAIL)).isFalse();
    assertThat(bag.chooses("IsSingleRecipient", mail("\n"))).isTrue();
    assertThat(bag.chosen("RecipientCountOver", Map.of("count", "2"), MAIL)).hasSize(3);
    assertThat(bag.chooses("RecipientCountOver", Map.of("count", "3"), MAIL)).isFalse();
  }

  @Test
  void whoIsAtHomeHere() {
    Mail mail =
        mail(
            "\nmore than ten bytes\n",
            "ann@example.org",
            "full+x@example.org",
            "info@example.org",
            "x@example.com");
    assertThat(bag.chosen("RecipientHasMailbox", Map.of(), mail)).containsExactly("ann", "full+x");
    assertThat(bag.chosen("IsOverQuota", Map.of(), mail)).containsExactly("full+x");
    assertThat(bag.chooses("SenderIsLocal", mail)).isFalse();
    Mail nobody = mail.withSender(Optional.of(MailAddress.of("nobody@example.org")));
    assertThat(bag.chooses("SenderIsLocal", nobody)).isTrue();
    assertThat(bag.chooses("SenderHasMailbox", nobody)).isFalse();
    assertThat(
            bag.chooses(
                "SenderHasMailbox",
                mail.withSender(Optional.of(MailAddress.of("ANN@example.org")))))
        .isTrue();
  }

  @Test
  void fromWhereItCame() {
    assertThat(bag.chooses("LoginIs", Map.of("users", "@example.org"), MAIL)).isTrue();
    assertThat(bag.chooses("LoginIs", Map.of("users", "bob@example.org"), MAIL)).isFalse();
    assertThat(bag.chooses("ProtocolIs", Map.of("protocols", "esmtps"), MAIL)).isTrue();
    assertThat(bag.chooses("ProtocolIs", Map.of("protocols", "ESMTP"), MAIL)).isFalse();
    assertThat(bag.chooses("IsFromServer", MAIL)).isFalse();
    assertThat(bag.chooses("IsFromServer", with(MAIL, origin(Optional.empty(), "local")))).isTrue();
  }

  @Test
  void whatEarlierStepsHaveNoted() {
    Mail noted =
        MAIL.withAttribute("a.verdict", "Spam 7").withAttribute("posthorn.error", "an IOException");
    assertThat(bag.chooses("HasAttribute", Map.of("name", "a.verdict"), MAIL)).isFalse();
    assertThat(bag.chooses("HasAttribute", Map.of("name", "a.verdict"), noted)).isTrue();
    assertThat(bag.chooses("HasAttribute", Map.of("name", "a.verdict", "value", "Spam"), noted))
        .isFalse();
    assertThat(
            bag.chooses("AttributeMatches", Map.of("name", "a.verdict", "pattern", "^spam"), noted))
        .isTrue();
    assertThat(bag.chooses("HasError", MAIL)).isFalse();
    assertThat(bag.chooses("HasError", Map.of("text", "ioexception"), noted)).isTrue();
    assertThat(bag.chooses("HasError", Map.of("text", "other"), noted)).isFalse();
  }

  @Test
  void knowsHowUrgentAMailIs() {
    Mail urgent = MAIL.withAttribute("posthorn.priority", "3");
    assertThat(bag.chooses("PriorityIs", Map.of("priority", "0"), MAIL)).isTrue();
    assertThat(bag.chooses("PriorityIs", Map.of("priority", "3"), urgent)).isTrue();
    assertThat(bag.chooses("PriorityAtLeast", Map.of("priority", "3"), urgent)).isTrue();
    assertThat(bag.chooses("PriorityAtLeast", Map.of("priority", "4"), urgent)).isFalse();
    assertThat(bag.chooses("PriorityAtMost", Map.of("priority", "-1"), MAIL)).isFalse();
    assertThat(bag.chooses("PriorityAtMost", Map.of("priority", "0"), MAIL)).isTrue();
    Mail odd = MAIL.withAttribute("posthorn.priority", "very");
    assertThat(bag.chooses("PriorityIs", Map.of("priority", "0"), odd)).isTrue();
  }

  @Test
  void whyRecipientsFailed() {
    Mail mail =
        MAIL.withRecipients(
            List.of(
                failed("a", "5.1.1", Optional.of("mx.example.net"), "550 no such user"),
                failed("b", "5.10.1", Optional.empty(), "550 is our own text"),
                failed("c", "4.4.7", Optional.empty(), "too late"),
                Recipient.of(MailAddress.of("d@example.org"))));
    assertThat(bag.chosen("RecipientFailed", Map.of(), mail)).containsExactly("a", "b", "c");
    assertThat(bag.chosen("RecipientFailed", Map.of("kind", "permanent"), mail))
        .containsExactly("a", "b");
    assertThat(bag.chosen("RecipientFailed", Map.of("kind", "temporary"), mail))
        .containsExactly("c");
    assertThat(bag.chosen("RecipientFailed", Map.of("status", "5.1"), mail)).containsExactly("a");
    assertThat(bag.chosen("RecipientFailed", Map.of("code", "550"), mail)).containsExactly("a");
    bag.refuses("RecipientFailed", Map.of("status", "550"), "'status' is '550'");
  }

  private static Recipient failed(
      String name, String status, Optional<String> remote, String text) {
    return Recipient.of(MailAddress.of(name + "@example.org"))
        .withFailure(new Recipient.Failure(status, remote, text));
  }

  @Test
  void whatTheSenderWantsToHear() {
    Mail mail =
        MAIL.withRecipients(
            List.of(
                asking("silent", Set.of(Notify.NEVER)),
                asking("success", Set.of(Notify.SUCCESS)),
                asking("default", Set.of())));
    assertThat(bag.chosen("WantsNotice", Map.of("of", "success"), mail)).containsExactly("success");
    assertThat(bag.chosen("WantsNotice", Map.of("of", "failure"), mail)).containsExactly("default");
    bag.refuses("WantsNotice", Map.of("of", "all"), "never, success, failure");
  }

  private static Recipient asking(String name, Set<Notify> notify) {
    return new Recipient(MailAddress.of(name + "@example.org"), Optional.empty(), notify);
  }

  @Test
  void mailServersAreAskedFor() {
    bag.services
        .dns()
        .with("MX", "example.org", "aspmx.l.Google.com")
        .with("MX", "example.net", ".")
        .with("A", "example.com", "192.0.2.1")
        .silentFor("example.edu");
    Mail mail =
        mail(
            "\n",
            "a@example.org",
            "b@example.net",
            "c@example.com",
            "d@gone.example",
            "e@[192.0.2.1]");
    assertThat(bag.chosen("RecipientHasMx", Map.of(), mail("\n", "a@example.org", "b@example.net")))
        .containsExactly("a");
    assertThat(bag.chosen("RecipientHasMx", Map.of("hosts", "google.com"), mail))
        .containsExactly("a");
    assertThat(bag.chosen("RecipientHasMx", Map.of(), mail("\n", "c@example.com", "d@x.example")))
        .containsExactly("c");
    assertThat(bag.chooses("SenderHasMx", MAIL)).isFalse();
    assertThatThrownBy(() -> bag.chosen("RecipientHasMx", Map.of(), mail("\n", "x@example.edu")))
        .hasMessageContaining("does not tell the mail servers of example.edu");
  }

  @Test
  void theFirstSoManyAreChosenAndStayChosen() {
    Map<String, ?> one = Map.of("name", "x", "count", "2", "within", "1d", "per", "sender");
    assertThat(
            IntStream.of(1, 2, 3, 1).filter(i -> bag.chooses("AtMost", one, with(MAIL, "m" + i))))
        .containsExactly(1, 2, 1);
    Mail other = MAIL.withSender(Optional.empty());
    assertThat(bag.chooses("AtMost", one, with(other, "m3"))).isTrue();
    bag.services.pass(Duration.ofDays(1));
    assertThat(bag.chooses("AtMost", one, with(MAIL, "m4"))).isTrue();
    Map<String, ?> each = Map.of("name", "y", "count", "1", "within", "1d", "per", "recipient");
    assertThat(bag.chosen("AtMost", each, mail("\n", "ann@example.org"))).containsExactly("ann");
    assertThat(bag.chosen("AtMost", each, with(MAIL, "m5"))).containsExactly("Info", "bob");
  }

  @Test
  void whatIsBeyondARateIsChosenUntilTimeHasPassed() {
    Map<String, ?> two = Map.of("name", "x", "limit", "2", "within", "1h", "per", "domain");
    assertThat(
            IntStream.of(1, 2, 3, 1, 4)
                .filter(i -> bag.chooses("RateOver", two, with(MAIL, "m" + i))))
        .as("beyond")
        .containsExactly(3, 4);
    bag.services.pass(Duration.ofHours(2));
    assertThat(bag.chooses("RateOver", two, with(MAIL, "m3"))).isFalse();
    Mail nobody = MAIL.withSender(Optional.empty());
    assertThat(
            IntStream.range(5, 9).filter(i -> bag.chooses("RateOver", two, with(nobody, "m" + i))))
        .isEmpty();
    Map<String, ?> each = Map.of("name", "y", "limit", "1", "within", "1d", "per", "recipient");
    assertThat(bag.chosen("RateOver", each, mail("\n", "ann@example.org"))).isEmpty();
    assertThat(
            bag.chosen(
                "RateOver", each, with(mail("\n", "ann@example.org", "bob@example.org"), "m2")))
        .containsExactly("ann");
  }

  @Test
  void whatWasCountedWhileTheClockWasAheadBlocksNothing() {
    Map<String, ?> rate = Map.of("name", "x", "limit", "1", "within", "1h");
    Map<String, ?> one = Map.of("name", "x", "count", "1", "within", "1h");
    bag.services.pass(Duration.ofDays(10));
    assertThat(bag.chooses("RateOver", rate, with(MAIL, "m1"))).isFalse();
    assertThat(bag.chooses("AtMost", one, with(MAIL, "m1"))).isTrue();
    bag.services.pass(Duration.ofDays(-10));
    assertThat(bag.chooses("RateOver", rate, with(MAIL, "m2"))).isFalse();
    assertThat(bag.chooses("AtMost", one, with(MAIL, "m2"))).isTrue();
    assertThat(bag.chooses("RateOver", rate, with(MAIL, "m3"))).isTrue();
    assertThat(bag.chooses("AtMost", one, with(MAIL, "m3"))).isFalse();
  }

  @Test
  void hoursAreThoseOfAZoneAlsoOverMidnight() {
    assertThat(isOpen("13:00", "14:00", "sunday")).isTrue();
    assertThat(isOpen("12:00", "13:00", "sunday")).isFalse();
    assertThat(isOpen("14:00", "13:30", "saturday")).isTrue();
    assertThat(isOpen("14:00", "13:30", "sunday")).isFalse();
    assertThat(isOpen("12:30", "06:00", "sunday")).isTrue();
    bag.refuses("DuringHours", Map.of("from", "8", "until", "18:00"), "'from' is '8'");
  }

  /// It is Sunday, 13:00, in Berlin.
  private boolean isOpen(String from, String until, String day) {
    return bag.chooses(
        "DuringHours",
        Map.of("from", from, "until", until, "zone", "Europe/Berlin", "days", day),
        MAIL);
  }

  @Test
  void aSampleHasItsShare() {
    long count =
        IntStream.range(0, 10_000)
            .filter(i -> bag.chooses("Sample", Map.of("percent", "5"), with(MAIL, "m" + i)))
            .count();
    assertThat(count).isBetween(400L, 600L);
    assertThat(bag.chooses("Sample", Map.of("percent", "0"), MAIL)).isFalse();
    assertThat(bag.chooses("Sample", Map.of("percent", "100"), MAIL)).isTrue();
    bag.refuses("Sample", Map.of("percent", "NaN"), "from 0 to 100");
  }
}
