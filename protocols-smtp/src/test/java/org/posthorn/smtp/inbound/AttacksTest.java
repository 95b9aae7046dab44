package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What attackers send. That no stranger gets anything relayed is in [MxTest], chunks in
/// [ChunkingTest], guessing of passwords in [SubmissionTest], too much of anything in [LimitsTest].
class AttacksTest {
  private static final String BEGIN =
      """
      S: 220 mx.example.org ESMTP Posthorn
      C: EHLO client.example
      S: ...
      S: 250 HELP
      """;

  private final SmtpHouse house = new SmtpHouse(8192);

  @AfterEach
  void close() {
    house.close();
  }

  /// SMTP smuggling: a second message hidden behind what other servers take for an end.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\\n.\\n",
        "\\n.\\r\\n",
        "\\r\\n.\\n",
        "\\r.\\r",
        "\\r\\n.\\r",
        "\\r.\\r\\n",
        "\\n.\\r",
        "\\r.\\n",
        "\\r\\n.\\r\\r\\n",
        "\\r\\r\\n.\\r\\r\\n",
        "\\r\\n\\0.\\r\\n",
        "\\r\\n.\\0\\r\\n",
        "\\n\\n.\\n\\n",
        "\\r\\n.\\x0b\\n",
        "\\n..\\r\\n",
        "\\r",
        "\\n",
        "\\r\\n\\n.\\r\\n"
      })
  void refusesAMessageWithAnotherHiddenInIt(String lookAlike) {
    for (Role role : new Role[] {Role.MX, Role.LMTP}) {
      house.play(
          role,
          smuggle(role, lookAlike)
              + """
              S: ~550 5\\.6\\.(0|11) .+
              C: NOOP
              S: 250 2.0.0 Done
              """);
    }
    assertThat(house.mails()).isEmpty();
  }

  /// These are text for everybody.
  @ParameterizedTest
  @ValueSource(
      strings = {"\\r\\n. \\r\\n", "\\xc2\\x85.\\xc2\\x85", "\\xe2\\x80\\xa8.\\xe2\\x80\\xa8"})
  void keepsWhatIsOnlyTextInOneMessage(String text) {
    house.play(
        Role.MX,
        smuggle(Role.MX, text)
            + """
            S: ~250 2\\.0\\.0 Accepted as .+
            C: NOOP
            S: 250 2.0.0 Done
            """);
    assertThat(house.onlyMail().text()).contains("MAIL FROM:<evil@example.net>");
  }

  @Test
  void refusesALookAlikeThatComesInPieces() {
    house.play(
        Role.MX,
        BEGIN
            + """
            C: MAIL FROM:<bob@example.net>
            S: 250 2.1.0 Sender ok
            C: RCPT TO:<ann@example.org>
            S: 250 2.1.5 Recipient ok
            C: DATA
            S: 354 Go ahead, and end with a dot on a line of its own
            C- Subject: outer\\r\\n\\r\\ntext\\n.
            # a pause
            C2: NOOP
            S2: 220 mx.example.org ESMTP Posthorn
            S2: 250 2.0.0 Done
            C: \\r\\nMAIL FROM:<evil@example.net>
            C: .
            S: 550 5.6.11 Lines must end with CR LF, and neither may stand alone
            """);
  }

  /// CVE-2011-0411 and its family.
  @ParameterizedTest
  @EnumSource(names = {"MX", "LMTP"})
  void dropsCommandsThatComeWithStartTls(Role role) {
    String hello = role == Role.LMTP ? "LHLO" : "EHLO";
    house.play(
        role,
        """
        S: ~220 mx\\.example\\.org \\w+ Posthorn
        C: %1$s client.example
        S: ...
        S: 250 HELP
        C: STARTTLS
        C: MAIL FROM:<inj@example.net>
        C: NOOP
        S: 220 2.0.0 Go ahead
        -- tls
        C: %1$s client.example
        S: 250-mx.example.org
        S: ...
        S: 250 HELP
        C: RCPT TO:<ann@example.org>
        S: 503 5.5.1 Send MAIL first
        """
            .formatted(hello));
  }

  /// A text that was sent without waiting for 354 is never run as commands, also where it comes
  /// behind the bytes that were read with DATA.
  @ParameterizedTest
  @ValueSource(ints = {8192, 1})
  void runsNoTextAsCommands(int bufferBytes) {
    try (var other = new SmtpHouse(bufferBytes)) {
      other.play(
          Role.MX,
          BEGIN
              + """
              C: MAIL FROM:<a@example.net>
              C: RCPT TO:<x@remote.invalid>
              C: DATA
              C: Subject: x
              C:
              C: MAIL FROM:<a@example.net>
              C: .
              C: QUIT
              S: 250 2.1.0 Sender ok
              S: 550 5.7.1 We do not relay for strangers
              S: 503 5.5.1 No recipients
              S: 421 4.7.0 Cannot tell your commands from your data
              -- closed
              """);
    }
  }

  @Test
  void refusesControlCharactersInCommands() {
    house.play(
        Role.MX,
        BEGIN
            + """
            C: MAIL FROM:<a\\0b@example.net>
            S: 500 5.5.2 Control character in a command
            C: MAIL FROM:<a@example.net>\\rRCPT TO:<b@example.org>
            S: 500 5.5.2 Control character in a command
            C: MAIL FROM:<a@example.net>\\nRCPT TO:<b@example.org>
            S: 500 5.5.2 Control character in a command
            C: EHLO k\\0\\x01<script>
            S: 500 5.5.2 Control character in a command
            C: EHLO <script>
            S: 501 5.5.4 Expected the name of your host
            """);
  }

  @Test
  void hangsUpOnBrowsers() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: POST / HTTP/1.1
        C: Host: x
        C: MAIL FROM:<a@example.net>
        S: 421 4.7.0 This is a mail server
        -- closed
        """);
  }

  @Test
  void takesThousandsOfRecipientsCalmly() {
    house.play(
        Role.MX,
        BEGIN
            + "C: MAIL FROM:<a@example.net>\nS: 250 2.1.0 Sender ok\n"
            + "C: RCPT TO:<ann@example.org>\n".repeat(3000)
            + "S: 250 2.1.5 Recipient ok\n".repeat(1000)
            + "S: 452 4.5.3 Too many recipients\n".repeat(2000)
            + "C: QUIT\nS: 221 2.0.0 Bye\n");
  }

  private static String smuggle(Role role, String lookAlike) {
    return """
    S: ~220 mx\\.example\\.org \\w+ Posthorn
    C: %s client.example
    S: ...
    S: 250 HELP
    C: MAIL FROM:<a@example.net>
    S: 250 2.1.0 Sender ok
    C: RCPT TO:<ann@example.org>
    S: 250 2.1.5 Recipient ok
    C: DATA
    S: 354 Go ahead, and end with a dot on a line of its own
    C- Subject: outer\\r\\n\\r\\ntext%s
    C: MAIL FROM:<evil@example.net>
    C: RCPT TO:<ann@example.org>
    C: DATA
    C: Subject: SMUGGLED
    C:
    C: x
    C: .
    """
        .formatted(role == Role.LMTP ? "LHLO" : "EHLO", lookAlike);
  }
}
