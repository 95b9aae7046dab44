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
          4.7.5 TLS failed: no authority that is trusted here vouches for its certificate; the operator requires it of this server | outbound.trust.authorities-file
          4.7.5 TLS failed: No subject alternative DNS name matching localhost found.; the operator requires it of this server | another name
          4.7.5 TLS failed: its certificate has expired; the operator requires it of this server | renew
          4.7.5 TLS failed: Unsupported or unrecognized SSL message; the operator requires it of this server | tls: starttls
          4.7.5 TLS failed: 454 no TLS today; the operator requires it of this server | on its side
          4.7.5 TLS failed: no TLS over a socket of this machine; the operator requires it of this server | tls: none
          4.7.5 TLS failed: Received fatal alert: handshake_failure | openssl s_client
          4.7.4 localhost does not offer STARTTLS; the operator requires it of this server | 465
          4.7.4 127.0.0.1 does not offer STARTTLS | 465
          4.7.4 mx.b.example does not offer STARTTLS; the MTA-STS policy of the recipient's domain requires it | static-routes
          4.7.4 mx.b.example does not offer STARTTLS; the recipient's domain requires it by DANE | DNSSEC
          5.7.10 127.0.0.1: 127.0.0.1 does not offer STARTTLS; the sender requires it (REQUIRETLS) | RFC 8689
          4.7.4 smart.example offers neither AUTH PLAIN nor LOGIN | login
          4.7.8 Login failed: 535 5.7.8 Wrong | outbound.credentials
          4.7.8 Login failed: 454 4.7.0 Temporary authentication failure | tried again by itself
          4.7.0 It wants a login, another one, or TLS: 530 5.7.0 Log in first | outbound.credentials
          4.7.1 It takes no mail from this server: 554 5.7.1 Go away | its operator
          4.7.1 It takes no mail from this server: 554 5.7.1 blocked using zen.spamhaus.org | list
          4.5.0 It answered out of turn: 250 2.1.5 ok | firewall
          4.4.2 Lost the connection to mx.b.example at RCPT: The server does not speak SMTP | no mail server
          4.4.2 Lost the connection to mx.b.example at EHLO: The server's line has no end | no mail server
          5.3.3 mx.b.example does not know DELIVERBY, and the sender sets a time limit | RFC 2852
          5.6.7 mx.b.example does not know international addresses and headers | SMTPUTF8
          5.3.4 mx.b.example takes no messages over 1000 bytes | SIZE
          Gave up after 5 days: TLS failed: its certificate has expired; the operator requires it of this server | renew
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

  /// What we say where no server was asked: a server that says the like means something else.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          4.4.2 Lost the connection to smart.example [192.0.2.1]:465 at the greeting: it said nothing for 300 s | tls: implicit
          4.4.2 Lost the connection to smart.example [192.0.2.1]:80 at the greeting: The server does not speak SMTP | no mail server
          4.4.1 Could not connect to mx.b.example [192.0.2.1]:25: nothing can set out from 192.0.2.9 (source-addresses): Cannot assign requested address | source-addresses
          4.3.5 The configuration has no credentials 'provider' | outbound.credentials.NAME
          4.7.5 The MTA-STS policy of b.example does not name its mail server mx.c.example | static-routes
          5.7.10 Neither DNSSEC nor an MTA-STS policy of b.example says that mx.c.example is its mail server, and the sender requires TLS | RFC 8689
          4.4.3 DANE: the signed DNS of b.example does not name the server mx.c.example | in between
          4.4.3 DANE: no DNS server answered for b.example | outbound.trust.dnssec
          4.4.3 DANE: the DNS could not answer for b.example, or what it says is not signed as it must be | outbound.trust.dnssec
          4.4.3 The mail server smart.example does not exist | slip
          5.4.4 The mail server mx.b.example has no address | slip
          5.4.4 The mail server mx.b.example has only addresses inside a private network | allow-private-destinations
          5.4.6 The best mail server of b.example is this server, so there is no other to send its mail to | posthorn domain add
          5.1.2 There is no domain b.example | slip
          5.1.2 The domain b.example has no mail server | slip
          5.1.10 The domain b.example accepts no mail (null MX) | RFC 7505
          5.7.1 This server does not send mail there | to: refuse
          4.4.4 The routes have changed: it goes another way next time | Nothing to do
          4.3.0 Internal error: java.lang.IllegalStateException: gone | log
          4.3.0 The carrier gave no answer | log
          """)
  void saysWhatToDoWhereNobodyWasAsked(String answer, String words) {
    KnownRefusal known = KnownRefusal.ofOurs(answer).orElseThrow();
    assertThat(known.meaning()).isNotEmpty();
    assertThat(known.forAdministrator()).contains(words);
  }

  @Test
  void takesWhatAServerSaysForNothingOfOurs() {
    assertThat(KnownRefusal.ofOurs("550 5.1.1 User unknown")).isEmpty();
    assertThat(KnownRefusal.ofOurs("5.1.1 550 5.1.1 There is no domain b.example")).isEmpty();
    assertThat(
            KnownRefusal.in(
                    "4.4.2 Lost the connection to b at RCPT: The server does not speak SMTP")
                .orElseThrow()
                .meaning())
        .doesNotContain("broke off");
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
