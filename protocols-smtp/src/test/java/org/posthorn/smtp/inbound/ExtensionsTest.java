package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.queue.Wishes;

/// The rarer extensions: what is offered to whom, and what the queue is told.
class ExtensionsTest {
  private static final String TAKEN =
      """
      C: RCPT TO:<bob@example.org>
      S: 250 2.1.5 Recipient ok
      C: DATA
      S: 354 Go ahead, and end with a dot on a line of its own
      C: From: ann@example.org
      C:
      C: text
      C: .
      S: ~250 2\\.0\\.0 Accepted as .+
      """;
  private static final String HELLO =
      """
      S: 220 mx.example.org ESMTP Posthorn
      C: EHLO client.example
      S: ...
      S: 250 HELP
      """;
  private static final String LOGGED_IN =
      HELLO
          + """
          C: AUTH PLAIN %s
          S: 235 2.7.0 Welcome
          """
              .formatted(SubmissionTest.plain("ann@example.org", SmtpHouse.PASSWORD));

  private final SmtpHouse house = new SmtpHouse(8192);

  @AfterEach
  void close() {
    house.close();
  }

  /// RFC 4865, RFC 2852, RFC 6710 §4.1.
  @Test
  void tellsTheQueueWhatAUserAsksFor() {
    Instant before = Instant.now();
    house.play(
        Role.SUBMISSION,
        LOGGED_IN
            + """
            C: MAIL FROM:<ann@example.org> HOLDFOR=3600 MT-PRIORITY=5 BY=7200;RT
            S: 250 2.1.0 Sender ok
            """
            + TAKEN);
    SmtpHouse.Taken mail = house.onlyMail();
    Wishes wishes = mail.arrival().wishes();
    assertThat(wishes.priority()).isEqualTo(5);
    assertThat(wishes.holdUntil().orElseThrow())
        .isBetween(before.plusSeconds(3599), Instant.now().plusSeconds(3601));
    Wishes.DeliverBy by = wishes.deliverBy().orElseThrow();
    assertThat(by.returned()).isTrue();
    assertThat(by.traced()).isTrue();
    assertThat(by.at()).isBetween(before.plusSeconds(7199), Instant.now().plusSeconds(7201));
    assertThat(mail.prefix()).contains("\r\n\tPRIORITY 5;\r\n");
    assertThat(house.dues()).allMatch(due -> due.isAfter(before.plusSeconds(3000)));
  }

  @Test
  void holdsNoMailForLongerThanItSays() {
    house.play(
        Role.SUBMISSION,
        LOGGED_IN
            + """
            C: MAIL FROM:<ann@example.org> HOLDFOR=2592001
            S: 501 5.5.4 Mail is held for at most 2592000 s
            C: MAIL FROM:<ann@example.org> HOLDUNTIL=2999-01-01T00:00:00Z
            S: 501 5.5.4 Mail is held for at most 2592000 s
            C: MAIL FROM:<ann@example.org> HOLDUNTIL=2001-01-01T00:00:00Z
            S: 250 2.1.0 Sender ok
            """
            + TAKEN);
    assertThat(house.onlyMail().arrival().wishes()).isEqualTo(Wishes.NONE);
  }

  /// Its time would be over before it sets out (RFC 2852, RFC 4865).
  @Test
  void holdsNoMailBeyondTheTimeItIsToBeDeliveredBy() {
    house.play(
        Role.SUBMISSION,
        LOGGED_IN
            + """
            C: MAIL FROM:<ann@example.org> BY=30;R HOLDFOR=30
            S: 501 5.5.4 The time to deliver it by is over before it sets out
            C: MAIL FROM:<ann@example.org> HOLDFOR=60 BY=30;N
            S: 501 5.5.4 The time to deliver it by is over before it sets out
            C: MAIL FROM:<ann@example.org> HOLDFOR=60 BY=-30;N
            S: 501 5.5.4 The time to deliver it by is over before it sets out
            C: MAIL FROM:<ann@example.org> HOLDUNTIL=2001-01-01T00:00:00Z BY=30;R
            S: 250 2.1.0 Sender ok
            C: RSET
            S: 250 2.0.0 Forgotten
            C: MAIL FROM:<ann@example.org> HOLDFOR=60 BY=61;R
            S: 250 2.1.0 Sender ok
            """);
  }

  @Test
  void refusesWhatItDoesNotOffer() {
    house.play(
        Role.MX,
        HELLO
            + """
            C: MAIL FROM:<x@example.net> HOLDFOR=60
            S: 555 5.5.4 Parameter not offered here
            C: MAIL FROM:<x@example.net> REQUIRETLS
            S: 555 5.5.4 Parameter not offered here
            C: XCLIENT ADDR=192.0.2.1
            S: 500 5.5.1 Command not recognized
            """);
  }

