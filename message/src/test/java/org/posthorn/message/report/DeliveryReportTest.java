package org.posthorn.message.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.Multipart;
import org.apache.james.mime4j.dom.SingleBody;
import org.apache.james.mime4j.dom.TextBody;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.junit.jupiter.api.Test;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.StructureScanner;

/// RFC 3464, RFC 6522, RFC 6533, RFC 3834 §3.
final class DeliveryReportTest {
  private static final Instant ARRIVAL = Instant.parse("2026-11-22T10:00:00Z");
  private static final Instant NOW = Instant.parse("2026-11-22T12:30:00Z");
  private static final String ORIGINAL =
      "From: ann@example.org\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <7@example.org>\r\n\r\nHello\r\n";

  @Test
  void tellsProgramsEverythingOfAFailure() throws IOException {
    String report = compose(failure("bob@example.net"), ORIGINAL, false);

    assertThat(report)
        .contains(
            """
            Content-Type: message/delivery-status
            Content-Description: For programs

            Original-Envelope-Id: QQ314159
            Reporting-MTA: dns; mx.example.com
            Arrival-Date: Sun, 22 Nov 2026 10:00:00 +0000

            Original-Recipient: rfc822; robert@example.net
            Final-Recipient: rfc822; bob@example.net
            Action: failed
            Status: 5.1.1
            Remote-MTA: dns; mail.example.net
            Diagnostic-Code: smtp; 550 5.1.1 No such user
            Last-Attempt-Date: Sun, 22 Nov 2026 12:30:00 +0000
            """
                .replace("\n", "\r\n"));
  }

  @Test
  void saysToPeopleWhatHappenedAndWhatToDo() throws Exception {
    Multipart parts = parse(compose(failure("bob@example.net"), ORIGINAL, false));

    assertThat(text(parts, 0).replace("\r\n", "\n"))
        .isEqualTo(
            """
            This is the mail system at mx.example.com.

            Your message could not be delivered to robert@example.net. It was taken
              on 22 November 2026, 10:00 UTC and its subject is "Grüße".

              robert@example.net, which leads to another address
                What happened: There is no such address.
                mail.example.net said: 550 5.1.1 No such user
                What you can do: Check the address for mistakes and send it again.

            The message will not be tried again for this recipient. A copy of it, or
              of its header, is below.
            """
                .replace("\n  on", "\non")
                .replace("\n  of", "\nof"));
  }

  @Test
  void isAMessageThatOthersCanRead() throws Exception {
    Message message = message(compose(failure("bob@example.net"), ORIGINAL, false));

    assertThat(message.getSubject()).isEqualTo("Not delivered: Grüße");
    assertThat(message.getFrom().getFirst().getAddress()).isEqualTo("postmaster@mx.example.com");
    assertThat(message.getTo().toString()).contains("ann@example.org");
    assertThat(message.getHeader().getField("Auto-Submitted").getBody()).isEqualTo("auto-replied");
    assertThat(message.getHeader().getField("In-Reply-To").getBody()).isEqualTo("<7@example.org>");
    assertThat(message.getMimeType()).isEqualTo("multipart/report");
    Multipart parts = (Multipart) message.getBody();
    assertThat(parts.getBodyParts())
        .extracting(part -> part.getMimeType())
        .containsExactly("text/plain", "message/delivery-status", "text/rfc822-headers");
    assertThat(text(parts, 2)).isEqualTo(ORIGINAL.substring(0, ORIGINAL.indexOf("\r\n\r\n") + 2));
  }

  @Test
  void returnsTheWholeMessageIfItIsWantedAndSmall() throws IOException {
    String whole = compose(failure("bob@example.net"), ORIGINAL, true);
    String large = compose(failure("bob@example.net"), ORIGINAL + "x\r\n".repeat(100_000), true);

    assertThat(whole).contains("Content-Type: message/rfc822\r\n").contains("\r\n\r\nHello\r\n");
    assertThat(large).contains("text/rfc822-headers").doesNotContain("Hello");
  }

