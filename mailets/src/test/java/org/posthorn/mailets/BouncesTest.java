package org.posthorn.mailets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// Verp and Bounces.
final class BouncesTest {
  private static final String HELLO = "Subject: hi\n\nhello\n";
  private static final String REPORT =
      """
      From: MAILER-DAEMON@mx.example.net
      Subject: Undelivered
      MIME-Version: 1.0
      Content-Type: multipart/report; report-type=delivery-status; boundary=b

      --b
      Content-Type: text/plain

      I am sorry: 550 5.7.1
      --b
      Content-Type: message/delivery-status
      Content-Transfer-Encoding: base64

      UmVwb3J0aW5nLU1UQTogZG5zOyBteC5leGFtcGxlLm5ldAoKRmluYWwtUmVjaXBpZW50OiByZmM4
      MjI7IGV2ZUBleGFtcGxlLm5ldApBY3Rpb246IGZhaWxlZApTdGF0dXM6IDUuMS4xCkRpYWdub3N0
      aWMtQ29kZTogc210cDsgNTUwIDUuMS4xIG5vIHN1Y2ggdXNlcgo=
      --b
      Content-Type: message/rfc822

      Subject: hi

      Sorry that your mailbox is full
      --b--
      """;

  private final MailHouse house = new MailHouse();

  @AfterEach
  void close() {
    house.close();
  }

