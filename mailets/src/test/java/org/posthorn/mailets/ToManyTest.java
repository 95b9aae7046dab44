package org.posthorn.mailets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.SpoolConfig;
import org.posthorn.spool.SpooledMessages;
import org.posthorn.storage.StorageConfig;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.MailboxView;

/// Copies for senders, and mail for everybody.
final class ToManyTest {
  private static final String HELLO = "Subject: hi\n\nhello\n";

  private final MailHouse house = new MailHouse();

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void theSenderFindsACopyThatIsReadWhateverBecomesOfTheMail() {
    Mailet mailet =
        TestParameters.mailet(
            new ToSenderFolder.Factory(house.rooms()), Map.of("folder", "Sent"), house.services);
    Mail mail = submitted(house.mail(HELLO, "ann@example.org"), "ann@example.org");
    assertThat(mailet.service(mail)).isEqualTo(new Outcome.Continue(mail));
    assertThat(mailet.service(mail)).isEqualTo(new Outcome.Continue(mail));
    assertThat(house.texts("ann", "Sent")).singleElement().asString().contains("hello");
    assertThat(flags("ann", "Sent").has("\\Seen")).isTrue();
    // The copy does not stand in the way of the delivery to the same person.
    Mailet toMailbox =
        TestParameters.mailet(new ToMailbox.Factory(house.rooms()), Map.of(), house.services);
    toMailbox.service(mail);
    assertThat(house.texts("ann", "INBOX")).hasSize(1);
  }

  @Test
  void aStrangerPutsNothingIntoFoldersAndAFullMailboxStopsNothing() {
    Mailet mailet =
        TestParameters.mailet(new ToSenderFolder.Factory(house.rooms()), Map.of(), house.services);
    Mail forged =
        house
            .mail(HELLO, "bob@example.org")
            .withSender(Optional.of(MailHouse.address("ann@example.org")));
    assertThat(mailet.service(forged)).isEqualTo(new Outcome.Continue(forged));
    assertThat(house.texts("ann", "Sent")).isEmpty();
    Mail full = submitted(house.mail(HELLO, "bob@example.org"), "full@example.org");
    assertThat(mailet.service(full)).isEqualTo(new Outcome.Continue(full));
    assertThat(house.texts("full", "Sent")).isEmpty();
  }

  @Test
  void marksWhatItDelivers() {
    Mailet mailet =
        TestParameters.mailet(
            new ToMailbox.Factory(house.rooms()),
            Map.of("flags", List.of("Seen", "flagged", "$Invoice")),
            house.services);
    mailet.service(house.mail(HELLO, "ann@example.org"));
    Flags flags = flags("ann", "INBOX");
    assertThat(List.of("\\Seen", "\\Flagged", "$invoice")).allMatch(flags::has);
    assertThat(flags.has("\\Answered")).isFalse();
  }

  @Test
  void everybodyHereGetsItOnce(@TempDir Path data) throws Exception {
    try (var whole =
        new WholeSpool(StorageConfig.inMemory(), data, SpoolConfig.defaults(), ToManyTest::later)) {
      whole.domain("example.org");
      whole.domain("example.net");
      for (String user : List.of("ann@example.org", "bob@example.org", "cy@example.net")) {
        whole.user(user);
      }
      whole.directory.setEnabled(MailAddress.of("bob@example.org"), false);
      MailId id =
          whole.accept(
              "ann@example.org", HELLO.replace("\n", "\r\n").getBytes(US_ASCII), "x@far.example");
      Mailet everybody =
          TestParameters.mailet(
              new ToEverybody.Factory(whole.directory, whole.spool), Map.of(), house.services);
      Mail mail = mail(whole, id);
      assertThat(everybody.service(mail)).isEqualTo(new Outcome.Finish("sent to everybody: 2"));
      assertThat(everybody.service(mail)).isEqualTo(new Outcome.Finish("sent to everybody: 2"));
      await(() -> whole.queue.ids(Optional.empty(), 10).size() == 1);
      assertThat(whole.inbox("ann@example.org")).isEqualTo(1);
      assertThat(whole.inbox("cy@example.net")).isEqualTo(1);
      assertThat(whole.inbox("bob@example.org")).isZero();
      Mail sent = mail.withAttribute("everybody", "yes");
      assertThat(everybody.service(sent)).isEqualTo(new Outcome.Continue(sent));
      Mailet some =
          TestParameters.mailet(
              new ToEverybody.Factory(whole.directory, whole.spool),
              Map.of("domains", "example.net"),
              house.services);
      assertThat(some.rehearse(mail)).isEqualTo(new Outcome.Finish("sent to everybody: 1"));
    }
  }

