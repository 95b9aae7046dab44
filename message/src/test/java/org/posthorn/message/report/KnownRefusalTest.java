package org.posthorn.message.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KnownRefusalTest {
  /// Replies as servers of these kinds give them.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          5.7.30 mx.b.example does not know REQUIRETLS, and the sender requires it | RFC 8689
          4.4.2 Lost the connection to mx.b.example after the end of the text, so it may have arrived: said nothing for 600 seconds | arrive once for each try
          Gave up after 5 days: Lost the connection to mx.b.example after the end of the text, so it may have arrived: Connection reset | arrive once for each try
          4.4.2 Lost the connection to mx.b.example at RCPT: The server closed the connection | filter there that hangs up
          4.3.2 421 4.3.2 too busy | tried again by itself
          421 Service not available, closing transmission channel | tried again by itself
          5.6.3 127.0.0.1 knows no 8BITMIME, and the message is signed | smarthost
          5.6.3 127.0.0.1 knows no 8BITMIME, and the message has too many parts | smarthost
          4.7.5 The MTA-STS policy of b.example does not name its mail server mx.c.example | static-routes
          4.7.5 TLS failed: The certificate is not what the TLSA records name; the recipient's domain requires it by DANE | DNSSEC
          421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP | Google slows
          550-5.7.26 This mail has been blocked because the sender is unauthenticated. | SPF or DKIM
          550 5.7.25 The IP address sending this message does not have a PTR record setup | reverse DNS
          550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. part of their network is on our block list (S3140) | Microsoft has blocked
          451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation. (S775) | Microsoft slows
          550 5.4.1 Recipient address rejected: Access denied. AS(201806281) | no such user
          421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints | Yahoo slows
          554 IP=192.0.2.1 - A problem occurred. Ask your postmaster for help or to contact tobr@rx.t-online.de to clarify. | T-Online
          554-mx.gmx.example (mxgmx) Nemesis ESMTP Service not available | GMX
          554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org | list
          450 4.2.0 <a@b.example>: Recipient address rejected: Greylisted, see http://postgrey.example | next try
          504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname | hello-name
          550 5.7.1 rejected by DMARC policy for example.org | DMARC
          550 5.7.23 SPF validation failed | SPF
          554 5.7.1 <a@b.example>: Relay access denied | MX record
          550 5.1.1 <a@b.example>: Recipient address rejected: User unknown in virtual mailbox table | no such user
          552 5.2.2 The email account that you tried to reach is over quota | room
          452 4.3.1 Insufficient system storage | disk
          452 Insufficient system resources (UsedDiskSpace[C]) | disk
          452 4.3.1 Mailbox full | recipient has to make room
          552 5.3.4 Message size exceeds fixed limit | SIZE
          554 5.7.1 Message rejected as spam by Content Filtering. | filter
          """)
  void saysWhatToDo(String answer, String words) {
    assertThat(KnownRefusal.in(answer).orElseThrow().forAdministrator()).contains(words);
  }

  @Test
  void doesNotPretendToKnow() {
    assertThat(KnownRefusal.in("451 4.3.0 Internal error")).isEmpty();
    assertThat(KnownRefusal.in("")).isEmpty();
    assertThat(KnownRefusal.in("451 4.3.0 Sorry: Lost the connection to the database")).isEmpty();
    assertThat(KnownRefusal.in("4.3.0 451 Lost the connection to the database")).isEmpty();
    // Where it was lost was not noted before: it may have been behind the end of the text.
    assertThat(KnownRefusal.in("Lost the connection to mx.b.example: Connection reset")).isEmpty();
  }

  @Test
  void isNotSlowedDownByAnyText() {
    var random = new Random(5);
    String alphabet = "exceeded quota size mailbox not found ";
    for (int i = 0; i < 200; i++) {
      var text = new StringBuilder();
      while (text.length() < 20_000) {
        int start = random.nextInt(alphabet.length());
        text.append(alphabet, start, start + random.nextInt(alphabet.length() - start));
      }
      assertThatCode(() -> KnownRefusal.in(text.toString())).doesNotThrowAnyException();
    }
  }
}