  @Test
  void saysUntilWhenADelayedMailIsTried() throws IOException {
    String report =
        compose(
            new RecipientReport(
                MailAddress.of("bob@example.net"),
                Optional.empty(),
                RecipientReport.Action.DELAYED,
                "4.4.1",
                Optional.empty(),
                "Connection refused",
                NOW,
                Optional.of(Instant.parse("2026-11-27T10:00:00Z"))),
            ORIGINAL,
            false);

    assertThat(report)
        .contains("Subject: Delayed: =?utf-8?B?R3LDvMOfZQ==?=\r\n")
        .contains("Action: delayed\r\nStatus: 4.4.1\r\n")
        .contains("Diagnostic-Code: x-posthorn; Connection refused\r\n")
        .contains("Will-Retry-Until: Fri, 27 Nov 2026 10:00:00 +0000\r\n")
        .contains("You need not send it again")
        .contains("until 27 November 2026");
  }

  @Test
  void writesInternationalAddressesInAscii() throws IOException {
    String report = compose(failure("bücher@example.net"), ORIGINAL, false);

    assertThat(report).contains("Final-Recipient: utf-8; b\\x{FC}cher@example.net\r\n");
    assertThat(report.chars()).allMatch(c -> c < 128);
  }

  @Test
  void cannotBeBrokenByWhatTheOtherServerSaid() throws Exception {
    String answer = "550 5.7.1 Go\r\n\r\n--report-1=_\r\naway\0 ü " + "x".repeat(5_000);
    RecipientReport hostile =
        new RecipientReport(
            MailAddress.of("\"a b\"@example.net"),
            Optional.of("rfc822;x\r\ny"),
            RecipientReport.Action.FAILED,
            "5.7.1",
            Optional.of("evil\r\nhost"),
            answer,
            NOW,
            Optional.empty());

    String report = compose(hostile, ORIGINAL, false);

    MessageStructure structure = StructureScanner.scan(report.getBytes(StandardCharsets.UTF_8));
    assertThat(structure.root().children()).hasSize(3);
    assertThat(structure.hasAttachment()).isFalse();
    assertThat(report.lines()).allMatch(line -> line.length() <= 998);
    assertThat(parse(report).getBodyParts()).hasSize(3);
  }

  @Test
  void keepsHeadersThatAreNotAscii() throws Exception {
    String original = "Subject: Grüße\r\nX-Long: " + "y".repeat(2_000) + "\r\n\r\nbody";

    String report = compose(failure("bob@example.net"), original, false);

    assertThat(text(parse(report), 2)).startsWith("Subject: Grüße\r\nX-Long: yyy");
    assertThat(report.chars()).allMatch(c -> c < 128);
  }

  /// RFC 3461 §9.2, RFC 3464 §2.3.6: only what the other server said is its own.
  @Test
  void tellsOurWordsFromThoseOfTheOtherServer() throws Exception {
    String lost = "Lost the connection to mail.example.net: Connection reset";
    String ours = compose(said("4.4.2", "mail.example.net", lost), ORIGINAL, false);
    String address =
        compose(
            said("5.6.7", "127.0.0.1", "127.0.0.1 does not know international addresses"),
            ORIGINAL,
            false);

    assertThat(ours).contains("Diagnostic-Code: x-posthorn; Lost the connection");
    assertThat(text(parse(ours), 0))
        .contains("In detail: Lost the connection")
        .doesNotContain("said:");
    assertThat(address)
        .contains("Remote-MTA: dns; [127.0.0.1]\r\n")
        .contains("Diagnostic-Code: x-posthorn; 127.0.0.1 does not know international");
    assertThat(compose(said("5.6.7", "2001:db8::1", "550"), ORIGINAL, false))
        .contains("Remote-MTA: dns; [IPv6:2001:db8::1]\r\n", "Diagnostic-Code: smtp; 550\r\n");
    assertThat(
            text(parse(compose(said("4.2.2", "a.example", "452-4.2.2 Full"), ORIGINAL, false)), 0))
        .contains("a.example said: 452-4.2.2 Full", "tried again");
  }

