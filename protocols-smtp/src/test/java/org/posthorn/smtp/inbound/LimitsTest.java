package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.chain.GateCalls;
import org.posthorn.spool.chain.Gates;
import org.posthorn.spool.chain.Guarded;
import org.posthorn.spool.plugin.Watch;
import org.posthorn.storage.directory.Directory;

/// What happens at each limit of [InboundLimits].
class LimitsTest {
  private static final String BEGIN =
      """
      S: 220 mx.example.org ESMTP Posthorn
      C: EHLO client.example
      S: ...
      S: 250 HELP
      """;

  private static final String DATA =
      """
      C: MAIL FROM:<bob@example.net>
      S: 250 2.1.0 Sender ok
      C: RCPT TO:<ann@example.org>
      S: 250 2.1.5 Recipient ok
      C: DATA
      S: 354 Go ahead, and end with a dot on a line of its own
      """;

  private final SmtpHouse house = new SmtpHouse(8192);

  @AfterEach
  void close() {
    house.close();
  }

  /// RFC 1870 §6.
  @Test
  void refusesAMessageThatIsTooBig() {
    house
        .withLimits(SmallLimits.messageMaxBytes(65_536))
        .play(
            Role.MX,
            BEGIN
                + """
                C: MAIL FROM:<bob@example.net> SIZE=65537
                S: 552 5.3.4 Message is too big
                C: MAIL FROM:<bob@example.net> SIZE=99999999999999999999
                S: 552 5.3.4 Message is too big
                """
                + DATA
                + "C: 0123456789\n".repeat(5462)
                + """
                C: .
                S: 552 5.3.4 Message is too big
                """
                + DATA
                + "C: 0123456789\n".repeat(5461)
                + """
                C: .
                S: ~250 2\\.0\\.0 Accepted as .+
                """);
    assertThat(house.onlyMail().text()).hasSize(5461 * 12);
  }

  /// Whoever sends without end is not listened to without end.
  @Test
  void hangsUpOnAMessageWithoutAnEnd() {
    house
        .withLimits(SmallLimits.messageMaxBytes(65_536))
        .play(
            Role.MX,
            BEGIN
                + DATA
                + "C: 0123456789\n".repeat(20_000)
                + """
                S: 552 5.3.4 Message is too big
                S: 421 4.7.0 Cannot tell your commands from your data
                -- closed
                """);
    assertThat(house.mails()).isEmpty();
  }

  @Test
  void refusesALineThatIsTooLong() {
    house
        .withLimits(SmallLimits.lineMaxBytes(1000))
        .play(
            Role.MX,
            BEGIN
                + DATA
                + "C: Subject: x\nC:\nC: "
                + "x".repeat(999)
                + "\nC: .\n"
                + "S: 550 5.6.0 Message has a line that is too long\n"
                + DATA
                + "C: Subject: x\nC:\nC: "
                + "x".repeat(998)
                + "\nC: .\n"
                + "S: ~250 2\\.0\\.0 Accepted as .+\n");
  }

  @Test
  void keepsLongLinesAsTheyAre() {
    house.play(
        Role.MX,
        BEGIN
            + DATA
            + "C: Subject: x\nC:\nC: "
            + "x".repeat(200_000)
            + "\nC: .\n"
            + "S: ~250 2\\.0\\.0 Accepted as .+\n");
    assertThat(house.onlyMail().text())
        .isEqualTo("Subject: x\r\n\r\n" + "x".repeat(200_000) + "\r\n");
  }

  @Test
  void refusesAHeaderThatIsTooBig() {
    house.play(
        Role.MX,
        BEGIN
            + DATA
            + ("C: X-Big: " + "y".repeat(990) + "\n").repeat(600)
            + "C:\nC: .\n"
            + "S: 552 5.3.4 The header of the message is too big\n"
            + "C: NOOP\nS: 250 2.0.0 Done\n");
    assertThat(house.mails()).isEmpty();
  }

  @Test
  void takesNoLongHeaderForWhichThereIsNoRoom() {
    String field = "C: X-Big: " + "y".repeat(990) + "\n";
    house
        .withHeaderRoom(new SharedRoom(10_000))
        .play(
            Role.MX,
            BEGIN
                + DATA
                + field.repeat(100)
                + "C:\nC: .\n"
                + "S: 451 4.3.1 Too many long headers come in at the same time, try again later\n"
                + DATA
                + field.repeat(7)
                + "C:\nC: .\n"
                + "S: ~250 2\\.0\\.0 Accepted as .+\n");
    house.onlyMail();
  }

