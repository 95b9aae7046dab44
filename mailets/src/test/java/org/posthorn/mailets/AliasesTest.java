package org.posthorn.mailets;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.posthorn.message.Domain;
import org.posthorn.message.HeaderField;
import org.posthorn.storage.directory.DomainSettings;

final class AliasesTest implements MailetContract {
  private static final String HELLO = "Subject: hi\n\nhello\n";

  private final MailHouse house = new MailHouse();

  @Override
  public Mailet mailet() {
    return TestParameters.mailet(new Aliases.Factory(house.sendingOn()), Map.of(), house.services);
  }

  @Override
  public Message message(byte[] bytes) {
    return house.message(bytes);
  }

  @AfterEach
  void close() {
    house.close();
  }

  /// RFC 3461 §5.2.7: one recipient that several led to has what all of them asked for.
  @Test
  void whatWasAskedForOneOfSeveralAliasesOfOneTargetGoesAlong() {
    house.directory.createAlias(
        MailHouse.address("far@example.org"), List.of(MailHouse.address("eve@example.net")));
    Recipient away =
        new Recipient(
            MailHouse.address("away@example.org"),
            Optional.empty(),
            Set.of(Recipient.Notify.NEVER));
    Recipient far =
        new Recipient(
            MailHouse.address("far@example.org"),
            Optional.empty(),
            Set.of(Recipient.Notify.SUCCESS));
    Outcome outcome = mailet().service(MailHouse.mail(house.message(HELLO), List.of(away, far)));
    assertThat(continued(outcome).recipients())
        .containsExactly(
            new Recipient(
                MailHouse.address("eve@example.net"),
                Optional.of("rfc822;away@example.org"),
                Set.of(Recipient.Notify.SUCCESS)));
  }

  @Test
  void whoIsNoAliasStaysAsItIs() {
    Mail mail = house.mail(HELLO, "ann@example.org", "eve@example.net", "nobody@example.org");
    assertThat(mailet().service(mail)).isEqualTo(new Outcome.Continue(mail));
  }

  @Test
  void anAliasBecomesThoseThatItStandsForHoweverManySteps() {
    List<Outcome.Split.Part> parts =
        ((Outcome.Split) mailet().service(house.mail(HELLO, "team@example.org"))).parts();
    Mail here = continued(parts.get(0).outcome());
    assertThat(addresses(here))
        .containsExactlyInAnyOrder("ann@example.org", "bob+team@example.org");
    assertThat(here.message().headers()).containsExactly(new HeaderField("Subject", "hi"));
    assertThat(here.sender()).contains(MailHouse.address("sender@example.net"));
    assertThat(parts.get(1).recipients()).as("one that is new").isEmpty();
    Mail elsewhere = continued(parts.get(1).outcome());
    assertThat(addresses(elsewhere)).containsExactly("eve@example.net");
    assertThat(elsewhere.message().headers())
        .first()
        .isEqualTo(new HeaderField("Delivered-To", "team@example.org"));
    assertThat(house.returnPaths.whoHears(elsewhere.sender().orElseThrow()))
        .as("an address of ours that stands for the sender")
        .isEqualTo(MailHouse.address("sender@example.net"));
    assertThat(elsewhere.sender().orElseThrow().domain().ascii()).isEqualTo("example.org");
  }

  @Test
  void theDetailOfATargetStaysWhateverSeparatesIt() {
    house
        .directory
        .domains()
        .configure(Domain.of("example.org"), settings -> settings.withSeparator(Optional.of("-")));
    house.directory.createAlias(
        MailHouse.address("sales@example.org"),
        List.of(MailHouse.address("bob-sales@example.org")));
    assertThat(addresses(continued(mailet().service(house.mail(HELLO, "sales@example.org")))))
        .containsExactly("bob-sales@example.org");
  }

  @Test
  void aMailOfOursOrOfNobodyKeepsItsSender() {
    for (Optional<String> sender :
        List.of(Optional.of("ann@example.org"), Optional.<String>empty())) {
      Mail mail = house.mail(HELLO, "away@example.org").withSender(sender.map(MailHouse::address));
      assertThat(continued(mailet().service(mail)).sender()).isEqualTo(mail.sender());
    }
  }

  @Test
  void whatComesBackToAReturnPathGoesToWhomItStandsFor() {
    String path =
        house
            .returnPaths
            .sendingOn(MailHouse.address("sender@example.net"), Domain.of("example.org"))
            .orElseThrow()
            .toString();
    Mail bounce = house.mail(HELLO, path, "ann@example.org").withSender(Optional.empty());
    assertThat(addresses(continued(mailet().service(bounce))))
        .containsExactly("sender@example.net", "ann@example.org");
  }