  /// RFC 6710 §4.1.
  @Test
  void letsNoStrangerBeMoreUrgentThanOthers() {
    house.play(
        Role.MX,
        HELLO
            + """
            C: MAIL FROM:<x@example.net> MT-PRIORITY=7
            S: 250 2.3.6 0 is the priority, for you are a stranger
            C: RSET
            S: 250 2.0.0 Forgotten
            C: MAIL FROM:<x@example.net> MT-PRIORITY=-7
            S: 250 2.1.0 Sender ok
            """
            + TAKEN);
    assertThat(house.onlyMail().arrival().wishes().priority()).isEqualTo(-7);
  }

  /// RFC 8689 §2, §4.1.
  @Test
  void keepsInMindThatTlsIsRequired() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: STARTTLS
        S: 220 2.0.0 Go ahead
        -- tls
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<x@example.net> REQUIRETLS
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<bob@example.org>
        S: 250 2.1.5 Recipient ok
        C: DATA
        S: 354 Go ahead, and end with a dot on a line of its own
        C: TLS-Required: No
        C:
        C: .
        S: ~250 2\\.0\\.0 Accepted as .+
        """);
    assertThat(house.onlyMail().arrival().wishes().tls()).isEqualTo(Wishes.Tls.REQUIRED);
  }

  /// RFC 8689 §3.
  @Test
  void keepsInMindThatTlsIsNotRequired() {
    house.play(
        Role.MX,
        HELLO
            + """
            C: MAIL FROM:<x@example.net>
            S: 250 2.1.0 Sender ok
            C: RCPT TO:<bob@example.org>
            S: 250 2.1.5 Recipient ok
            C: DATA
            S: 354 Go ahead, and end with a dot on a line of its own
            C: tls-required: NO
            C:
            C: .
            S: ~250 2\\.0\\.0 Accepted as .+
            """);
    assertThat(house.onlyMail().arrival().wishes().tls()).isEqualTo(Wishes.Tls.OPTIONAL);
  }

  /// RFC 5321 §3.5.
  @Test
  void tellsUsersWhoIsHere() {
    house.play(
        Role.SUBMISSION,
        LOGGED_IN
            + """
            C: VRFY <bob@example.org>
            S: 250 2.1.5 <bob@example.org>
            C: VRFY bob
            S: 250 2.1.5 <bob@example.org>
            C: VRFY nobody@example.org
            S: 550 5.1.1 No such user here
            C: VRFY gone@example.org
            S: 550 5.2.1 This mailbox takes no mail at present
            C: VRFY x@example.net
            S: 252 2.1.5 Send some mail, we will see
            C: EXPN staff@example.org
            S: 250-2.1.5 <ann@example.org>
            S: 250 2.1.5 <bob@example.org>
            C: VRFY jürgen@example.org
            S: 252 2.6.8 Ask with SMTPUTF8 to see it, or send some mail
            C: VRFY jürgen@example.org SMTPUTF8
            S: ~250 2\\.1\\.5 <j.+rgen@example\\.org>
            C: VRFY bob SMTPUTF8
            S: 250 2.1.5 <bob@example.org>
            C: EXPN bob@example.org
            S: 550 5.1.1 There is no such list here
            """);
  }

  /// RFC 6758: what a server between could not say with MT-PRIORITY.
  @Test
  void readsThePriorityInTheHeaderOfWhomItKnows() {
    var friends = new InboundExtensions(Duration.ZERO, false, List.of(), List.of("127.0.0.0/8"));
    String hello = HELLO + "C: MAIL FROM:<x@example.net>%s\nS: 250 2.1.0 Sender ok\n";
    String six = TAKEN.replace("C: From:", "C: MT-Priority: 6 (urgent)\nC: From:");
    house.withExtensions(friends).play(Role.MX, hello.formatted("") + six);
    house.withExtensions(friends).play(Role.MX, hello.formatted(" MT-PRIORITY=-2") + six);
    house
        .withExtensions(friends)
        .play(
            Role.MX, hello.formatted("") + six.replace("C: From:", "C: MT-Priority: 9\nC: From:"));
    house.play(Role.MX, hello.formatted("") + six);
    List<SmtpHouse.Taken> mails = house.mails();
    assertThat(mails.stream().map(mail -> mail.arrival().wishes().priority()))
        .containsExactlyInAnyOrder(6, -2, 0, 0);
    // Where it does not count it does not go on.
    assertThat(mails)
        .allMatch(mail ->
            mail.text().contains("MT-Priority") == (mail.arrival().wishes().priority() == 6));
    assertThat(mails).allMatch(mail -> mail.text().contains("From: ann@example.org\r\n"));
  }
}
