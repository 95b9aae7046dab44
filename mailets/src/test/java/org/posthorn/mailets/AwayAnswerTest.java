package org.posthorn.mailets;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices.Submitted;
import org.posthorn.mailets.person.AwayAnswer;
import org.posthorn.message.MailId;
import org.posthorn.storage.directory.Vacation;

/// Answers of people who are away.
final class AwayAnswerTest implements MailetContract {
  private static final String MAIL =
      """
      From: Eve <sender@example.net>
      To: Ann <ann@example.org>
      Subject: lunch?
      Message-ID: <m1@example.net>
      References: <m0@example.net>

      hello
      """;

  private final MailHouse house = new MailHouse();

  @BeforeEach
  void annIsAway() {
    away("ann", "", Optional.empty());
  }

  @AfterEach
  void close() {
    house.close();
  }

  private void away(String who, String html, Optional<Duration> from) {
    var _ =
        house
            .directory
            .personal()
            .change(
                house.directory.user(MailHouse.address(who + "@example.org")).orElseThrow(),
                one ->
                    one.with(
                        Optional.of(
                            Vacation.of(
                                from.map(MailHouse.NOW::plus),
                                Optional.of(MailHouse.NOW.plus(Duration.ofDays(30))),
                                "",
                                "Back on Monday.",
                                html,
                                Duration.ofDays(7)))));
  }

  @Override
  public Mailet mailet() {
    return TestParameters.mailet(new AwayAnswer.Factory(house.directory), Map.of(), house.services);
  }

  @Override
  public Message message(byte[] bytes) {
    return house.message(bytes);
  }

  private Mail mail(String id, String text) {
    Mail mail = house.mail(text, "ann@example.org");
    return new Mail(
        new MailId(id),
        mail.sender(),
        mail.recipients(),
        mail.message(),
        mail.origin(),
        mail.attributes());
  }

  private List<Submitted> answersTo(String id, String text) {
    int before = house.services.submitted().size();
    Mail mail = mail(id, text);
    assertThat(mailet().service(mail)).isEqualTo(new Outcome.Continue(mail));
    return house.services.submitted().size() == before
        ? List.of()
        : house.services.submitted().stream()
            .filter(one -> one.purpose().contains("away"))
            .toList();
  }

  @Test
  void theSenderIsAnsweredInTheThread() {
    Submitted answer = answersTo("a", MAIL).getFirst();
    assertThat(answer.sender()).isEmpty();
    assertThat(answer.recipients().getFirst().address())
        .isEqualTo(MailHouse.address("sender@example.net"));
    String text = answer.message().toString();
    assertThat(text)
        .contains("From: <ann@example.org>\r\n")
        .contains("Subject: Auto: lunch?\r\n")
        .contains("In-Reply-To: <m1@example.net>\r\n")
        .contains("References: <m0@example.net> <m1@example.net>\r\n")
        .contains("Auto-Submitted: auto-replied\r\n");
    assertThat(answersTo("b", text.replace("To: <sender@example.net>", "To: <ann@example.org>")))
        .as("no answer to an answer")
        .isEmpty();
  }

  @Test
  void eachSenderGetsItOnceInAWhile() {
    assertThat(answersTo("a", MAIL)).hasSize(1);
    assertThat(answersTo("a", MAIL)).as("the same mail again").isEmpty();
    assertThat(answersTo("b", MAIL)).isEmpty();
    house.services.pass(Duration.ofDays(6));
    assertThat(answersTo("c", MAIL)).isEmpty();
    house.services.pass(Duration.ofDays(2));
    assertThat(answersTo("d", MAIL)).isNotEmpty();
  }

  @Test
  void anAnswerThatIsSetAnewGoesToEverybodyAnew() {
    assertThat(answersTo("a", MAIL)).hasSize(1);
    away("ann", "<p>Back on Monday.</p>", Optional.empty());
    assertThat(answersTo("b", MAIL).stream().map(one -> one.message().toString()))
        .anyMatch(text -> text.contains("multipart/alternative"));
  }

  @Test
  void nothingBeforeAndNothingAfter() {
    away("ann", "", Optional.of(Duration.ofDays(2)));
    assertThat(answersTo("a", MAIL)).isEmpty();
    house.services.pass(Duration.ofDays(3));
    assertThat(answersTo("b", MAIL)).hasSize(1);
    house.services.pass(Duration.ofDays(40));
    assertThat(answersTo("c", MAIL)).isEmpty();
  }

  @Test
  void listsProgramsAndBulkMailGetNoAnswer() {
    int i = 0;
    for (String mark :
        List.of(
            "List-Id: <x.example>",
            "List-Owner: <mailto:x@example>",
            "List-Archive: <https://x.example>",
            "List-Subscribe: <mailto:x@example>",
            "List-Unsubscribe: <mailto:x@example>",
            "Auto-Submitted: auto-generated",
            "Precedence: bulk",
            "Precedence: junk",
            "X-Auto-Response-Suppress: All",
            "X-Spam-Flag: YES")) {
      assertThat(answersTo("m" + i++, mark + "\n" + MAIL)).as(mark).isEmpty();
    }
    assertThat(answersTo("n", MAIL.replace("ann@example.org", "all@lists.example")))
        .as("not named")
        .isEmpty();
    assertThat(answersTo("o", MAIL.replace("ann@example.org", "info@example.org")))
        .as("named by an alias")
        .hasSize(1);
  }

  /// Whoever reads the answer never wrote.
  @Test
  void noAnswerToASenderWhoIsKnownToBeForged() {
    for (Map<String, String> notes :
        List.of(
            Map.of("auth.spf", "fail", "auth.dmarc", "none"),
            Map.of("auth.spf", "none", "auth.disposition", "quarantine"))) {
      Mail mail = mail(notes.containsKey("auth.dmarc") ? "f1" : "f2", MAIL);
      for (Map.Entry<String, String> note : notes.entrySet()) {
        mail = mail.withAttribute(note.getKey(), note.getValue());
      }
      var _ = mailet().service(mail);
      assertThat(house.services.submitted()).as(notes.toString()).isEmpty();
    }
    Mail passed = mail("p", MAIL).withAttribute("auth.spf", "softfail");
    var _ = mailet().service(passed);
    assertThat(house.services.submitted()).hasSize(1);
  }

  @Test
  void noAnswerToNobodyToProgramsAndToOneself() {
    for (String sender :
        List.of(
            "", "ann@example.org", "info@example.org", "owner-x@a.example", "noreply@a.example")) {
      Mail mail =
          mail("s" + Integer.toHexString(sender.hashCode()), MAIL)
              .withSender(Optional.of(sender).filter(s -> !s.isEmpty()).map(MailHouse::address));
      var _ = mailet().service(mail);
      assertThat(house.services.submitted()).as(sender).isEmpty();
    }
  }
}