  /// A kill stops the step anywhere, and it begins anew; meanwhile people come and go.
  @Test
  void nobodyGetsItTwiceOrIsLeftOutWhenItBeginsAnew(@TempDir Path data) throws Exception {
    try (var whole =
        new WholeSpool(StorageConfig.inMemory(), data, SpoolConfig.defaults(), ToManyTest::later)) {
      whole.domain("example.org");
      whole.domain("example.net");
      List<String> always = List.of("bob@example.org", "cy@example.org", "eve@example.net");
      always.forEach(whole::user);
      whole.user("dan@example.org");
      MailId id =
          whole.accept(
              "bob@example.org", HELLO.replace("\n", "\r\n").getBytes(US_ASCII), "x@far.example");
      Mail mail = mail(whole, id);
      var factory = new ToEverybody.Factory(whole.directory, whole.spool, 2);
      var half = TestParameters.mailet(factory, Map.of("domains", "example.org"), house.services);
      half.service(mail);
      whole.user("ann@example.org");
      whole.user("carl@example.org");
      whole.user("fay@example.org");
      whole.directory.users().delete(MailAddress.of("dan@example.org"));
      Mailet all = TestParameters.mailet(factory, Map.of(), house.services);
      all.service(mail);
      whole.user("aa@example.net");
      all.service(mail);
      await(() -> whole.queue.ids(Optional.empty(), 10).size() == 1);
      for (String user : always) {
        assertThat(whole.inbox(user)).as(user).isEqualTo(1);
      }
      for (String user : List.of("ann@example.org", "carl@example.org", "aa@example.net")) {
        assertThat(whole.inbox(user)).as(user).isLessThanOrEqualTo(1);
      }
      assertThat(whole.inbox("fay@example.org")).as("behind all").isEqualTo(1);
    }
  }

  private static Map<Recipient, Carrier.Answer> later(Carrier.Load load) {
    Map<Recipient, Carrier.Answer> answers = new HashMap<>();
    load.recipients()
        .forEach(recipient ->
            answers.put(
                recipient, new Carrier.Answer.Deferred("4.2.1", Optional.of("mx"), "451 later")));
    return answers;
  }

  private static Mail mail(WholeSpool whole, MailId id) {
    Mail any =
        MailHouse.mail(
            SpooledMessages.of(whole.contents, HELLO.replace("\n", "\r\n").getBytes(US_ASCII)),
            List.of(Recipient.of(MailAddress.of("x@far.example"))));
    return new Mail(
        id, any.sender(), any.recipients(), any.message(), any.origin(), any.attributes());
  }

  /// Of the first message.
  private Flags flags(String localPart, String folder) {
    Account account = house.account(localPart);
    MailboxView view =
        account.view(account.find(new MailboxName(folder)).orElseThrow().id()).orElseThrow();
    return view.flags(0);
  }

  private static Mail submitted(Mail mail, String login) {
    Origin from = mail.origin();
    return new Mail(
        mail.id(),
        mail.sender(),
        mail.recipients(),
        mail.message(),
        new Origin(
            from.remote(),
            from.helo(),
            Optional.of(MailAddress.of(login)),
            from.protocol(),
            from.connection(),
            from.received()),
        mail.attributes());
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }
}
