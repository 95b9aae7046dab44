package org.posthorn.mailets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.message.Domain;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.SpooledMessages;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;

final class ToMailboxTest implements MailetContract {
  private static final String HELLO = "Subject: hi\n\nhello\n";
  private static final Outcome DISABLED =
      new Outcome.Retry("the mailbox does not receive mail now");

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
    assertThat(mailet().service(mail)).isEqualTo(new Outcome.Finish("delivered into INBOX"));
    for (int i = 0; i < 2; i++) {
      assertThat(mailet().service(mail))
          .isEqualTo(new Outcome.Finish("delivered into the mailbox before"));
    }
    assertThat(house.texts("ann", "INBOX")).hasSize(1);
    assertThat(house.texts("bob", "INBOX")).hasSize(1);
  }

  @Test
  void saysOfWhichRecipientsTheMailWasThereBefore() {
    mailet().service(house.mail(HELLO, "ann@example.org"));
    assertThat(mailet().service(house.mail(HELLO, "ann@example.org", "bob@example.org")))
        .isEqualTo(
            new Outcome.Finish("delivered into INBOX, for some of them before: ann@example.org"));
  }

  /// It is what the mail was when it was copied, for whatever a processor makes of it.
  @Test
  void aCopyOfAMailIsAnotherMail() {
    Mail mail = house.mail(HELLO, "ann@example.org");
    Mail copy = mail.withAttribute("copy.archive", "yes");
    Mailet archive = make(Map.of("folder", "Archive"));
    for (int i = 0; i < 2; i++) {
      mailet().service(mail);
      archive.service(copy);
    }
    assertThat(house.texts("ann", "INBOX")).hasSize(1);
    assertThat(house.texts("ann", "Archive")).hasSize(1);
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
    Mail mail = house.mail(HELLO, "ann@example.org");
    assertThat(make(Map.of("folder", "junk")).rehearse(mail))
        .isEqualTo(new Outcome.Finish("delivered into Junk of ann@example.org"));
    assertThat(make(Map.of("folder", "junk")).service(mail))
        .isEqualTo(new Outcome.Finish("delivered into Junk"));
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
                    "nobody@example.org",
                    "team@example.org",
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
        .containsExactly("full 5.2.2", "nobody 5.1.1", "team 5.3.5", "eve 5.3.5");
    assertThat(
            route.mail().recipients().stream()
                .map(recipient -> recipient.failure().orElseThrow().lastTry()))
        .as("a mailbox was tried, or there is none")
        .containsExactly(
            Optional.of(MailHouse.NOW), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /// As at the door, where the other server would try again.
  @Test
  void mailForWhoIsDisabledWaitsAndThenGoesBack() {
    Mail mail = house.mail(HELLO, "gone@example.org");
    assertThat(mailet().service(mail)).isEqualTo(DISABLED);
    assertThat(mailet().rehearse(mail)).isEqualTo(DISABLED);
    assertThat(mailet().service(since(Duration.ofMinutes(59), mail))).isEqualTo(DISABLED);
    Outcome late = mailet().service(since(MailHouse.CHAIN_RETRIES, mail));
    assertThat(((Outcome.Route) late).processor()).isEqualTo("bounces");
    assertThat(((Outcome.Route) late).mail().recipients().getFirst().failure().orElseThrow())
        .isEqualTo(
            new Recipient.Failure(
                "5.2.1",
                Optional.empty(),
                "The mailbox does not receive mail now",
                Optional.of(MailHouse.NOW)));
  }

  /// What waits here is past the step that follows aliases.
  @Test
  void whoIsRenamedMeanwhileGetsWhatWaited() {
    Mail mail = house.mail(HELLO, "gone@example.org");
    assertThat(mailet().service(mail)).isEqualTo(DISABLED);
    rename("gone", "here");
    assertThat(mailet().service(mail)).isEqualTo(DISABLED);
    rename("here", "there");
    house.directory.setEnabled(MailHouse.address("there@example.org"), true);
    assertThat(mailet().service(mail)).isEqualTo(new Outcome.Finish("delivered into INBOX"));
    assertThat(mailet().service(mail))
        .isEqualTo(new Outcome.Finish("delivered into the mailbox before"));
    assertThat(house.texts("there", "INBOX"))
        .singleElement()
        .asString()
        .contains("Delivered-To: gone@example.org");
  }

  private void rename(String before, String after) {
    house
        .directory
        .users()
        .rename(
            MailHouse.address(before + "@example.org"),
            MailHouse.address(after + "@example.org"),
            true);
  }

  /// Nobody would hear that it is lost: it ends in the dead letters. Other mail without a sender is
  /// a letter of the server's own, one of many; what strangers send would fill them.
  @Test
  void aReportForWhoIsDisabledNeverEndsHere() {
    Mail report = report("gone@example.org");
    assertThat(mailet().service(report)).isEqualTo(DISABLED);
    assertThat(mailet().service(since(Duration.ofDays(9), report))).isEqualTo(DISABLED);
    Mail fromAStranger = from(InetAddress.getLoopbackAddress(), report);
    assertThat(mailet().service(fromAStranger)).isEqualTo(DISABLED);
    assertThat(mailet().service(since(Duration.ofDays(9), fromAStranger)))
        .isInstanceOf(Outcome.Route.class);
    Mail letter = house.mail(HELLO, "gone@example.org").withSender(Optional.empty());
    assertThat(mailet().service(letter)).isEqualTo(DISABLED);
    assertThat(mailet().service(since(Duration.ofDays(9), letter)))
        .isInstanceOf(Outcome.Route.class);
  }

  @Test
  void aReportForAFullMailboxNeverEndsHere() {
    Mail report = report("full@example.org");
    for (Mailet mailet : List.of(mailet(), make(Map.of("over-quota", "retry")))) {
      assertThat(mailet.service(report)).isEqualTo(new Outcome.Retry("the mailbox is full"));
      assertThat(mailet.rehearse(report)).isEqualTo(new Outcome.Retry("the mailbox is full"));
    }
    assertThat(mailet().service(from(InetAddress.getLoopbackAddress(), report)))
        .isInstanceOf(Outcome.Route.class);
    Mail letter = house.mail(HELLO, "full@example.org").withSender(Optional.empty());
    assertThat(mailet().service(letter)).isInstanceOf(Outcome.Route.class);
  }

  private Mail report(String recipient) {
    return house
        .mail(
            "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x--\n",
            recipient)
        .withSender(Optional.empty());
  }

  /// As the second name of a domain does.
  @Test
  void aMailboxThatIsReachedByTwoNamesGetsTheMailOnce() {
    secondName();
    Mail mail = house.mail(HELLO, "ann@example.org", "Ann@club.example", "bob@example.org");
    for (String how :
        List.of(
            "delivered into INBOX, once also for Ann@club.example",
            "delivered into the mailbox before")) {
      assertThat(mailet().service(mail)).isEqualTo(new Outcome.Finish(how));
    }
    assertThat(house.texts("ann", "INBOX"))
        .singleElement()
        .asString()
        .contains("Delivered-To: ann@example.org");
    assertThat(house.texts("bob", "INBOX")).hasSize(1);
  }

  @Test
  void theSameHoldsForTwoBranchesOfTheChain() {
    secondName();
    mailet().service(house.mail(HELLO, "ann@club.example"));
    for (String how :
        List.of(
            "delivered already: the mailbox has it for another address than ann@example.org",
            "delivered into the mailbox before")) {
      assertThat(mailet().service(house.mail(HELLO, "ann@example.org")))
          .isEqualTo(new Outcome.Finish(how));
    }
    assertThat(house.texts("ann", "INBOX")).hasSize(1);
  }

  @Test
  void whatDiffersIsNotTheSameMail() {
    secondName();
    house.folder("ann", "Club");
    mailet().service(house.mail(HELLO, "ann@example.org"));
    make(Map.of("folder", "Club")).service(house.mail(HELLO, "ann@club.example"));
    mailet().service(house.mail(HELLO, "ann+club@example.org"));
    assertThat(house.texts("ann", "INBOX")).as("folders").hasSize(1);
    assertThat(house.texts("ann", "Club")).as("folders").hasSize(2);
    Mail plain = house.mail(HELLO, "bob@example.org");
    mailet().service(plain);
    Mail tagged = house.mail(HELLO, "bob@club.example");
    mailet().service(tagged.withMessage(tagged.message().withHeader("X-Tag", "club")));
    assertThat(house.texts("bob", "INBOX")).as("texts").hasSize(2);
    make(Map.of("flags", "seen")).service(house.mail(HELLO, "bob+x@club.example"));
    mailet().service(house.mail(HELLO, "bob+x@example.org"));
    mailet().service(house.mail(HELLO, "bob+y@example.org"));
    assertThat(house.texts("bob", "INBOX")).as("flags, details").hasSize(5);
  }

  private void secondName() {
    house.directory.domains().alias(Domain.of("club.example"), Domain.of("example.org"));
  }

  private static Mail from(InetAddress remote, Mail mail) {
    Origin ours = mail.origin();
    return new Mail(
        mail.id(),
        mail.sender(),
        mail.recipients(),
        mail.message(),
        new Origin(
            Optional.of(remote),
            ours.helo(),
            ours.login(),
            ours.protocol(),
            ours.connection(),
            ours.received()),
        mail.attributes());
  }

  /// The mail as it would be if it had come so long ago.
  private static Mail since(Duration age, Mail mail) {
    Origin now = mail.origin();
    return new Mail(
        mail.id(),
        mail.sender(),
        mail.recipients(),
        mail.message(),
        new Origin(
            now.remote(),
            now.helo(),
            now.login(),
            now.protocol(),
            now.connection(),
            now.received().minus(age)),
        mail.attributes());
  }

  @Test
  void aDamagedAccountKeepsTheMailFromNobodyElse() {
    fails("bob");
    Outcome outcome =
        mailet()
            .service(house.mail(HELLO, "bob@example.org", "nobody@example.org", "ann@example.org"));
    assertThat(house.texts("ann", "INBOX")).hasSize(1);
    List<Outcome.Split.Part> parts = ((Outcome.Split) outcome).parts();
    assertThat(parts.get(0).outcome()).isEqualTo(new Outcome.Finish("delivered into INBOX"));
    assertThat(parts.get(1).recipients())
        .containsExactly(Recipient.of(MailHouse.address("bob@example.org")));
    assertThat(parts.get(1).outcome())
        .isEqualTo(new Outcome.Retry("the mailbox cannot be used: a row is damaged"));
    assertThat(((Outcome.Route) parts.get(2).outcome()).mail().recipients()).hasSize(1);
  }

  @Test
  void eachThatComesAgainHasAReasonOfItsOwn() {
    fails("bob");
    Outcome outcome =
        make(Map.of("over-quota", "retry"))
            .service(house.mail(HELLO, "full@example.org", "bob@example.org"));
    assertThat(((Outcome.Split) outcome).parts())
        .extracting(Outcome.Split.Part::outcome)
        .containsExactly(
            new Outcome.Retry("the mailbox is full"),
            new Outcome.Retry("the mailbox cannot be used: a row is damaged"));
  }

  /// Then it is the store, and not an account.
  @Test
  void whatNobodyGetsIsTheTroubleOfTheStep() {
    fails("bob", "ann");
    Mail mail = house.mail(HELLO, "ann@example.org", "nobody@example.org", "bob@example.org");
    assertThatThrownBy(() -> mailet().service(mail)).isInstanceOf(StorageUnavailable.class);
  }

  private void fails(String... users) {
    Set<String> damaged =
        Arrays.stream(users)
            .map(user -> house.account(user).id().value())
            .collect(Collectors.toSet());
    house.engine.beforeCommit =
        partition -> {
          if (damaged.contains(partition.name())) {
            throw new StorageUnavailable("a row is damaged");
          }
        };
  }

  /// By a restore from a backup, between the look at the directory and that at the account.
  @Test
  void whoseAccountIsReplacedMeanwhileGetsItInTheNewOne() {
    Runnable restore = once(() -> house.replaceAccount("ann"));
    String before = house.account("ann").id().value();
    house.engine.beforeRead =
        partition -> {
          if (partition.name().equals(before)) {
            restore.run();
          }
        };
    assertThat(coldMailet().service(house.mail(HELLO, "ann@example.org")))
        .isEqualTo(new Outcome.Finish("delivered into INBOX"));
    assertThat(house.texts("ann", "INBOX")).hasSize(1);
  }

  /// The same between the look at the account and the commit.
  @Test
  void whoseAccountIsReplacedUnderTheDeliveryGetsItInTheNewOne() {
    Runnable restore = once(() -> house.replaceAccount("ann"));
    String before = house.account("ann").id().value();
    house.engine.beforeCommit =
        partition -> {
          if (partition.name().equals(before)) {
            restore.run();
          }
        };
    assertThat(coldMailet().service(house.mail(HELLO, "ann@example.org")))
        .isEqualTo(new Outcome.Finish("delivered into INBOX"));
    assertThat(house.texts("ann", "INBOX")).hasSize(1);
  }

  /// The directory still says so: nobody is told that there is no such address.
  @Test
  void anAccountThatIsLostIsNoUnknownAddress() {
    var _ = house.accounts.delete(house.account("ann").id());
    assertThatThrownBy(() -> mailet().service(house.mail(HELLO, "ann@example.org")))
        .isInstanceOf(StorageUnavailable.class);
  }

  @Test
  void whoIsDeletedMeanwhileHasNoAddress() {
    Runnable delete =
        once(() -> house.directory.users().delete(MailHouse.address("ann@example.org")));
    String before = house.account("ann").id().value();
    house.engine.beforeRead =
        partition -> {
          if (partition.name().equals(before)) {
            delete.run();
          }
        };
    Outcome outcome = coldMailet().service(house.mail(HELLO, "ann@example.org"));
    assertThat(((Outcome.Route) outcome).mail().recipients().getFirst().failure().orElseThrow())
        .extracting(Recipient.Failure::status)
        .isEqualTo("5.1.1");
  }

  private static Runnable once(Runnable action) {
    var done = new AtomicBoolean();
    return () -> {
      if (!done.getAndSet(true)) {
        action.run();
      }
    };
  }

  /// One that has no account in memory yet.
  private Mailet coldMailet() {
    var accounts =
        new Accounts(house.engine, house.contents, house.clock, AccountsConfig.defaults());
    var rooms =
        new ToMailbox.Rooms(
            house.directory, accounts, house.reports, house.clock, MailHouse.CHAIN_RETRIES);
    return TestParameters.mailet(new ToMailbox.Factory(rooms), Map.of(), house.services);
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
