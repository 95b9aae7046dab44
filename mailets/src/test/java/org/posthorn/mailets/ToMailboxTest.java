package org.posthorn.mailets;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.SpooledMessages;

final class ToMailboxTest implements MailetContract {
  private static final String HELLO = "Subject: hi\n\nhello\n";

  private final MailHouse house = new MailHouse();

  @Override
  public Mailet mailet() {
    return make(Map.of());
  }

  @Override
  public Message message(byte[] bytes) {
    return house.message(bytes);
  }

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void deliversWithTheLinesThatSayFromWhomAndToWhom() {
    assertThat(mailet().service(house.mail(HELLO, "Ann@example.org")))
        .isEqualTo(new Outcome.Finish("delivered into INBOX"));
    assertThat(house.texts("ann", "INBOX"))
        .containsExactly(
            """
            Return-Path: <sender@example.net>
            Delivered-To: Ann@example.org
            Subject: hi

            hello
            """
                .replace("\n", "\r\n"));
  }

  @Test
  void aReportHasAnEmptyReturnPath() {
    mailet().service(house.mail(HELLO, "ann@example.org").withSender(Optional.empty()));
    assertThat(house.texts("ann", "INBOX").getFirst()).startsWith("Return-Path: <>\r\n");
  }

  @Test
  void aRepeatedStepDeliversNothingTwice() {
    Mail mail = house.mail(HELLO, "ann@example.org", "bob@example.org");
    for (int i = 0; i < 3; i++) {
      assertThat(mailet().service(mail)).isEqualTo(new Outcome.Finish("delivered into INBOX"));
    }
    assertThat(house.texts("ann", "INBOX")).hasSize(1);
    assertThat(house.texts("bob", "INBOX")).hasSize(1);
  }

  @Test
  void theDetailOfAnAddressNamesAFolderInAnyCase() {
    house.folder("ann", "Lists/Java");
    mailet()
        .service(
            house.mail(
                HELLO,
                "ann+lists/java@example.org",
                "ann+nowhere@example.org",
                "ann+trash@example.org"));
    assertThat(house.texts("ann", "Lists/Java")).hasSize(1);
    assertThat(house.texts("ann", "Trash")).hasSize(1);
    assertThat(house.texts("ann", "INBOX")).as("the folder that is not there").hasSize(1);
  }

  @Test
  void subAddressingCanBeSwitchedOff() {
    house.folder("ann", "lists");
    make(Map.of("sub-addressing", "false")).service(house.mail(HELLO, "ann+lists@example.org"));
    assertThat(house.texts("ann", "INBOX")).hasSize(1);
  }

  @Test
  void aFolderOfTheConfigurationIsFoundByItsUseOrMade() {
    make(Map.of("folder", "junk")).service(house.mail(HELLO, "ann@example.org"));
    assertThat(house.texts("ann", "Junk")).hasSize(1);
    make(Map.of("folder", "Newsletters")).service(house.mail(HELLO, "bob@example.org"));
    assertThat(house.texts("bob", "Newsletters")).hasSize(1);
  }

  @Test
  void eachRecipientHasAFateOfItsOwn() {
    Outcome outcome =
        mailet()
            .service(
                house.mail(
                    HELLO,
                    "ann@example.org",
                    "full@example.org",
                    "gone@example.org",
                    "nobody@example.org",
                    "info@example.org",
                    "eve@example.net"));
    assertThat(outcome).isInstanceOf(Outcome.Split.class);
    List<Outcome.Split.Part> parts = ((Outcome.Split) outcome).parts();
    assertThat(parts).hasSize(2);
    assertThat(parts.get(0).outcome()).isEqualTo(new Outcome.Finish("delivered into INBOX"));
    assertThat(parts.get(0).recipients()).hasSize(1);
    assertThat(parts.get(1).outcome()).isInstanceOf(Outcome.Route.class);
    Outcome.Route route = (Outcome.Route) parts.get(1).outcome();
    assertThat(route.processor()).isEqualTo("bounces");
    assertThat(
            route.mail().recipients().stream()
                .map(recipient ->
                    recipient.address().localPart()
                        + " "
                        + recipient.failure().orElseThrow().status()))
        .containsExactly("full 5.2.2", "gone 5.2.1", "nobody 5.1.1", "info 5.3.5", "eve 5.3.5");
  }

  @Test
  void aFullMailboxCanBeTriedAgainInstead() {
    assertThat(make(Map.of("over-quota", "retry")).service(house.mail(HELLO, "full@example.org")))
        .isEqualTo(new Outcome.Retry("the mailbox is full"));
  }

  @Test
  void fieldsThatWereTakenAwayAreNotInTheMailbox() {
    Mail mail = house.mail("A: 1\nB: 2\nA: 3\n\nbody\n", "ann@example.org");
    mailet().service(mail.withMessage(mail.message().withoutHeaders(field -> field.is("A"))));
    assertThat(house.texts("ann", "INBOX").getFirst())
        .endsWith("ann@example.org\r\nB: 2\r\n\r\nbody\r\n");
  }

  @Test
  void theSenderHearsOfSuccessWhenThatWasAskedFor() {
    Message message =
        SpooledMessages.of(
            house.contents,
            "Subject: hi\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
            new NewMail.Options(false, false, Optional.of(true), Optional.of("e1")));
    Recipient asks =
        new Recipient(
            MailHouse.address("ann@example.org"),
            Optional.of("rfc822;ann@example.org"),
            Set.of(Recipient.Notify.SUCCESS));
    mailet()
        .service(
            MailHouse.mail(
                message, List.of(asks, Recipient.of(MailHouse.address("bob@example.org")))));
    assertThat(house.services.submitted()).hasSize(1);
    var report = house.services.submitted().getFirst();
    assertThat(report.sender()).isEmpty();
    assertThat(report.recipients().getFirst().address().toString()).isEqualTo("sender@example.net");
    assertThat(report.message().toString())
        .contains("Action: delivered")
        .contains("Final-Recipient: rfc822; ann@example.org")
        .doesNotContain("bob@example.org");
  }

  private Mailet make(Map<String, String> parameters) {
    return TestParameters.mailet(new ToMailbox.Factory(house.rooms()), parameters, house.services);
  }
}