  /// Gates may look at it for a minute, while the DNS of whoever sent it is slow.
  @Test
  void keepsRoomForALongHeaderWhileGatesLookAtIt() {
    var room = new SharedRoom(2_400_000);
    var looking = new CountDownLatch(1);
    var enough = new CountDownLatch(1);
    Gate slow =
        new Gate() {
          @Override
          public Verdict sender(Visitor visitor, IncomingMail mail) {
            String name = mail.sender().orElseThrow().localPart();
            if (name.equals("second")) {
              await(looking);
            } else if (name.equals("last")) {
              enough.countDown();
            }
            return Verdict.pass();
          }

          @Override
          public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
            if (mail.sender().orElseThrow().localPart().equals("bob")) {
              looking.countDown();
              await(enough);
            }
            return Verdict.pass();
          }
        };
    String header = "C: X-Big: " + "y".repeat(990) + "\n";
    String second =
        (BEGIN + DATA).replace("S:", "S2:").replace("C:", "C2:").replace("bob", "second");
    String brief = DATA.replace("S:", "S2:").replace("C:", "C2:").replace("bob", "short");
    house
        .withHeaderRoom(room)
        .withGates(gates(slow))
        .play(
            Role.MX,
            BEGIN
                + DATA
                + header.repeat(100)
                + "C:\nC: .\n"
                + second
                + header.replace("C:", "C2:").repeat(100)
                + "C2:\nC2: .\n"
                + "S2: 451 4.3.1 Too many long headers come in at the same time, try again later\n"
                + brief
                + header.replace("C:", "C2:").repeat(7)
                + "C2:\nC2: .\n"
                + "S2: ~250 2\\.0\\.0 Accepted as .+\n"
                + "C2: MAIL FROM:<last@example.net>\nS2: 250 2.1.0 Sender ok\n"
                + "S: ~250 2\\.0\\.0 Accepted as .+\n");
    assertThat(house.mails()).hasSize(2);
    assertThat(room.takenBytes()).isZero();
  }

  /// Nobody waits for the gate any more, but it has in memory what it was shown.
  @Test
  void keepsRoomForALongHeaderUntilTheLastGateIsDoneWithIt() throws InterruptedException {
    var room = new SharedRoom(2_400_000);
    var enough = new CountDownLatch(1);
    Gate hangs =
        new Gate() {
          @Override
          public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
            await(enough);
            return Verdict.pass();
          }
        };
    Gates gates = gates(hangs, Duration.ofMillis(50));
    house
        .withHeaderRoom(room)
        .withGates(gates)
        .play(
            Role.MX,
            BEGIN
                + DATA
                + ("C: X-Big: " + "y".repeat(990) + "\n").repeat(100)
                + "C:\nC: .\n"
                + "S: ~250 2\\.0\\.0 Accepted as .+\n");
    assertThat(room.takenBytes()).isPositive();
    assertThat(gates.health())
        .containsExactly(Watch.Health.ofGivenUp("gate test of mx", 1))
        .noneMatch(Watch.Health::isWell);
    enough.countDown();
    for (int i = 0; i < 1_000 && room.takenBytes() > 0; i++) {
      Thread.sleep(Duration.ofMillis(5));
    }
    assertThat(room.takenBytes()).isZero();
    assertThat(gates.health()).isEmpty();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// It is looked at in memory, like that of the message.
  @Test
  void refusesABinaryPartWithAHeaderThatIsTooBig() {
    String multipart = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";
    String field = "X-Big: " + "y".repeat(991) + "\r\n";
    String binary = "\r\n\0\r\n--b--\r\n";
    String refused = "S: 552 5.3.4 The header of a binary part is too big\n";
    house.play(
        Role.MX,
        BEGIN
            + binary(multipart + field.repeat(600) + binary, refused)
            + binary(field.repeat(600) + binary, refused)
            + binary(multipart + field.repeat(500) + binary, "S: ~250 2\\.0\\.0 Accepted as .+\n"));
    assertThat(house.onlyMail().text())
        .contains("Content-Transfer-Encoding: base64\r\n\r\nAA==\r\n");
  }

  private static String binary(String text, String reply) {
    return """
    C: MAIL FROM:<bob@example.net> BODY=BINARYMIME
    S: 250 2.1.0 Sender ok
    C: RCPT TO:<ann@example.org>
    S: 250 2.1.5 Recipient ok
    C: BDAT %d LAST
    C- %s
    """
            .formatted(
                text.length(),
                text.replace("\r", "\\r").replace("\n", "\\n").replace("\0", "\\x00"))
        + reply;
  }

  /// RFC 5321 §6.3.
  @Test
  void refusesAMessageThatRunsInALoop() {
    String hop = "C: Received: from a by b; Mon, 2 Mar 2026 10:00:00 +0000\n";
    house.play(
        Role.MX,
        BEGIN
            + DATA
            + hop.repeat(101)
            + "C: Subject: loop\nC:\nC: x\nC: .\n"
            + "S: 554 5.4.6 The message has come too far: it runs in a loop\n"
            + DATA
            + hop.repeat(100)
            + "C: Subject: far\nC:\nC: x\nC: .\n"
            + "S: ~250 2\\.0\\.0 Accepted as .+\n");
  }

  /// RFC 5321 §4.5.3.1.10.
  @Test
  void refusesTooManyRecipients() {
    house
        .withLimits(SmallLimits.recipientsMax(100))
        .play(
            Role.MX,
            BEGIN
                + "C: MAIL FROM:<bob@example.net>\n"
                + "C: RCPT TO:<ann@example.org>\n".repeat(101)
                + "S: 250 2.1.0 Sender ok\n"
                + "S: 250 2.1.5 Recipient ok\n".repeat(100)
                + "S: 452 4.5.3 Too many recipients\n"
                + "C: DATA\n"
                + "S: 354 Go ahead, and end with a dot on a line of its own\n"
                + "C: .\n"
                + "S: ~250 2\\.0\\.0 Accepted as .+\n");
  }

  /// RFC 5321 §4.5.3.1.10: whoever is not taken is named again in another transaction.
  @Test
  void takesNoMoreRecipientsThanThereIsRoomFor() {
    var room = new SharedRoom(40_000);
    String[] rcpt = new String[15];
    Arrays.setAll(
        rcpt,
        i -> "RCPT TO:<ann+%02d@example.org> ORCPT=rfc822;".formatted(i) + "x".repeat(400) + "\n");
    String taken = "250 2.1.5 Recipient ok\n";
    String refused = "452 4.3.1 Too many recipients are named at the same time, try again later\n";
    house
        .withRecipientRoom(room)
        .play(
            Role.MX,
            BEGIN
                + "C: MAIL FROM:<bob@example.net>\n"
                + "C: "
                + String.join("C: ", rcpt)
                + "S: 250 2.1.0 Sender ok\n"
                + ("S: " + taken).repeat(14)
                + "S: "
                + refused
                + BEGIN.replace("S:", "S2:").replace("C:", "C2:")
                + "C2: MAIL FROM:<bob@example.net>\n"
                + "C2: "
                + String.join("C2: ", List.of(rcpt).subList(0, 7))
                + "S2: 250 2.1.0 Sender ok\n"
                + ("S2: " + taken).repeat(6)
                + "S2: "
                + refused
                + "C: BDAT 2\nC- \\r\\n\nS: 250 2.0.0 Chunk taken\n"
                + "C2: "
                + rcpt[6]
                + "S2: "
                + refused
                + "C: BDAT 0 LAST\nS: ~250 2\\.0\\.0 Accepted as .+\n"
                + "C2: "
                + String.join("C2: ", List.of(rcpt).subList(0, 14))
                + ("S2: " + taken).repeat(14)
                + "-- close 2\n");
    assertThat(house.onlyMail().recipients()).hasSize(14);
    assertThat(room.takenBytes()).isZero();
  }

  /// Many that are let in while there is memory cannot fill it with recipients.
  @Test
  void takesNoMoreRecipientsWhileMemoryIsShort() {
    Gate filling =
        new Gate() {
          @Override
          public Verdict recipient(Visitor visitor, IncomingMail mail, Recipient recipient) {
            house.memoryIsShort(true);
            return Verdict.pass();
          }
        };
    house
        .withGates(gates(filling))
        .play(
            Role.MX,
            BEGIN
                + """
                C: MAIL FROM:<bob@example.net>
                S: 250 2.1.0 Sender ok
                C: RCPT TO:<ann@example.org>
                S: 250 2.1.5 Recipient ok
                C: RCPT TO:<bob@example.org>
                S: 451 4.3.1 The server is short of memory, try again later
                C: DATA
                S: 354 Go ahead, and end with a dot on a line of its own
                C: .
                S: ~250 2\\.0\\.0 Accepted as .+
                """);
  }

  private static Gates gates(Gate gate) {
    return gates(gate, Duration.ofSeconds(5));
  }

  private static Gates gates(Gate gate, Duration timeLimit) {
    return new Gates(
        Map.of(
            "mx",
            List.of(
                new Guarded(
                    "test",
                    gate,
                    /* exceptLogins= */ false,
                    List.of(),
                    List.of(),
                    timeLimit,
                    /* defersOnFailure= */ false,
                    /* dryRun= */ false,
                    new GateCalls(16)))));
  }

  /// What is refused because its size was not told leaves nothing behind: who is refused a hundred
  /// times would otherwise fill the disk that the quota is to spare.
  @Test
  void keepsNothingOfAMessageForWhichAMailboxHasNoRoom() {
    String mail = "C: MAIL FROM:<bob@example.net>%s\nS: 250 2.1.0 Sender ok\n";
    String rcpt = "C: RCPT TO:<small@example.org>\nS: 250 2.1.5 Recipient ok\n";
    String full = "S: 452 4.2.2 This mailbox is full\n";
    String chunk = "C: BDAT 3000 LAST\nC- " + "x".repeat(2998) + "\\r\\n\n";
    house.play(
        Role.MX,
        BEGIN
            + mail.formatted("")
            + rcpt
            + "C: DATA\nS: 354 Go ahead, and end with a dot on a line of its own\n"
            + "C: 0123456789\n".repeat(200)
            + "C: .\n"
            + full
            + mail.formatted(" SIZE=1000")
            + rcpt
            + chunk
            + full
            + mail.formatted(" BODY=BINARYMIME")
            + rcpt
            + chunk
            + full);
    assertThat(house.mails()).isEmpty();
    assertThat(house.keptBytes()).isZero();
    house.play(
        Role.MX,
        BEGIN
            + mail.formatted("")
            + rcpt
            + "C: RCPT TO:<ann@example.org>\nS: 250 2.1.5 Recipient ok\n"
            + chunk
            + "S: ~250 2\\.0\\.0 Accepted as .+\n");
    assertThat(house.keptBytes()).isEqualTo(3000);
  }

  /// An alias is as full as those to whom it leads, if that is all of them.
  @Test
  void refusesForAnAliasWhenNobodyBehindItHasRoom() {
    Directory directory = house.rooms().directory();
    MailAddress full = MailAddress.of("full@example.org");
    MailAddress small = MailAddress.of("small@example.org");
    directory.createAlias(MailAddress.of("one@example.org"), List.of(small));
    directory.createAlias(MailAddress.of("both@example.org"), List.of(full, small));
    directory.createAlias(
        MailAddress.of("more@example.org"),
        List.of(full, small, MailAddress.of("x@remote.invalid")));
    String refused = "S: 452 4.2.2 This mailbox is full\n";
    String taken = "S: 250 2.1.5 Recipient ok\n";
    String mail = "C: MAIL FROM:<bob@example.net>%s\nS: 250 2.1.0 Sender ok\n";
    String text = "C: BDAT 3000 LAST\nC- " + "x".repeat(2998) + "\\r\\n\n";
    house.play(
        Role.MX,
        BEGIN
            + mail.formatted(" SIZE=3000")
            + "C: RCPT TO:<one@example.org>\n"
            + refused
            + "C: RCPT TO:<both@example.org>\n"
            + refused
            + "C: RCPT TO:<more@example.org>\n"
            + taken
            + "C: RSET\nS: 250 2.0.0 Forgotten\n"
            + mail.formatted("")
            + "C: RCPT TO:<one@example.org>\n"
            + taken
            + "C: RCPT TO:<both@example.org>\n"
            + taken
            + text
            + refused);
    assertThat(house.mails()).isEmpty();
    house.play(
        Role.MX,
        BEGIN
            + mail.formatted("")
            + "C: RCPT TO:<more@example.org>\n"
            + taken
            + text
            + "S: ~250 2\\.0\\.0 Accepted as .+\n");
  }

  @Test
  void hangsUpAfterManyMessages() {
    house
        .withLimits(SmallLimits.messagesMax(1))
        .play(
            Role.MX,
            BEGIN
                + DATA
                + """
                C: .
                S: ~250 2\\.0\\.0 Accepted as .+
                C: MAIL FROM:<bob@example.net>
                S: 421 4.7.0 Enough for one connection, come again
                -- closed
                """);
  }

  @Test
  void hangsUpAfterManyErrors() {
    house
        .withLimits(SmallLimits.errorsMax(3))
        .play(
            Role.MX,
            BEGIN
                + """
                C: BOGUS
                S: 500 5.5.1 Command not recognized
                C: MAIL FROM:<bob@example.net>
                S: 250 2.1.0 Sender ok
                C: RCPT TO:<nobody@example.org>
                S: 550 5.1.1 No such user here
                C: RCPT TO:<nobody2@example.org>
                S: 550 5.1.1 No such user here
                S: 421 4.7.0 This leads nowhere
                -- closed
                """);
  }

  @Test
  void hangsUpAfterManyCommandsThatLeadNowhere() {
    house
        .withLimits(SmallLimits.commandsMax(10))
        .play(
            Role.MX,
            BEGIN
                + "C: NOOP\nS: 250 2.0.0 Done\n".repeat(9)
                + "S: 421 4.7.0 This leads nowhere\n-- closed\n");
  }

  /// Each is told in the log and in the story.
  @Test
  void hangsUpAfterManyRecipientsThatAreRefusedForNow() {
    house
        .withLimits(SmallLimits.commandsMax(10))
        .play(
            Role.MX,
            BEGIN
                + "C: MAIL FROM:<bob@example.net> SIZE=5000\nS: 250 2.1.0 Sender ok\n"
                + "C: RCPT TO:<ann@example.org>\nS: 250 2.1.5 Recipient ok\n".repeat(12)
                + "C: RCPT TO:<full@example.org>\nS: 452 4.2.2 This mailbox is full\n".repeat(8)
                + "S: 421 4.7.0 This leads nowhere\n-- closed\n");
  }

  @Test
  void hangsUpAfterManyChunksThatAreEmpty() {
    house
        .withLimits(SmallLimits.commandsMax(10))
        .play(
            Role.MX,
            BEGIN
                + "C: MAIL FROM:<bob@example.net>\nS: 250 2.1.0 Sender ok\n"
                + "C: RCPT TO:<ann@example.org>\nS: 250 2.1.5 Recipient ok\n"
                + "C: BDAT 1\nC- x\nS: 250 2.0.0 Chunk taken\n".repeat(12)
                + "C: BDAT 0\nS: 250 2.0.0 Chunk taken\n".repeat(7)
                + "S: 421 4.7.0 This leads nowhere\n-- closed\n");
    assertThat(house.mails()).isEmpty();
  }

  /// RFC 5321 §4.5.3.1.4.
  @Test
  void skipsALineThatIsTooLong() {
    house.play(
        Role.MX,
        BEGIN
            + "C: MAIL FROM:<"
            + "a".repeat(20_000)
            + "@example.net>\n"
            + "S: 500 5.5.2 Line too long\n"
            + "C: NOOP\nS: 250 2.0.0 Done\n");
  }

  /// RFC 5321 §4.5.3.2.
  @Test
  void hangsUpOnWhoIsSilent() {
    house
        .withLimits(SmallLimits.commandTimeout(Duration.ofMillis(50)))
        .play(
            Role.MX,
            """
            S: 220 mx.example.org ESMTP Posthorn
            S: 421 4.4.2 Waited too long for you
            -- closed
            """);
  }

  @Test
  void hangsUpOnWhoIsSilentWithinAMessage() {
    house
        .withLimits(SmallLimits.dataTimeout(Duration.ofSeconds(1)))
        .play(
            Role.MX,
            BEGIN
                + DATA
                + """
                C: Subject: x
                S: 421 4.4.2 Waited too long for you
                -- closed
                """);
    assertThat(house.mails()).isEmpty();
  }

  @Test
  void hangsUpWhenTheSessionHasLastedTooLong() {
    house
        .withLimits(SmallLimits.sessionMax(Duration.ofSeconds(2)))
        .play(
            Role.MX,
            """
            S: 220 mx.example.org ESMTP Posthorn
            C: EHLO client.example
            S: ...
            S: 250 HELP
            S: 421 4.4.2 Waited too long for you
            -- closed
            """);
  }

  /// RFC 5321 §3.1.
  @Test
  void turnsAwayWhoTalksBeforeTheGreeting() {
    SmtpHouse tried = house.withGreetingDelay(Duration.ofSeconds(2));
    tried.play(
        Role.MX,
        """
        C: EHLO client.example
        S: 554 5.5.1 You spoke before you were greeted
        -- closed
        """);
    tried.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: NOOP
        S: 250 2.0.0 Done
        """);
  }
}
