package org.posthorn.mailets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Smarthost;
import org.posthorn.mailet.TestParameters;

/// Relay, Redirect, Forward, Bounce and CheckQuota.
final class SendingMailetsTest {
  private static final String HELLO = "Subject: hi\n\nhello\n";

  private final MailHouse house = new MailHouse();

  @AfterEach
  void close() {
    house.close();
  }

  @Nested
  final class RelayTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return make(new Relay.Factory(), Map.of());
    }

    @Test
    void goesByTheMxOfEachDomain() {
      Mail mail = house.mail(HELLO, "eve@example.net");
      assertThat(mailet().service(mail)).isEqualTo(new Outcome.Relay(mail, Optional.empty()));
    }

    @Test
    void goesToOneHostThatTakesAll() {
      Mail mail = house.mail(HELLO, "eve@example.net");
      Mailet mailet =
          make(
              new Relay.Factory(),
              Map.of(
                  "host",
                  "smtp.example",
                  "credentials",
                  "provider",
                  "tls",
                  "implicit",
                  "port",
                  "465"));
      assertThat(mailet.service(mail))
          .isEqualTo(
              new Outcome.Relay(
                  mail,
                  Optional.of(
                      new Smarthost(
                          "smtp.example", 465, Smarthost.Tls.IMPLICIT, Optional.of("provider")))));
    }

    @Test
    void port465IsTlsFromTheFirstByte() {
      Mail mail = house.mail(HELLO, "a@example.com");
      assertThat(
              make(new Relay.Factory(), Map.of("host", "smtp.example", "port", "465"))
                  .service(mail))
          .isEqualTo(
              new Outcome.Relay(
                  mail,
                  Optional.of(
                      new Smarthost(
                          "smtp.example", 465, Smarthost.Tls.IMPLICIT, Optional.empty()))));
    }

    @Test
    void refusesWhatMakesNoSense() {
      refuses(new Relay.Factory(), Map.of("host", "x", "tls", "maybe"), "'tls' is 'maybe'");
      refuses(new Relay.Factory(), Map.of("port", "25"), "port");
    }
  }

  @Nested
  final class RedirectTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return make(
          new Redirect.Factory(false, house.sendingOn()), Map.of("to", List.of("x@example.com")));
    }

    @Override
    public Message message(byte[] bytes) {
      return house.message(bytes);
    }

    @Test
    void sendsTheMailElsewhereAndSaysForWhom() {
      Mail sent = routed(mailet().service(house.mail(HELLO, "ann@example.org")), 0, "root");
      assertThat(sent.addresses()).containsExactly(MailHouse.address("x@example.com"));
      assertThat(sent.message().headers().getFirst().value()).isEqualTo("ann@example.org");
      assertThat(house.returnPaths.whoHears(sent.sender().orElseThrow()))
          .isEqualTo(MailHouse.address("sender@example.net"));
      assertThat(sent.sender().orElseThrow().localPart()).startsWith("SRS0=");
    }

    @Test
    void keepsTheSenderForTargetsHereAndWhereThereIsNone() {
      Mailet mailet =
          make(
              new Redirect.Factory(false, house.sendingOn()),
              Map.of("to", List.of("bob@example.org", "x@example.com")));
      Outcome outcome = mailet.service(house.mail(HELLO, "ann@example.org"));
      Mail here = routed(outcome, 0, "root");
      assertThat(here.addresses()).containsExactly(MailHouse.address("bob@example.org"));
      assertThat(here.sender()).contains(MailHouse.address("sender@example.net"));
      assertThat(routed(outcome, 1, "root").addresses())
          .containsExactly(MailHouse.address("x@example.com"));
      Mail bounce = house.mail(HELLO, "ann@example.org").withSender(Optional.empty());
      assertThat(routed(mailet().service(bounce), 0, "root").sender()).isEmpty();
    }

    @Test
    void whatTheSenderAskedForGoesAlong() {
      Recipient ann =
          new Recipient(
              MailHouse.address("ann@example.org"),
              Optional.of("rfc822;first@example.com"),
              Set.of(Recipient.Notify.SUCCESS));
      Recipient bob =
          new Recipient(
              MailHouse.address("bob@example.org"),
              Optional.empty(),
              Set.of(Recipient.Notify.NEVER));
      assertThat(redirected(ann))
          .isEqualTo(
              new Recipient(
                  MailHouse.address("x@example.com"),
                  ann.originalRecipient(),
                  ann.notifications()));
      assertThat(redirected(bob).notifications()).containsExactly(Recipient.Notify.NEVER);
      assertThat(redirected(bob).originalRecipient()).contains("rfc822;bob@example.org");
      assertThat(redirected(ann, bob).notifications()).containsExactly(Recipient.Notify.SUCCESS);
      assertThat(redirected(ann, bob).originalRecipient()).isEmpty();
      assertThat(
              redirected(bob, Recipient.of(MailHouse.address("info@example.org"))).notifications())
          .as("one of them is to be reported as usual")
          .isEmpty();
    }

    private Recipient redirected(Recipient... recipients) {
      Mail mail = MailHouse.mail(house.message(HELLO), List.of(recipients));
      return routed(mailet().service(mail), 0, "root").recipients().getFirst();
    }

    @Test
    void mayHaveAnotherSenderOrNone() {
      for (String sender : List.of("null", "list@example.org")) {
        Mailet mailet =
            make(
                new Redirect.Factory(false, house.sendingOn()),
                Map.of("to", "x@example.com", "sender", sender));
        Mail sent = routed(mailet.service(house.mail(HELLO, "ann@example.org")), 0, "root");
        assertThat(sent.sender().map(Object::toString).orElse("null")).isEqualTo(sender);
      }
    }

    /// Else a bounce of what it sends on would come back as one that can bounce, for ever.
    @Test
    void givesNoSenderToWhatHasNone() {
      for (boolean copies : List.of(false, true)) {
        Mailet mailet =
            make(
                new Redirect.Factory(copies, house.sendingOn()),
                Map.of("to", "x@example.com", "sender", "list@example.org"));
        Mail bounce = house.mail(HELLO, "ann@example.org").withSender(Optional.empty());
        assertThat(routed(mailet.service(bounce), 0, "root").sender()).isEmpty();
      }
    }

    @Test
    void bouncesWhatWasHereBefore() {
      Outcome outcome =
          mailet()
              .service(
                  house.mail(
                      "Delivered-To: ann@example.org\n\n", "ann@example.org", "bob@example.org"));
      assertThat(routed(outcome, 0, "root").recipients()).hasSize(1);
      Mail circling = routed(outcome, 1, "bounces");
      assertThat(circling.addresses()).containsExactly(MailHouse.address("ann@example.org"));
      assertThat(circling.recipients().getFirst().failure().orElseThrow().status())
          .isEqualTo("5.4.6");
    }

    @Test
    void sendsNoBounceToWhomAStrangerNames() throws IOException {
      Mail mail = house.mail("Delivered-To: ann@example.org\n\n", "ann@example.org");
      var stranger =
          new Origin(
              Optional.of(InetAddress.getByName("192.0.2.1")),
              "client.example",
              Optional.empty(),
              "ESMTP",
              "c1",
              MailHouse.NOW);
      Outcome outcome =
          mailet()
              .service(
                  new Mail(
                      mail.id(),
                      mail.sender(),
                      mail.recipients(),
                      mail.message(),
                      stranger,
                      Map.of()));
      assertThat(((Outcome.Split) outcome).parts()).hasSize(1);
      assertThat(routed(outcome, 0, "dead-letters").recipients()).hasSize(1);
    }

    @Test
    void refusesWhatMakesNoSense() {
      refuses(new Redirect.Factory(false, house.sendingOn()), Map.of(), "'to' is missing");
      refuses(new Redirect.Factory(false, house.sendingOn()), Map.of("to", "x"), "'to' is 'x'");
      refuses(
          new Redirect.Factory(false, house.sendingOn()),
          Map.of("to", "x@example.com", "sender", "me"),
          "'sender' is 'me'");
    }
  }

  @Nested
  final class ForwardTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return make(
          new Redirect.Factory(true, house.sendingOn()), Map.of("to", List.of("x@example.com")));
    }

    @Override
    public Message message(byte[] bytes) {
      return house.message(bytes);
    }

    @Test
    void sendsACopyAndLetsTheMailGoOn() {
      Mail mail = house.mail(HELLO, "ann@example.org");
      Outcome outcome = mailet().service(mail);
      assertThat(routed(outcome, 0, "root").addresses())
          .containsExactly(MailHouse.address("x@example.com"));
      Mail goesOn = goesOn(outcome);
      assertThat(goesOn.message()).isEqualTo(mail.message());
      assertThat(goesOn.recipients()).isEqualTo(mail.recipients());
    }

    private static Mail goesOn(Outcome outcome) {
      return ((Outcome.Continue) ((Outcome.Split) outcome).parts().getLast().outcome()).mail();
    }

    /// Neither the mail nor the copy, which starts in root too.
    @Test
    void sendsOneCopyHoweverOftenItSeesTheMail() {
      Outcome outcome = mailet().service(house.mail(HELLO, "ann@example.org"));
      for (Mail again : List.of(goesOn(outcome), routed(outcome, 0, "root"))) {
        assertThat(mailet().service(again))
            .isEqualTo(
                new Outcome.Split(
                    List.of(
                        new Outcome.Split.Part(again.recipients(), new Outcome.Continue(again)))));
      }
      Mailet other =
          make(
              new Redirect.Factory(true, house.sendingOn()),
              Map.of("to", List.of("y@example.com")));
      assertThat(routed(other.service(goesOn(outcome)), 0, "root").addresses())
          .containsExactly(MailHouse.address("y@example.com"));
    }

    @Test
    void whoIsWrittenToAnyhowGetsNoCopyOfHisOwn() {
      Mail mail = house.mail(HELLO, "X@example.com");
      assertThat(((Outcome.Split) mailet().service(mail)).parts())
          .containsExactly(new Outcome.Split.Part(mail.recipients(), new Outcome.Continue(mail)));
    }

    @Test
    void nobodyHearsThatACopyArrived() {
      Recipient ann =
          new Recipient(
              MailHouse.address("ann@example.org"),
              Optional.empty(),
              Set.of(Recipient.Notify.SUCCESS, Recipient.Notify.FAILURE));
      Mail mail = MailHouse.mail(house.message(HELLO), List.of(ann));
      assertThat(routed(mailet().service(mail), 0, "root").recipients().getFirst().notifications())
          .containsExactly(Recipient.Notify.FAILURE);
    }

    @Test
    void sendsNoCopyOfWhatWasHereBefore() {
      Mail mail = house.mail("Delivered-To: ann@example.org\n\n", "ann@example.org");
      Outcome outcome = mailet().service(mail);
      assertThat(((Outcome.Split) outcome).parts()).hasSize(1);
      assertThat(((Outcome.Split) outcome).parts().getFirst().outcome())
          .isEqualTo(new Outcome.Continue(mail));
    }
  }

  @Nested
  final class BounceTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return make(new Bounce.Factory(house.reports), Map.of());
    }

    @Test
    void tellsTheSenderTheReasonOfEachRecipientOnce() {
      Recipient ann = Recipient.of(MailHouse.address("ann@example.org"));
      Recipient bob = Recipient.of(MailHouse.address("bob@example.org"));
      Mail mail =
          MailHouse.mail(
              house.message(HELLO),
              List.of(
                  ann.withFailure(
                      new Recipient.Failure("5.2.2", Optional.empty(), "The mailbox is full")),
                  bob.withFailure(
                      new Recipient.Failure("5.1.1", Optional.of("mx.example"), "550 no"))));
      Mailet mailet = mailet();
      assertThat(mailet.service(mail)).isEqualTo(new Outcome.Finish("bounced"));
      assertThat(mailet.service(mail)).isEqualTo(new Outcome.Finish("bounced"));
      assertThat(house.services.submitted()).hasSize(1);
      var report = house.services.submitted().getFirst();
      assertThat(report.sender()).isEmpty();
      assertThat(report.message().toString())
          .contains("Status: 5.2.2")
          .contains("Status: 5.1.1")
          .contains("Remote-MTA: dns; mx.example")
          .contains("Diagnostic-Code: smtp; 550 no")
          .contains("Subject: hi");
    }

    @Test
    void tellsNobodyAboutAMailWithoutASender() {
      Mail mail = house.mail(HELLO, "ann@example.org").withSender(Optional.empty());
      assertThat(mailet().service(mail)).isEqualTo(new Outcome.Finish("not bounced: no sender"));
      assertThat(house.services.submitted()).isEmpty();
    }

    @Test
    void hasAReasonOfItsOwnWhereThereIsNoOther() {
      Mailet mailet =
          make(
              new Bounce.Factory(house.reports),
              Map.of("reason", "Too large for us", "status", "5.2.3"));
      mailet.service(house.mail(HELLO, "ann@example.org"));
      assertThat(house.services.submitted().getFirst().message().toString())
          .contains("Status: 5.2.3")
          .contains("Too large for us");
    }
  }

  @Nested
  final class CheckQuotaTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return make(new CheckQuota.Factory(), Map.of());
    }

    @Test
    void sortsOutWhoHasNoRoom() {
      fill();
      Outcome outcome =
          mailet()
              .service(house.mail(HELLO, "ann@example.org", "full@example.org", "eve@example.net"));
      List<Outcome.Split.Part> parts = ((Outcome.Split) outcome).parts();
      assertThat(((Outcome.Continue) parts.get(0).outcome()).mail().recipients()).hasSize(2);
      assertThat(
              routed(outcome, 1, "bounces")
                  .recipients()
                  .getFirst()
                  .failure()
                  .orElseThrow()
                  .status())
          .isEqualTo("5.2.2");
    }

    private void fill() {
      house
          .services
          .directory()
          .withPerson("ann@example.org", "")
          .withPerson("full@example.org", "")
          .withRoom("full@example.org", new org.posthorn.mailet.Directory.Room(0, 0, 10, 0));
    }

    @Test
    void canTryAgainInstead() {
      fill();
      Mailet mailet = make(new CheckQuota.Factory(), Map.of("over-quota", "retry"));
      assertThat(mailet.service(house.mail(HELLO, "full@example.org")))
          .isEqualTo(new Outcome.Retry("the mailbox is full"));
      refuses(new CheckQuota.Factory(), Map.of("over-quota", "shrug"), "'over-quota' is 'shrug'");
    }
  }

  private Mailet make(MailetFactory<?> factory, Map<String, ?> parameters) {
    return TestParameters.mailet(factory, parameters, house.services);
  }

  private void refuses(MailetFactory<?> factory, Map<String, ?> parameters, String why) {
    assertThatThrownBy(() -> make(factory, parameters))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining(why);
  }

  private static Mail routed(Outcome outcome, int part, String processor) {
    Outcome inside = ((Outcome.Split) outcome).parts().get(part).outcome();
    assertThat(inside).isInstanceOf(Outcome.Route.class);
    assertThat(((Outcome.Route) inside).processor()).isEqualTo(processor);
    return ((Outcome.Route) inside).mail();
  }
}