  /// There is nothing to read of a server that was not asked.
  @Test
  void advisesWhoSendsWhatAnOldServerCannotTake() throws Exception {
    String old = "mx.example.net knows no 8BITMIME, and the message ";

    assertThat(plain(said("5.6.3", "mx.example.net", old + "is signed")))
        .contains("would break its signature", "Send it again without the signature");
    assertThat(plain(said("5.6.3", "mx.example.net", old + "has too many parts")))
        .contains("plain ASCII only", "Write it anew in another mail program")
        .doesNotContain("signature");
    assertThat(plain(said("5.3.3", "mx.example.net", "mx.example.net does not know DELIVERBY")))
        .contains("Send it again without a time limit");
    assertThat(plain(said("5.3.3", "mx.example.net", "mx.example.net cannot do that")))
        .contains("Ask your administrator")
        .doesNotContain("Read what the other server said");
    assertThat(plain(said("5.3.3", "mx.example.net", "550 5.3.3 No")))
        .contains("Read what the other server said");
  }

  /// Without the line breaks of its text.
  private static String plain(RecipientReport report) throws Exception {
    return text(parse(compose(report, ORIGINAL, false)), 0).replaceAll("\\s+", " ");
  }

  /// Nobody knows what became of it: not that it was refused.
  @Test
  void saysThatItMayHaveArrivedWhereTheServerHadAllOfIt() throws Exception {
    String lost = "Lost the connection to mx.example.net ";
    String after = lost + "after the end of the text, so it may have arrived: Connection reset";

    assertThat(plain(said("4.4.2", "mx.example.net", "Gave up after 5 days: " + after)))
        .contains("when it had all of the message: it may have arrived.")
        .contains("What you can do: Ask the recipient whether it arrived before you send it again.")
        .doesNotContain("did not accept it");
    assertThat(plain(said("4.4.2", "mx.example.net", lost + "at RCPT: Connection reset")))
        .contains("broke off before it had the message.")
        .doesNotContain("did not accept it", "may have arrived");
    assertThat(plain(said("4.4.2", "mx.example.net", "421 4.4.2 Timeout")))
        .contains("The other server did not accept it.");
  }

  /// Nobody else took part: no other server is to blame.
  @Test
  void saysThatARefusalIsOurOwn() throws Exception {
    String why = "Only members may post to this list; its owners are at team-owner@example.com";
    for (String status : List.of("5.7.1", "5.7.0", "5.7.99", "4.7.1", "5.3.1", "5.3.0")) {
      assertThat(plain(ours(status, why)))
          .as(status)
          .contains("In detail: " + why, "This mail system ")
          .doesNotContain("other server");
    }
    assertThat(plain(ours("5.7.1", why)))
        .contains("does not take it, by its own rules.")
        .contains("answer this report")
        .doesNotContain("your administrator");
    assertThat(plain(said("5.7.1", "mx.example.net", "550 5.7.1 No")))
        .contains("The other server refused it by its rules.");
  }

  /// RFC 3464 §2.3.7.
  @Test
  void hasNoDateOfALastTryWhereThereWasNone() throws Exception {
    assertThat(compose(ours("5.7.1", "No"), ORIGINAL, false)).doesNotContain("Last-Attempt-Date");
    assertThat(compose(said("4.4.1", "", "Could not connect"), ORIGINAL, false))
        .contains("Last-Attempt-Date: Sun, 22 Nov 2026 12:30:00 +0000\r\n");
  }

  private static RecipientReport ours(String status, String why) {
    return new RecipientReport(
        MailAddress.of("team@example.com"),
        Optional.empty(),
        RecipientReport.Action.FAILED,
        status,
        Optional.empty(),
        why,
        NOW,
        Optional.empty());
  }

  /// The sender's own time was over.
  @Test
  void saysThatItWasTriedUntilTheTimeWasOver() throws IOException {
    assertThat(compose(said("5.4.7", "mail.example.net", "451 4.7.1 Later"), ORIGINAL, false))
        .containsPattern("It was tried\\s+again until the time for that was over");
  }

  /// RFC 3464 §2.3.3: it may still fail, and nobody will say so.
  @Test
  void promisesNoArrivalOfWhatWasHandedOn() throws Exception {
    var handedOn =
        new RecipientReport(
            MailAddress.of("bob@example.net"),
            Optional.empty(),
            RecipientReport.Action.RELAYED,
            "2.0.0",
            Optional.of("mail.example.net"),
            "250 OK",
            NOW,
            Optional.empty());

    Message message = message(compose(handedOn, ORIGINAL, false));

    assertThat(message.getSubject()).isEqualTo("Handed on: Grüße");
    assertThat(text((Multipart) message.getBody(), 0))
        .contains("handed to another server")
        .doesNotContain("arrived");
  }

