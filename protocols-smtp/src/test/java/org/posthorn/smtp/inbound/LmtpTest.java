package org.posthorn.smtp.inbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 2033. Everything also arrives one byte at a time.
@ParameterizedClass
@ValueSource(ints = {8192, 1})
class LmtpTest {
  private final SmtpHouse house;

  LmtpTest(int bufferBytes) {
    this.house = new SmtpHouse(bufferBytes);
  }

  @AfterEach
  void close() {
    house.close();
  }

  /// §4.2: also where a recipient is named twice.
  @Test
  void answersForEachRecipient() {
    house.play(
        Role.LMTP,
        """
        S: 220 mx.example.org LMTP Posthorn
        C: LHLO client.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<bob@example.net> SIZE=5000
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<ann@example.org>
        C: RCPT TO:<nobody@example.org>
        C: RCPT TO:<full@example.org>
        C: RCPT TO:<bob@example.org>
        C: RCPT TO:<ann@example.org>
        S: 250 2.1.5 Recipient ok
        S: 550 5.1.1 No such user here
        S: 452 4.2.2 This mailbox is full
        S: 250 2.1.5 Recipient ok
        S: 250 2.1.5 Recipient ok
        C: DATA
        S: 354 Go ahead, and end with a dot on a line of its own
        C: Subject: Hi
        C: .
        S: ~250 2\\.0\\.0 Accepted as (?<id>.+)
        S: 250 2.0.0 Accepted as ${id}
        S: 250 2.0.0 Accepted as ${id}
        C: QUIT
        S: 221 2.0.0 Bye
        """);
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.recipients()).hasSize(2);
    assertThat(mail.prefix()).contains(" with LMTP id ");
  }

  /// Who delivers has not written it, whoever has logged in; but a line of a mailbox file goes.
  @Test
  void completesNothing() {
    house
        .withLogins(Role.LMTP, PlainTextLogins.LOOPBACK)
        .play(
            Role.LMTP,
            """
            S: 220 mx.example.org LMTP Posthorn
            C: LHLO client.example
            S: ...
            S: 250 HELP
            C: AUTH PLAIN %s
            S: 235 2.7.0 Welcome
            C: MAIL FROM:<>
            S: 250 2.1.0 Sender ok
            C: RCPT TO:<bob@example.org>
            S: 250 2.1.5 Recipient ok
            C: DATA
            S: 354 Go ahead, and end with a dot on a line of its own
            C: From ann@example.org Mon Nov 30 18:27:11 2026
            C: >From ann Mon Nov 30 18:27 2026 remote from host
            C: Subject: hi
            C: Bcc: ann@example.org
            C:
            C: From ann@example.org Mon Nov 30 18:27:11 2026
            C: .
            S: ~250 2\\.0\\.0 Accepted as .+
            """
                .formatted(
                    Base64.getEncoder()
                        .encodeToString(
                            ("\0ann@example.org\0" + SmtpHouse.PASSWORD).getBytes(UTF_8))));
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.text())
        .isEqualTo(
            """
            Subject: hi
            Bcc: ann@example.org

            From ann@example.org Mon Nov 30 18:27:11 2026
            """
                .replace("\n", "\r\n"));
    assertThat(mail.prefix()).doesNotContain("\r\nDate: ", "\r\nMessage-ID: ");
  }

  @Test
  void answersForEachRecipientThatTheMessageIsRefused() {
    house.play(
        Role.LMTP,
        """
        S: 220 mx.example.org LMTP Posthorn
        C: LHLO client.example
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<ann@example.org>
        C: RCPT TO:<bob@example.org>
        C: DATA
        S: ...
        S: 354 Go ahead, and end with a dot on a line of its own
        C: text\\n.\\nmore
        C: .
        S: 550 5.6.11 Lines must end with CR LF, and neither may stand alone
        S: 550 5.6.11 Lines must end with CR LF, and neither may stand alone
        C: NOOP
        S: 250 2.0.0 Done
        """);
    assertThat(house.mails()).isEmpty();
  }

  /// One command that is refused is one error, however many recipients hear of it.
  @Test
  void doesNotHangUpOnAMessageForManyThatIsRefused() {
    house
        .withLimits(SmallLimits.errorsMax(2))
        .play(
            Role.LMTP,
            """
            S: 220 mx.example.org LMTP Posthorn
            C: LHLO client.example
            C: MAIL FROM:<bob@example.net>
            C: RCPT TO:<ann@example.org>
            C: RCPT TO:<bob@example.org>
            C: DATA
            S: ...
            S: 354 Go ahead, and end with a dot on a line of its own
            C: text\\n.\\nmore
            C: .
            S: 550 5.6.11 Lines must end with CR LF, and neither may stand alone
            S: 550 5.6.11 Lines must end with CR LF, and neither may stand alone
            C: MAIL FROM:<bob@example.net>
            S: 250 2.1.0 Sender ok
            """);
  }

  /// §4.3.
  @Test
  void answersForEachRecipientAtTheLastChunkOnly() {
    house.play(
        Role.LMTP,
        """
        S: 220 mx.example.org LMTP Posthorn
        C: LHLO client.example
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<ann@example.org>
        C: RCPT TO:<bob@example.org>
        C: BDAT 3
        C- a\\r\\n
        C: BDAT 0 LAST
        S: ...
        S: 250 2.0.0 Chunk taken
        S: ~250 2\\.0\\.0 Accepted as (?<id>.+)
        S: 250 2.0.0 Accepted as ${id}
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<nobody@example.org>
        C: BDAT 1 LAST
        C- x
        C: NOOP
        S: 250 2.1.0 Sender ok
        S: 550 5.1.1 No such user here
        S: 250 2.0.0 Done
        """);
  }

  /// §4.3: clients that do not wait for each chunk's answer count on it.
  @Test
  void answersForEachRecipientAtTheLastChunkOfATextThatWasRefusedBefore() {
    house.play(
        Role.LMTP,
        """
        S: 220 mx.example.org LMTP Posthorn
        C: LHLO client.example
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<ann@example.org>
        C: RCPT TO:<bob@example.org>
        C: BDAT 3
        C- a\\rb
        C: BDAT 3
        C- abc
        C: BDAT 3 LAST
        C- abc
        C: NOOP
        S: ...
        S: 550 5.6.11 Lines must end with CR LF, and neither may stand alone
        S: 503 5.5.1 No recipients
        S: 503 5.5.1 No recipients
        S: 503 5.5.1 No recipients
        S: 250 2.0.0 Done
        C: BDAT 0 LAST
        S: 503 5.5.1 No recipients
        """);
    assertThat(house.mails()).isEmpty();
  }

  @Test
  void answersForEachRecipientAtTheLastChunkBehindALineThatIsNoCommand() {
    house.play(
        Role.LMTP,
        """
        S: 220 mx.example.org LMTP Posthorn
        C: LHLO client.example
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<ann@example.org>
        C: RCPT TO:<bob@example.org>
        C: BDAT 3
        C- abc
        C: BOGUS
        C: BDAT 3 LAST
        C- abc
        C: NOOP
        S: ...
        S: 250 2.0.0 Chunk taken
        S: 500 5.5.1 Command not recognized
        S: 503 5.5.1 No recipients
        S: 503 5.5.1 No recipients
        S: 250 2.0.0 Done
        """);
    assertThat(house.mails()).isEmpty();
  }

  /// §4.3, RFC 5321 §4.1.4: neither a line that is no command nor a command that may come at any
  /// time ends a transaction, and the client counts on an answer for each whom it has named.
  @Test
  void answersForEachRecipientAtTheLastChunkWhateverCameBehindTheRefusedOne() {
    house.play(
        Role.LMTP,
        """
        S: 220 mx.example.org LMTP Posthorn
        C: LHLO client.example
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<ann@example.org>
        C: RCPT TO:<bob@example.org>
        C: BDAT 3
        C- a\\rb
        C: BOGUS
        C: NOOP
        C: HELP
        C: VRFY ann
        C: BDAT 3 LAST
        C- abc
        C: NOOP
        S: ...
        S: 550 5.6.11 Lines must end with CR LF, and neither may stand alone
        S: 500 5.5.1 Command not recognized
        S: 250 2.0.0 Done
        S: ~214 .+
        S: ~252 .+
        S: 503 5.5.1 No recipients
        S: 503 5.5.1 No recipients
        S: 250 2.0.0 Done
        C: BDAT 0 LAST
        S: 503 5.5.1 No recipients
        """);
    assertThat(house.mails()).isEmpty();
  }

  /// RFC 3030 §2: the transaction has failed with its first chunk; it had nobody to answer for.
  @Test
  void answersForNobodyAtTheLastChunkOfATextThatWasForNobody() {
    house.play(
        Role.LMTP,
        """
        S: 220 mx.example.org LMTP Posthorn
        C: LHLO client.example
        C: MAIL FROM:<bob@example.net>
        C: RCPT TO:<nobody@example.org>
        C: BDAT 3
        C- abc
        C: BDAT 3
        C- abc
        C: BDAT 3 LAST
        C- abc
        C: NOOP
        S: ...
        S: 550 5.1.1 No such user here
        S: 503 5.5.1 No recipients
        S: 503 5.5.1 No recipients
        S: 250 2.0.0 Done
        C: MAIL FROM:<bob@example.net>
        C: BDAT 3
        C- abc
        C: RCPT TO:<ann@example.org>
        C: BDAT 0 LAST
        S: 250 2.1.0 Sender ok
        S: 503 5.5.1 No recipients
        S: 503 5.5.1 Send MAIL first
        S: 503 5.5.1 No recipients
        """);
    assertThat(house.mails()).isEmpty();
  }

  /// §4.1, §4.2.
  @Test
  void isNotMistakenForSmtp() {
    house.play(
        Role.LMTP,
        """
        S: 220 mx.example.org LMTP Posthorn
        C: EHLO client.example
        S: 500 5.5.1 This is LMTP: LHLO
        C: HELO client.example
        S: 500 5.5.1 This is LMTP: LHLO
        C: LHLO client.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<bob@example.net>
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<x@remote.invalid>
        S: 550 5.7.1 We do not relay for strangers
        C: DATA
        S: 503 5.5.1 No recipients
        """);
  }
}
