package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Recipient.Notify;
import org.posthorn.message.MailAddress;

/// The port for other servers. Everything also arrives one byte at a time.
@ParameterizedClass
@ValueSource(ints = {8192, 1})
class MxTest {
  private final SmtpHouse house;

  MxTest(int bufferBytes) {
    this.house = new SmtpHouse(bufferBytes);
  }

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void saysWhatItCan() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
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
        S: 250-STARTTLS
        S: 250 HELP
        C: HELO client.example
        S: 250 mx.example.org
        C: LHLO client.example
        S: 500 5.5.1 This is not LMTP: EHLO
        C: QUIT
        S: 221 2.0.0 Bye
        -- closed
        """);
  }

  /// RFC 5321 §3.3, §4.4, §6.1.
  @Test
  void takesAMessage() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<bob@example.net> SIZE=40 BODY=8BITMIME
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<ann@example.org>
        S: 250 2.1.5 Recipient ok
        C: DATA
        S: 354 Go ahead, and end with a dot on a line of its own
        C: Subject: Hi
        C:
        C: Line
        C: ..with a dot
        C: .
        S: ~250 2\\.0\\.0 Accepted as [0-9a-z]+
        C: QUIT
        S: 221 2.0.0 Bye
        """);
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.sender()).contains(MailAddress.of("bob@example.net"));
    assertThat(mail.recipients()).containsExactly(Recipient.of(MailAddress.of("ann@example.org")));
    assertThat(mail.text()).isEqualTo("Subject: Hi\r\n\r\nLine\r\n.with a dot\r\n");
    assertThat(mail.prefix())
        .matches(
            """
            Received: from client\\.example \\(\\[127\\.0\\.0\\.1]\\)\r
            \tby mx\\.example\\.org with ESMTP id [0-9a-v]{16}\r
            \tfor <ann@example\\.org>;\r
            \t\\w{3}, \\d+ \\w{3} \\d{4} [0-9:]{8} \\+0000\r
            """);
    assertThat(mail.arrival().protocol()).isEqualTo("ESMTP");
    assertThat(mail.arrival().helo()).isEqualTo("client.example");
    assertThat(mail.arrival().eightBit()).isTrue();
    assertThat(mail.arrival().login()).isEmpty();
  }

  @Test
  void takesABounceFromAClientOfOldWays() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: HELO client.example
        S: 250 mx.example.org
        C: MAIL FROM:<>
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<ann@example.org>
        S: 250 2.1.5 Recipient ok
        C: DATA
        S: 354 Go ahead, and end with a dot on a line of its own
        C: Subject: Sorry
        C:
        C: .
        S: ~250 2\\.0\\.0 Accepted as .+
        """);
    assertThat(house.onlyMail().sender()).isEmpty();
    assertThat(house.onlyMail().prefix()).contains(" with SMTP id ");
  }

  /// RFC 2920 §3.2.
  @Test
  void answersCommandsThatComeTogether() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<ann@example.org>
        C: RCPT TO:<nobody@example.org>
        C: DATA
        S: ...
        S: 250 HELP
        S: 250 2.1.0 Sender ok
        S: 250 2.1.5 Recipient ok
        S: 550 5.1.1 No such user here
        S: 354 Go ahead, and end with a dot on a line of its own
        C: text
        C: .
        C: MAIL FROM:<bob@example.net>
        C: RSET
        C: QUIT
        S: ~250 2\\.0\\.0 Accepted as .+
        S: 250 2.1.0 Sender ok
        S: 250 2.0.0 Forgotten
        S: 221 2.0.0 Bye
        """);
    assertThat(house.onlyMail().recipients()).hasSize(1);
  }

  @Test
  void insistsOnTheOrderOfCommands() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: MAIL FROM:<bob@example.net>
        S: 503 5.5.1 Say hello first
        C: RCPT TO:<ann@example.org>
        S: 503 5.5.1 Send MAIL first
        C: DATA
        S: 503 5.5.1 No recipients
        C: RSET
        S: 250 2.0.0 Forgotten
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: RCPT TO:<ann@example.org>
        S: 503 5.5.1 Send MAIL first
        C: MAIL FROM:<bob@example.net>
        S: 250 2.1.0 Sender ok
        C: DATA
        S: 503 5.5.1 No recipients
        C: MAIL FROM:<bob@example.net>
        S: 503 5.5.1 One at a time
        C: RCPT TO:<ann@example.org>
        S: 250 2.1.5 Recipient ok
        C: RSET
        S: 250 2.0.0 Forgotten
        C: DATA
        S: 503 5.5.1 No recipients
        C: MAIL FROM:<bob@example.net>
        S: 250 2.1.0 Sender ok
        C: EHLO again.example
        S: ...
        S: 250 HELP
        C: RCPT TO:<ann@example.org>
        S: 503 5.5.1 Send MAIL first
        """);
    assertThat(house.mails()).isEmpty();
  }

  @Test
  void answersTheSmallCommands() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: NOOP
        S: 250 2.0.0 Done
        C: VRFY nosuchuser
        S: 252 2.1.5 Send some mail, we will see
        C: EXPN staff
        S: 502 5.5.1 We do not tell
        C: HELP
        S: 214 2.0.0 RFC 5321 tells what can be said here
        C: TURN
        S: 500 5.5.1 Command not recognized
        C: XCLIENT ADDR=10.0.0.1 LOGIN=admin
        S: 500 5.5.1 Command not recognized
        C: AUTH PLAIN AHg=
        S: 502 5.5.1 Nobody logs in here
        """);
  }

  @Test
  void knowsItsUsers() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<bob@example.net> SIZE=5000
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<ANN@Example.ORG>
        S: 250 2.1.5 Recipient ok
        C: RCPT TO:<ann+lists@example.org>
        S: 250 2.1.5 Recipient ok
        C: RCPT TO:<staff@example.org>
        S: 250 2.1.5 Recipient ok
        C: RCPT TO:<@relay.example,@example.org:ann@example.org>
        S: 250 2.1.5 Recipient ok
        C: RCPT TO:<nobody@example.org>
        S: 550 5.1.1 No such user here
        C: RCPT TO:<gone@example.org>
        S: 450 4.2.1 This mailbox takes no mail at present
        C: RCPT TO:<full@example.org>
        S: 452 4.2.2 This mailbox is full
        """);
  }

  @Test
  void relaysForNobody() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<ann@example.org>
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<x@remote.invalid>
        S: 550 5.7.1 We do not relay for strangers
        C: RCPT TO:<x%remote.invalid@example.org>
        S: 550 5.1.1 No such user here
        C: RCPT TO:<"x@remote.invalid"@example.org>
        S: 550 5.1.1 No such user here
        C: RCPT TO:<remote.invalid!x@example.org>
        S: 550 5.1.1 No such user here
        C: RCPT TO:<@example.org:x@remote.invalid>
        S: 550 5.7.1 We do not relay for strangers
        C: RCPT TO:<x@example.org@remote.invalid>
        S: 501 5.1.3 Recipient address does not parse
        C: RCPT TO:<x@[192.0.2.1]>
        S: 550 5.7.1 We do not relay for strangers
        C: RCPT TO:<x@[IPv6:2001:db8::1]>
        S: 550 5.7.1 We do not relay for strangers
        C: RCPT TO:<"x@remote.invalid">
        S: 501 5.1.3 Recipient address does not parse
        C: RCPT TO:<x@remote.invalid%example.org>
        S: 501 5.1.3 Recipient address does not parse
        C: RCPT TO:<@remote.invalid,@example.org:x@other.invalid>
        S: 550 5.7.1 We do not relay for strangers
        C: RCPT TO:<x@>
        S: 501 5.1.3 Recipient address does not parse
        C: RCPT TO:<@example.org>
        S: 501 5.1.3 Recipient address does not parse
        C: RCPT TO:x@remote.invalid
        S: 501 5.1.3 Recipient address does not parse
        """);
  }

  /// RFC 5321 §4.5.1.
  @Test
  void findsThePostmaster() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<Postmaster>
        C: RCPT TO:<postmaster@example.org>
        C: DATA
        S: ...
        S: 250 HELP
        S: 250 2.1.0 Sender ok
        S: 250 2.1.5 Recipient ok
        S: 250 2.1.5 Recipient ok
        S: 354 Go ahead, and end with a dot on a line of its own
        C: .
        S: ~250 2\\.0\\.0 Accepted as .+
        """);
    assertThat(house.onlyMail().recipients())
        .containsExactly(Recipient.of(MailAddress.of("ann@example.org")));
  }

  @Test
  void refusesAnAliasThatLeadsNowhere() {
    house
        .rooms()
        .directory()
        .createAlias(
            MailAddress.of("old@example.org"), List.of(MailAddress.of("left@example.org")));
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<old@example.org>
        S: ...
        S: 250 HELP
        S: 250 2.1.0 Sender ok
        S: 550 5.1.1 No such user here
        """);
  }

  /// RFC 5321 §4.5.1: also where nobody configured one, as long as a domain has one.
  @Test
  void findsThePostmasterOfADomain() {
    MailAddress postmaster = MailAddress.of("postmaster@example.org");
    String conversation =
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<Postmaster>
        S: ...
        S: 250 HELP
        S: 250 2.1.0 Sender ok
        S: %s
        """;
    SmtpHouse without = house.withoutPostmaster();
    without.play(Role.MX, conversation.formatted("550 5.1.1 No such user here"));
    house.rooms().directory().createAlias(postmaster, List.of(MailAddress.of("ann@example.org")));
    without.play(Role.MX, conversation.formatted("250 2.1.5 Recipient ok"));
  }

  @Test
  void servesARecipientOnceHoweverOftenItIsNamed() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<ann@example.org>
        C: RCPT TO:<Ann@EXAMPLE.org>
        C: RCPT TO:<staff@example.org>
        C: DATA
        S: ...
        S: 250 HELP
        S: 250 2.1.0 Sender ok
        S: 250 2.1.5 Recipient ok
        S: 250 2.1.5 Recipient ok
        S: 250 2.1.5 Recipient ok
        S: 354 Go ahead, and end with a dot on a line of its own
        C: .
        S: ~250 2\\.0\\.0 Accepted as .+
        """);
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.recipients())
        .extracting(Recipient::address)
        .containsExactlyInAnyOrder(
            MailAddress.of("ann@example.org"), MailAddress.of("staff@example.org"));
    assertThat(mail.prefix()).doesNotContain("for <");
  }

  /// RFC 3461 §4.
  @Test
  void keepsWhatTheSenderWantsToKnow() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        C: MAIL FROM:<bob@example.net> RET=HDRS ENVID=QQ+2B1
        C: RCPT TO:<ann@example.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Old+2BAnn@example.com
        C: RCPT TO:<ann@example.org> ORCPT=rfc822;a+0D+0AX-Evil:+20yes
        C: DATA
        S: ...
        S: 250 HELP
        S: 250 2.1.0 Sender ok
        S: 250 2.1.5 Recipient ok
        S: 501 5.5.4 Parameter has a bad value
        S: 354 Go ahead, and end with a dot on a line of its own
        C: .
        S: ~250 2\\.0\\.0 Accepted as .+
        """);
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.recipients())
        .containsExactly(
            new Recipient(
                MailAddress.of("ann@example.org"),
                Optional.of("rfc822;Old+Ann@example.com"),
                Set.of(Notify.SUCCESS, Notify.FAILURE)));
    assertThat(mail.arrival().envelopeId()).contains("QQ+1");
    assertThat(mail.arrival().returnFull()).contains(false);
  }

  /// RFC 6531 §3.5, §4.3.
  @Test
  void takesUtf8AddressesWhereTheClientSaysSo() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<ü@example.net>
        S: 550 5.6.7 This sender needs SMTPUTF8
        C: MAIL FROM:<\\xff\\xfe@example.net> SMTPUTF8
        S: 500 5.5.2 Command is not UTF-8
        C: MAIL FROM:<bob@example.net>
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<jürgen@example.org>
        S: 553 5.6.7 This recipient needs SMTPUTF8
        C: RSET
        S: 250 2.0.0 Forgotten
        C: MAIL FROM:<ü@exämple.net> SMTPUTF8
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<jürgen@example.org>
        S: 250 2.1.5 Recipient ok
        C: DATA
        S: 354 Go ahead, and end with a dot on a line of its own
        C: Subject: Grüße
        C: .
        S: ~250 2\\.0\\.0 Accepted as .+
        """);
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.arrival().smtpUtf8()).isTrue();
    assertThat(mail.prefix()).contains(" with UTF8SMTP id ").contains("for <jürgen@example.org>");
    assertThat(mail.text()).isEqualTo("Subject: Grüße\r\n");
  }

  /// RFC 8601 §5.
  @Test
  void cutsOutForgedResults() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<ann@example.org>
        C: DATA
        S: ...
        S: 354 Go ahead, and end with a dot on a line of its own
        C: Return-Path: <evil@example.net>
        C: Authentication-Results: EXAMPLE.org; dmarc=pass header.from=bank.example
        C: Authentication-Results: mx.example.org; dmarc=pass
        C: Authentication-Results: elsewhere.example; dmarc=pass
        C: Subject: forged
        C:
        C: Authentication-Results: mx.example.org; dmarc=pass
        C: .
        S: ~250 2\\.0\\.0 Accepted as .+
        """);
    assertThat(house.onlyMail().text())
        .isEqualTo(
            """
            Authentication-Results: elsewhere.example; dmarc=pass\r
            Subject: forged\r
            \r
            Authentication-Results: mx.example.org; dmarc=pass\r
            """);
  }

  /// Our lines are a header, so what was none must not become one with them.
  @Test
  void setsATextWithoutAHeaderApart() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<ann@example.org>
        C: DATA
        S: ...
        S: 354 Go ahead, and end with a dot on a line of its own
        C: just text
        C: .
        S: ~250 2\\.0\\.0 Accepted as .+
        """);
    assertThat(house.onlyMail().prefix()).endsWith("+0000\r\n\r\n");
  }

  /// Nothing of a message that breaks off is kept.
  @Test
  void forgetsAMessageThatBreaksOff() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<ann@example.org>
        C: DATA
        S: ...
        S: 354 Go ahead, and end with a dot on a line of its own
        C: Subject: Hi
        C- .
        -- end
        -- closed
        """);
    assertThat(house.mails()).isEmpty();
  }
}
