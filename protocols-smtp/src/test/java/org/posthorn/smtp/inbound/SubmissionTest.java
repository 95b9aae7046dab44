package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.message.MailAddress;

/// The port for mail programs (RFC 6409) and logins (RFC 4954). Everything also arrives one byte at
/// a time.
@ParameterizedClass
@ValueSource(ints = {8192, 1})
class SubmissionTest {
  private static final String HELLO =
      """
      S: 220 mx.example.org ESMTP Posthorn
      C: EHLO client.example
      S: ...
      S: 250 HELP
      """;

  private final SmtpHouse house;

  SubmissionTest(int bufferBytes) {
    this.house = new SmtpHouse(bufferBytes);
  }

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void sendsAUsersMailAnywhere() {
    house.play(
        Role.SUBMISSION,
        HELLO
            + """
            C: AUTH PLAIN %s
            S: 235 2.7.0 Welcome
            C: MAIL FROM:<ann@example.org>
            S: 250 2.1.0 Sender ok
            C: RCPT TO:<x@remote.invalid>
            S: 250 2.1.5 Recipient ok
            C: RCPT TO:<bob@example.org>
            S: 250 2.1.5 Recipient ok
            C: RCPT TO:<nobody@example.org>
            S: 550 5.1.1 No such user here
            C: DATA
            S: 354 Go ahead, and end with a dot on a line of its own
            C: From: ann@example.org
            C: Bcc: secret@example.net
            C:
            C: text
            C: .
            S: ~250 2\\.0\\.0 Accepted as .+
            """
                .formatted(plain("ann@example.org", SmtpHouse.PASSWORD)));
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.arrival().login()).contains(MailAddress.of("ann@example.org"));
    assertThat(mail.text()).isEqualTo("From: ann@example.org\r\n\r\ntext\r\n");
    assertThat(mail.prefix())
        .contains(" with ESMTPA id ")
        .containsPattern("\r\nDate: \\w{3}, .* \\+0000\r\n")
        .containsPattern("\r\nMessage-ID: <[0-9a-v]{16}@mx\\.example\\.org>\r\n$");
  }

  /// RFC 3848 §1 has no word for a login without extensions, and AUTH is one: spam filters look
  /// whether the first server knew who sends.
  @Test
  void aLoginBehindHeloIsTold() {
    house.play(
        Role.SUBMISSION,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: HELO printer
        S: 250 mx.example.org
        C: AUTH PLAIN %s
        S: 235 2.7.0 Welcome
        C: MAIL FROM:<ann@example.org>
        C: RCPT TO:<bob@example.org>
        C: DATA
        S: ...
        S: 354 Go ahead, and end with a dot on a line of its own
        C: From: ann@example.org
        C:
        C: text
        C: .
        S: ~250 2\\.0\\.0 Accepted as .+
        """
            .formatted(plain("ann@example.org", SmtpHouse.PASSWORD)));
    assertThat(house.onlyMail().prefix()).contains(" with ESMTPA id ");
  }

  /// Whoever has logged in submits, on whatever port; whoever has not does not.
  @Test
  void doesTheSameOnAPortForServersWhereUsersMayLogIn() {
    SmtpHouse mx = house.withLogins(Role.MX, PlainTextLogins.LOOPBACK);
    for (String login :
        List.of("AUTH PLAIN " + plain("ann@example.org", SmtpHouse.PASSWORD), "NOOP")) {
      mx.play(
          Role.MX,
          """
          S: 220 mx.example.org ESMTP Posthorn
          C: EHLO client.example
          S: ...
          S: 250 HELP
          C: %s
          C: MAIL FROM:<ann@example.org>
          C: RCPT TO:<bob@example.org>
          C: DATA
          S: ...
          S: 354 Go ahead, and end with a dot on a line of its own
          C: From: ann@example.org
          C: Bcc: secret@example.net
          C:
          C: text
          C: .
          S: ~250 2\\.0\\.0 Accepted as .+
          """
              .formatted(login));
    }
    List<SmtpHouse.Taken> mails = mx.mails();
    assertThat(mails)
        .extracting(SmtpHouse.Taken::text)
        .containsExactly(
            "From: ann@example.org\r\n\r\ntext\r\n",
            "From: ann@example.org\r\nBcc: secret@example.net\r\n\r\ntext\r\n");
    assertThat(mails.getFirst().prefix()).contains("\r\nDate: ", "\r\nMessage-ID: <");
    assertThat(mails.getLast().prefix()).doesNotContain("\r\nDate: ");
  }

  /// RFC 6409 §8: what is there stays.
  @Test
  void completesOnlyWhatIsMissing() {
    house.play(
        Role.SUBMISSION,
        HELLO
            + """
            C: AUTH PLAIN %s
            C: MAIL FROM:<ann@example.org>
            C: RCPT TO:<bob@example.org>
            C: DATA
            S: ...
            S: 354 Go ahead, and end with a dot on a line of its own
            C: date: Sun, 22 Nov 2026 10:00:00 +0000
            C: message-id: <x@y>
            C: .
            S: ~250 2\\.0\\.0 Accepted as .+
            """
                .formatted(plain("ann@example.org", SmtpHouse.PASSWORD)));
    assertThat(house.onlyMail().prefix()).doesNotContain("Date:").doesNotContain("Message-ID:");
  }

  @Test
  void wantsALoginFirst() {
    house.play(
        Role.SUBMISSION,
        HELLO
            + """
            C: MAIL FROM:<ann@example.org>
            S: 530 5.7.0 Log in first, over TLS
            C: RCPT TO:<bob@example.org>
            S: 503 5.5.1 Send MAIL first
            """);
  }

  @Test
  void letsNobodyWriteInAnothersName() {
    house.play(
        Role.SUBMISSION,
        HELLO
            + """
            C: AUTH PLAIN %s
            S: 235 2.7.0 Welcome
            C: MAIL FROM:<bob@example.org>
            S: 550 5.7.1 You may not send as this address
            C: MAIL FROM:<ann@example.net>
            S: 550 5.7.1 You may not send as this address
            C: MAIL FROM:<ann+news@example.org>
            S: 250 2.1.0 Sender ok
            C: RSET
            S: 250 2.0.0 Forgotten
            C: MAIL FROM:<staff@example.org>
            S: 250 2.1.0 Sender ok
            C: RSET
            S: 250 2.0.0 Forgotten
            C: MAIL FROM:<>
            S: 250 2.1.0 Sender ok
            """
                .formatted(plain("ann@example.org", SmtpHouse.PASSWORD)));
  }

  @Test
  void logsInByQuestionsAndAnswers() {
    house.play(
        Role.SUBMISSION,
        HELLO
            + """
            C: AUTH LOGIN
            S: 334 VXNlcm5hbWU6
            C: %s
            S: 334 UGFzc3dvcmQ6
            C: %s
            S: 235 2.7.0 Welcome
            C: AUTH LOGIN
            S: 503 5.5.1 You are logged in
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
            S: ~250-FUTURERELEASE 2592000 .+Z
            S: 250-BURL imap
            S: 250-STARTTLS
            S: 250-VRFY
            S: 250-EXPN
            S: 250 HELP
            C: MAIL FROM:<ann@example.org>
            S: 250 2.1.0 Sender ok
            """
                .formatted(base64("ann@example.org"), base64(SmtpHouse.PASSWORD)));
    house.play(
        Role.SUBMISSION,
        HELLO
            + """
            C: AUTH PLAIN
            S: 334\\s
            C: %s
            S: 235 2.7.0 Welcome
            """
                .formatted(plain("ann@example.org", SmtpHouse.PASSWORD)));
  }

  @Test
  void refusesLoginsThatAreNone() {
    house.play(
        Role.SUBMISSION,
        HELLO
            + """
            C: AUTH PLAIN !!!!
            S: 501 5.5.2 Response is not Base64
            C: AUTH PLAIN %s
            S: ~501 5\\.5\\.2 .+
            C: AUTH PLAIN =
            S: ~501 5\\.5\\.2 .+
            C: AUTH CRAM-MD5
            S: 504 5.5.4 Mechanism not known here
            C: AUTH LOGIN
            S: 334 VXNlcm5hbWU6
            C: *
            S: 501 5.0.0 Login given up
            C: AUTH LOGIN
            S: 334 VXNlcm5hbWU6
            C: not base64
            S: 501 5.5.2 Response is not Base64
            C: AUTH LOGIN
            S: 334 VXNlcm5hbWU6
            C: %s
            S: 500 5.5.6 Response is too long
            C: AUTH PLAIN %s
            S: 500 5.5.6 Line too long
            C: NOOP
            S: 250 2.0.0 Done
            """
                .formatted(base64("\0x"), "A".repeat(13_000), "A".repeat(13_000)));
  }

  @Test
  void hangsUpOnWhoGuesses() {
    house.play(
        Role.SUBMISSION,
        HELLO
            + """
            C: AUTH PLAIN %1$s
            S: 535 5.7.8 Login or password is wrong
            C: AUTH PLAIN %2$s
            S: 535 5.7.8 Login or password is wrong
            C: AUTH PLAIN %3$s
            S: 535 5.7.8 Login or password is wrong
            C: AUTH PLAIN %1$s
            S: 421 4.7.0 Too many wrong logins
            -- closed
            """
                .formatted(
                    plain("ann@example.org", "wrong"),
                    plain("nobody@example.org", "wrong"),
                    base64("bob@example.org\0ann@example.org\0" + SmtpHouse.PASSWORD)));
  }

  @Test
  void takesNoLoginInTheMiddle() {
    house.play(
        Role.SUBMISSION,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: AUTH PLAIN AAAA
        S: 503 5.5.1 Not now
        """);
    SmtpHouse other = house.withLogins(Role.MX, PlainTextLogins.LOOPBACK);
    other.play(
        Role.MX,
        HELLO
            + """
            C: MAIL FROM:<bob@example.net>
            S: 250 2.1.0 Sender ok
            C: AUTH PLAIN AAAA
            S: 503 5.5.1 Not now
            """);
  }

  @Test
  void takesPasswordsOverTlsOnly() {
    house
        .withLogins(Role.SUBMISSION, PlainTextLogins.NEVER)
        .play(
            Role.SUBMISSION,
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
            S: ~250-FUTURERELEASE 2592000 .+Z
            S: 250-BURL
            S: 250-STARTTLS
            S: 250 HELP
            C: AUTH PLAIN %1$s
            S: 538 5.7.11 Start TLS first
            C: STARTTLS
            S: 220 2.0.0 Go ahead
            -- tls
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
            S: ~250-FUTURERELEASE 2592000 .+Z
            S: 250-BURL
            S: 250-AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN
            S: 250 HELP
            C: AUTH PLAIN %1$s
            S: 235 2.7.0 Welcome
            C: MAIL FROM:<ann@example.org>
            S: 250 2.1.0 Sender ok
            C: RCPT TO:<bob@example.org>
            S: 250 2.1.5 Recipient ok
            C: DATA
            S: 354 Go ahead, and end with a dot on a line of its own
            C: .
            S: ~250 2\\.0\\.0 Accepted as .+
            """
                .formatted(plain("ann@example.org", SmtpHouse.PASSWORD)));
    assertThat(house.onlyMail().prefix())
        .contains(" with ESMTPSA id ")
        .containsPattern("\r\n\ttls TLS_\\w+;\r\n");
  }

  static String plain(String login, String password) {
    return base64("\0" + login + "\0" + password);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
