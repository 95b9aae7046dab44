package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 3207. Everything also arrives one byte at a time.
@ParameterizedClass
@ValueSource(ints = {8192, 1})
class StartTlsTest {
  private final SmtpHouse house;

  StartTlsTest(int bufferBytes) {
    this.house = new SmtpHouse(bufferBytes);
  }

  @AfterEach
  void close() {
    house.close();
  }

  /// §4.2: what came before counts for nothing, and so does what came with it.
  @Test
  void forgetsWhatWasSaidInPlainText() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        C: MAIL FROM:<bob@example.net>
        S: ...
        S: 250 2.1.0 Sender ok
        C: STARTTLS
        S: 220 2.0.0 Go ahead
        -- tls
        C: RCPT TO:<ann@example.org>
        S: 503 5.5.1 Send MAIL first
        C: MAIL FROM:<bob@example.net>
        S: 503 5.5.1 Say hello first
        C: EHLO client.example
        S: 250-mx.example.org
        S: 250-PIPELINING
        S: 250-SIZE 52428800
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250-ENHANCEDSTATUSCODES
        S: 250-CHUNKING
        S: 250-BINARYMIME
        S: 250-DSN
        S: 250-DELIVERBY
        S: 250-MT-PRIORITY
        S: 250-LIMITS MAILMAX=10000 RCPTMAX=1000
        S: 250-REQUIRETLS
        S: 250 HELP
        C: STARTTLS
        S: 503 5.5.1 TLS is on already
        C: MAIL FROM:<bob@example.net>
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<ann@example.org>
        S: 250 2.1.5 Recipient ok
        C: DATA
        S: 354 Go ahead, and end with a dot on a line of its own
        C: .
        S: ~250 2\\.0\\.0 Accepted as .+
        """);
    assertThat(house.onlyMail().prefix()).contains(" with ESMTPS id ");
  }

  /// RFC 4954 §4: a ticket may be as long as that.
  @Test
  void forgetsThatNobodyHadToLogInAnyMore() {
    house.play(
        Role.SUBMISSION,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: AUTH PLAIN %s
        S: 235 2.7.0 Welcome
        C: STARTTLS
        S: 220 2.0.0 Go ahead
        -- tls
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: AUTH PLAIN %s
        S: 501 5.5.2 PLAIN takes UTF-8, a login and a password
        """
            .formatted(
                SubmissionTest.plain("ann@example.org", SmtpHouse.PASSWORD),
                SubmissionTest.plain("ann@example.org", "x".repeat(3_000))));
  }

  @Test
  void takesNoParameter() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: STARTTLS extra
        S: 501 5.5.4 No parameters expected
        """);
  }

  @Test
  void worksForLmtpToo() {
    house.play(
        Role.LMTP,
        """
        S: 220 mx.example.org LMTP Posthorn
        C: LHLO client.example
        S: ...
        S: 250-STARTTLS
        S: 250 HELP
        C: STARTTLS
        S: 220 2.0.0 Go ahead
        -- tls
        C: LHLO client.example
        S: ...
        S: 250 HELP
        """);
  }
}