  @Test
  void saysToHowManyItCouldNotBeDelivered() throws Exception {
    var two = List.of(failure("bob@example.net"), failure("eve@example.net"));

    assertThat(text(parse(compose(two, ORIGINAL, false)), 0))
        .contains("could not be delivered to 2 recipients.")
        .contains("not be tried again for these recipients.");
  }

  /// RFC 2045 §6.4.
  @Test
  void saysOnTopThatThereAreEightBits() throws IOException {
    String original =
        "Subject: Hi\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nH\u00e4llo\r\n";

    String whole = compose(failure("bob@example.net"), original, true);

    assertThat(whole.substring(0, whole.indexOf("\r\n\r\n") + 2))
        .contains("\r\nContent-Transfer-Encoding: 8bit\r\n");
    assertThat(whole).contains("Content-Transfer-Encoding: 8bit\r\n\r\nSubject: Hi\r\n");
    assertThat(compose(failure("bob@example.net"), original, false)).doesNotContain("8bit\r\n");
  }

  @Test
  void refusesAStatusThatIsNone() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new RecipientReport(
                MailAddress.of("a@b.example"),
                Optional.empty(),
                RecipientReport.Action.FAILED,
                "5.1",
                Optional.empty(),
                "",
                NOW,
                Optional.empty()));
  }

  private static RecipientReport failure(String address) {
    return new RecipientReport(
        MailAddress.of(address),
        Optional.of("rfc822;robert@example.net"),
        RecipientReport.Action.FAILED,
        "5.1.1",
        Optional.of("mail.example.net"),
        "550 5.1.1 No such user",
        NOW,
        Optional.empty());
  }

  private static RecipientReport said(String status, String remote, String answer) {
    return new RecipientReport(
        MailAddress.of("bob@example.net"),
        Optional.empty(),
        RecipientReport.Action.FAILED,
        status,
        Optional.of(remote).filter(host -> !host.isEmpty()),
        answer,
        NOW,
        Optional.empty(),
        /* tried= */ true);
  }

  /// RFC 6533 §4.3.
  @Test
  void returnsAWholeMessageWithAnInternationalHeader() throws IOException {
    String original = "Subject: Gr\u00fc\u00dfe\r\n\r\nH\u00e4llo\r\n";
    String whole = compose(failure("bob@example.net"), original, true);
    assertThat(whole)
        .contains("Content-Type: message/global\r\n")
        .contains(
            "\r\n\r\n"
                + Base64.getMimeEncoder().encodeToString(original.getBytes(StandardCharsets.UTF_8))
                + "\r\n--");
    assertThat(whole.chars()).allMatch(c -> c < 128);
  }

  private static String compose(RecipientReport recipient, String original, boolean whole)
      throws IOException {
    return compose(List.of(recipient), original, whole);
  }

  private static String compose(List<RecipientReport> recipients, String original, boolean whole)
      throws IOException {
    DeliveryReport report =
        new DeliveryReport(
            "mx.example.com",
            "abc123",
            MailAddress.of("ann@example.org"),
            ARRIVAL,
            Optional.empty(),
            Optional.of("QQ314159"),
            recipients,
            NOW);
    byte[] bytes =
        report.compose(new ByteArrayInputStream(original.getBytes(StandardCharsets.UTF_8)), whole);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Message message(String report) throws IOException {
    return new DefaultMessageBuilder()
        .parseMessage(new ByteArrayInputStream(report.getBytes(StandardCharsets.UTF_8)));
  }

  private static Multipart parse(String report) throws IOException {
    return (Multipart) message(report).getBody();
  }

  private static String text(Multipart parts, int index) throws IOException {
    SingleBody body = (SingleBody) parts.getBodyParts().get(index).getBody();
    assertThat(body).isInstanceOf(TextBody.class);
    return new String(body.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
