package org.posthorn.message.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.message.report.BounceReader.Kind;
import org.posthorn.message.report.BounceReader.Said;

class BounceReaderTest {
  @Test
  void readsADeliveryStatus() {
    List<Said> said =
        status(
            """
            Reporting-MTA: dns; mx.example.net
            Arrival-Date: Fri, 27 Nov 2026 12:00:00 +0000

            Original-Recipient: rfc822;ann@example.net
            Final-Recipient: RFC822; ann@mbox.example.net
            ACTION: Failed
            Status: 5.1.1 (no such user)
            Diagnostic-Code: smtp; 550 5.1.1 <ann@mbox.example.net>:
             no such user

            Final-Recipient: rfc822; bob@example.net
            Action: delayed
            Status: 4.4.1

            Final-Recipient: rfc822; carl@example.net
            Action: failed
            Status: 5.2.2

            Original-Recipient: rfc822; dave@example.net
            Action: failed
            """);

    assertThat(said)
        .containsExactly(
            new Said(
                Optional.of("ann@mbox.example.net"),
                Kind.PERMANENT,
                "5.1.1",
                "550 5.1.1 <ann@mbox.example.net>: no such user"),
            new Said(Optional.of("bob@example.net"), Kind.NONE, "4.4.1", ""),
            new Said(Optional.of("carl@example.net"), Kind.TEMPORARY, "5.2.2", ""),
            new Said(Optional.of("dave@example.net"), Kind.PERMANENT, "5.0.0", ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          550 5.1.1 <ann@example.net>: Recipient address rejected | PERMANENT | 5.1.1
          The mail system said: 452-4.2.2 The email account is over quota | TEMPORARY | 4.2.2
          host mx.example.net said: 554 Blocked | PERMANENT | 5.0.0
          550 5.7.1 Message looks like spam | TEMPORARY | 5.7.1
          Sorry, no such user here | PERMANENT | 5.1.1
          The user ann does not exist | PERMANENT | 5.1.1
          Her mailbox is full at present | TEMPORARY | 5.2.2
          Undeliverable: Mailbox quota exceeded | TEMPORARY | 5.2.2
          The mailbox is unavailable: over quota | TEMPORARY | 5.2.2
          No such user: host not found | PERMANENT | 5.1.2
          Undelivered Mail Returned to Sender | PERMANENT | 5.0.0
          (reason: 5.4.7) too late | TEMPORARY | 5.4.7
          I am on holiday until 27.11.2026, call 555-1234 | NONE | 2.0.0
          See chapter 4.2.1.7 at 10.5.2.2 | NONE | 2.0.0
          Thank you for your message | NONE | 2.0.0
          Version 5.1.2 is out | NONE | 2.0.0
          You find us in 500 Main Street | NONE | 2.0.0
          Remote server said #5.1.2 | PERMANENT | 5.1.2
          500 5.5.2 What do you mean | PERMANENT | 5.5.2
          """)
  void understandsWhatIsSaidInWords(String text, Kind kind, String status) {
    Said said = BounceReader.plainText("Hello\nthis is about your mail.\n" + text + "\nBye\n");
    assertThat(said.kind()).as(text).isEqualTo(kind);
    assertThat(said.status()).isEqualTo(status);
  }

  @Test
  void theKindIsThatOfTheStatus() {
    assertThat(BounceReader.kind("5.1.1")).isEqualTo(Kind.PERMANENT);
    assertThat(BounceReader.kind("4.4.1")).isEqualTo(Kind.TEMPORARY);
    assertThat(BounceReader.kind("2.0.0")).isEqualTo(Kind.NONE);
  }

  /// Whatever strangers send: no exception, and no long thinking.
  @Test
  void nothingThrowsOrTakesLong() {
    var random = new Random(20_261_127);
    List<String> pieces =
        List.of(
            "Action:",
            "failed",
            "\n",
            "\r\n\r\n",
            " ",
            "\t",
            "Status: 5.1.1",
            "5.",
            "550 ",
            ";",
            "Final-Recipient: rfc822;",
            "ann@example.net",
            "mailbox ",
            "full",
            "\0",
            "é",
            "user ",
            "user unknown",
            ":",
            "quota");
    long begin = System.nanoTime();
    for (int i = 0; i < 3_000; i++) {
      var text = new StringBuilder();
      for (int left = random.nextInt(200); left > 0; left--) {
        text.append(pieces.get(random.nextInt(pieces.size())));
      }
      byte[] bytes = text.toString().getBytes(UTF_8);
      if (bytes.length > 0) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      assertThat(BounceReader.deliveryStatus(bytes)).allMatch(said -> said.text().length() <= 300);
      assertThat(BounceReader.plainText(new String(bytes, UTF_8))).isNotNull();
    }
    for (String hostile :
        List.of("user ", "mailbox", "quota ", "1.1.", "5.1.", " \n\t", "a:b\n\n", "user x ")) {
      String much = hostile.repeat(1_000_000 / hostile.length());
      var _ = BounceReader.plainText(much);
      var _ = BounceReader.deliveryStatus(much.getBytes(UTF_8));
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
  }

  private static List<Said> status(String text) {
    return BounceReader.deliveryStatus(text.replace("\n", "\r\n").getBytes(UTF_8));
  }
}