  /// Or no bounce of a list in such a domain would be counted.
  @Test
  void aReturnPathOfAListIsNotCaughtByACatchAll() {
    Domain other = Domain.of("other.example");
    house
        .directory
        .domains()
        .configure(
            Domain.of("example.org"),
            settings -> settings.withCatchAll(Optional.of(MailHouse.address("ann@example.org"))));
    house
        .directory
        .domains()
        .create(other, DomainSettings.STANDARD.withAliasOf(Optional.of(Domain.of("example.org"))));
    for (Domain domain : List.of(Domain.of("example.org"), other)) {
      String path =
          house
              .returnPaths
              .forOne("news", MailHouse.address("eve@example.net"), domain)
              .orElseThrow()
              .toString();
      Mail bounce = house.mail(HELLO, path).withSender(Optional.empty());
      assertThat(mailet().service(bounce)).isEqualTo(new Outcome.Continue(bounce));
      Mail both = house.mail(HELLO, path, "nobody@" + domain).withSender(Optional.empty());
      assertThat(addresses(continued(mailet().service(both))))
          .containsExactly(path, "ann@example.org");
    }
  }

  /// At whose mailbox it waits, as it would at the door.
  @Test
  void whoIsDisabledStaysAmongThoseThatAnAliasStandsFor() {
    house.directory.createAlias(
        MailHouse.address("sales@example.org"), List.of(MailHouse.address("gone@example.org")));
    house.directory.createAlias(
        MailHouse.address("shop@example.org"),
        List.of(MailHouse.address("ann@example.org"), MailHouse.address("sales@example.org")));
    Mail one = continued(mailet().service(house.mail(HELLO, "sales@example.org")));
    assertThat(addresses(one)).containsExactly("gone@example.org");
    assertThat(one.recipients().getFirst().originalRecipient())
        .contains("rfc822;sales@example.org");
    Mail both = continued(mailet().service(house.mail(HELLO, "shop@example.org")));
    assertThat(addresses(both)).containsExactly("ann@example.org", "gone@example.org");
  }

  @Test
  void anAliasForPeopleHereLeavesNoLine() {
    Mail mail = continued(mailet().service(house.mail(HELLO, "INFO@example.org")));
    assertThat(addresses(mail)).containsExactly("ann@example.org");
    assertThat(mail.message().headers()).containsExactly(new HeaderField("Subject", "hi"));
  }

  @Test
  void whatTheSenderAskedForGoesAlongAndTheAliasIsTheOriginalRecipient() {
    Recipient asks =
        new Recipient(
            MailHouse.address("info@example.org"),
            Optional.empty(),
            Set.of(Recipient.Notify.SUCCESS));
    Recipient named =
        new Recipient(
            MailHouse.address("away@example.org"),
            Optional.of("rfc822;first@example.com"),
            Set.of(Recipient.Notify.NEVER));
    Outcome outcome = mailet().service(MailHouse.mail(house.message(HELLO), List.of(asks, named)));
    List<Outcome.Split.Part> parts = ((Outcome.Split) outcome).parts();
    assertThat(continued(parts.get(0).outcome()).recipients())
        .containsExactly(
            new Recipient(
                MailHouse.address("ann@example.org"),
                Optional.of("rfc822;info@example.org"),
                Set.of(Recipient.Notify.SUCCESS)));
    assertThat(continued(parts.get(1).outcome()).recipients())
        .containsExactly(
            new Recipient(
                MailHouse.address("eve@example.net"),
                Optional.of("rfc822;first@example.com"),
                Set.of(Recipient.Notify.NEVER)));
  }

  @Test
  void aMailThatComesBackHasGoneRound() {
    Mail round = house.mail("Delivered-To: Away@example.org\nSubject: hi\n\n", "away@example.org");
    assertThat(mailet().service(round)).isInstanceOf(Outcome.Route.class);
    Outcome.Route route = (Outcome.Route) mailet().service(round);
    assertThat(route.processor()).isEqualTo("bounces");
    assertThat(route.mail().recipients().getFirst().failure().orElseThrow().status())
        .isEqualTo("5.4.6");
  }

  @Test
  void anAliasForNobodyIsReportedAndOneForSomeIsBoth() {
    Outcome lost = mailet().service(house.mail(HELLO, "lost@example.org"));
    assertThat(((Outcome.Route) lost).mail().recipients().getFirst().failure().orElseThrow())
        .extracting(Recipient.Failure::status)
        .isEqualTo("5.1.1");
    Outcome half = mailet().service(house.mail(HELLO, "half@example.org", "ann@example.org"));
    List<Outcome.Split.Part> parts = ((Outcome.Split) half).parts();
    assertThat(addresses(continued(parts.get(0).outcome())))
        .containsExactly("bob@example.org", "ann@example.org");
    assertThat(parts.get(1).recipients()).as("nobody who was given").isEmpty();
    assertThat(addresses(((Outcome.Route) parts.get(1).outcome()).mail()))
        .as("the report names the alias, not who is behind it")
        .containsExactly("half@example.org");
  }

  private static Mail continued(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Continue.class);
    return ((Outcome.Continue) outcome).mail();
  }

  private static List<String> addresses(Mail mail) {
    return mail.recipients().stream().map(recipient -> recipient.address().toString()).toList();
  }
}