  @Nested
  final class VerpTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return TestParameters.mailet(
          new Verp.Factory(house.returnPaths),
          Map.of("name", "news", "domain", "example.org"),
          house.services);
    }

    @Test
    void givesEachRecipientAReturnPathOfItsOwn() {
      Outcome outcome = mailet().service(house.mail(HELLO, "eve@example.net", "ann@example.org"));
      List<Outcome.Split.Part> parts = ((Outcome.Split) outcome).parts();
      assertThat(parts).hasSize(2);
      Mail first = ((Outcome.Continue) parts.getFirst().outcome()).mail();
      assertThat(first.sender().orElseThrow().toString())
          .matches("BV=[a-z2-7]{8}=[a-z2-7]{2}=news=example\\.net=eve@example\\.org");
    }

    @Test
    void givesNoReturnPathToWhatHasNoSender() {
      Mail bounce = house.mail(HELLO, "eve@example.net").withSender(Optional.empty());
      assertThat(mailet().service(bounce)).isEqualTo(new Outcome.Continue(bounce));
    }

    @Test
    void refusesWhatMakesNoSense() {
      for (Map<String, String> wrong :
          List.of(
              Map.of("name", "No Name", "domain", "example.org"),
              Map.of("name", "news", "domain", "[192.0.2.1]"),
              Map.of("name", "news"))) {
        assertThatThrownBy(() ->
                TestParameters.mailet(new Verp.Factory(house.returnPaths), wrong, house.services))
            .isInstanceOf(ParameterException.class);
      }
    }
  }

  @Nested
  final class ReadingTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return bounces(Map.of("processor", "bounced", "over", "lost", "threshold", "3"));
    }

    @Override
    public Message message(byte[] bytes) {
      return house.message(bytes);
    }

    @Test
    void tellsWhoBouncedAndWhy() {
      Mail noted = routed(mailet().service(returned(REPORT)), "bounced");
      assertThat(noted.attributes())
          .containsEntry("bounce.name", "news")
          .containsEntry("bounce.recipient", "eve@example.net")
          .containsEntry("bounce.kind", "permanent")
          .containsEntry("bounce.status", "5.1.1")
          .containsEntry("bounce.text", "550 5.1.1 no such user")
          .containsEntry("bounce.count", "1");
    }

    @Test
    void readsAReportOfOurs() {
      Mail mail = returned(HELLO);
      var gone =
          Recipient.of(MailHouse.address("eve@example.net"))
              .withFailure(
                  new Recipient.Failure("5.1.10", Optional.empty(), "The domain takes no mail"));
      var _ =
          house.reports.failed(
              mail.withSender(Optional.of(mail.addresses().getFirst()))
                  .withRecipients(List.of(gone)));
      var report = house.services.submitted().getFirst();
      assertThat(report.recipients().getFirst().address()).isEqualTo(mail.addresses().getFirst());
      Mail noted = routed(mailet().service(mail.withMessage(report.message())), "bounced");
      assertThat(noted.attributes())
          .containsEntry("bounce.kind", "permanent")
          .containsEntry("bounce.status", "5.1.10")
          .containsEntry("bounce.text", "The domain takes no mail");
    }

    @Test
    void understandsPlainWords() {
      Mail noted =
          routed(
              mailet()
                  .service(
                      returned(
                          "From: postmaster@example.net\nSubject: Mailbox quota exceeded\n\nSorry.\n")),
              "bounced");
      assertThat(noted.attributes()).containsEntry("bounce.kind", "temporary");
    }

    /// Exim says it so: automatic, in plain words, and for whom in a field.
    @Test
    void believesPlainWordsOfThoseWhoDeliverMail() {
      String words = "Subject: Delivery failed\n\n  eve@example.net\n    550 5.1.1 nobody\n";
      for (String from :
          List.of(
              """
              From: Mail Delivery System <Mailer-Daemon@mx.example.net>
              Auto-Submitted: auto-replied
              """,
              "From: MAILER-DAEMON\n",
              "From: \"Mail Delivery Subsystem\" <noreply@example.net>\n",
              "From: x@example.net\nX-Failed-Recipients: eve@example.net\n")) {
        Mail noted = routed(mailet().service(returned(from + words)), "bounced");
        assertThat(noted.attributes()).as(from).containsEntry("bounce.status", "5.1.1");
      }
    }

    /// People and their programs write about statuses, streets and mailboxes, too.
    @Test
    void believesNobodyElse() {
      for (String text :
          List.of(
              "From: eve@example.net\nSubject: Re: Version 5.1.2 is out\n\nThank you.\n",
              "From: eve@example.net\nSubject: hi\n\nOur office: 500 Main Street\n",
              """
              From: eve@example.net
              Auto-Submitted: auto-replied
              Subject: Away

              My mailbox is full of mail that I read on Monday.
              """,
              "X-Autoreply: yes\nSubject: Undeliverable: away\n\n550 5.1.1 nobody reads this\n")) {
        assertThat(part(mailet().service(returned(text))))
            .as(text)
            .isEqualTo(new Outcome.Finish("no bounce"));
      }
    }

    @Test
    void anAutomaticAnswerIsNoBounce() {
      Mail answer = returned("Subject: On holiday\n\nI am back on Monday.\n");
      assertThat(part(mailet().service(answer))).isEqualTo(new Outcome.Finish("no bounce"));
      Mailet collecting = bounces(Map.of("processor", "bounced", "others", "answers"));
      assertThat(routed(collecting.service(answer), "answers").attributes())
          .containsEntry("bounce.kind", "none")
          .doesNotContainKey("bounce.count");
    }

    @Test
    void countsDaysAndNotMails() {
      Mailet mailet = mailet();
      for (int day = 1; day <= 2; day++) {
        var _ = mailet.service(returned(REPORT));
        assertThat(routed(mailet.service(returned(REPORT)), "bounced").attributes())
            .containsEntry("bounce.count", Integer.toString(day));
        house.services.pass(Duration.ofDays(1));
      }
      assertThat(routed(mailet.service(returned(REPORT)), "lost").attributes())
          .containsEntry("bounce.count", "3");
      house.services.pass(Duration.ofDays(31));
      assertThat(routed(mailet.service(returned(REPORT)), "bounced").attributes())
          .as("forgotten after a month without")
          .containsEntry("bounce.count", "1");
    }

    @Test
    void othersGoOn() {
      Mail mail = house.mail(REPORT, "ann@example.org");
      assertThat(mailet().service(mail)).isEqualTo(new Outcome.Continue(mail));
      Mail forged = house.mail(REPORT, "BV=aaaaaaaa=aa=news=example.net=eve@example.org");
      assertThat(mailet().service(forged)).isEqualTo(new Outcome.Continue(forged));
    }

    private Mail returned(String text) {
      MailAddress path =
          house
              .returnPaths
              .forOne("news", MailHouse.address("eve@example.net"), Domain.of("example.org"))
              .orElseThrow();
      return house.mail(text, path.toString()).withSender(Optional.empty());
    }

    private Mailet bounces(Map<String, String> parameters) {
      return TestParameters.mailet(
          new Bounces.Factory(house.returnPaths), parameters, house.services);
    }

    private static Outcome part(Outcome outcome) {
      return ((Outcome.Split) outcome).parts().getFirst().outcome();
    }

    private static Mail routed(Outcome outcome, String processor) {
      assertThat(part(outcome)).isInstanceOf(Outcome.Route.class);
      assertThat(((Outcome.Route) part(outcome)).processor()).isEqualTo(processor);
      return ((Outcome.Route) part(outcome)).mail();
    }
  }
}
