package org.posthorn.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.net.Conversation;
import org.posthorn.net.PlainTextLogins;

/// Conversations, each also with a server that receives one byte at a time.
class Pop3SessionTest {
  private final Pop3House house = new Pop3House();

  @AfterEach
  void close() {
    house.close();
  }

  /// RFC 1939 §10.
  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void fetchesAndDeletesMessages(int bufferBytes) {
    house.deliver("Subject: one\r\n\r\n1\r\n");
    house.deliver("Subject: two\r\n\r\n22\r\n");
    house.converse(
        bufferBytes,
        """
        S: +OK Posthorn POP3 server ready
        C: USER ann@example.org
        S: +OK Send your password
        C: PASS secret
        S: +OK 2 messages (39 octets)
        C: STAT
        S: +OK 2 39
        C: LIST
        S: +OK 2 messages (39 octets)
        S: 1 19
        S: 2 20
        S: .
        C: RETR 1
        S: +OK 19 octets
        S: Subject: one
        S:
        S: 1
        S: .
        C: DELE 1
        S: +OK Message 1 goes when you QUIT
        C: STAT
        S: +OK 1 20
        C: LIST
        S: +OK 1 message (20 octets)
        S: 2 20
        S: .
        C: LIST 2
        S: +OK 2 20
        C: NOOP
        S: +OK Still here
        C: QUIT
        S: +OK Goodbye, 1 message deleted
        -- closed
        """);
    assertThat(house.uids()).containsExactly(2L);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void answersCommandsThatCameTogetherInOrder(int bufferBytes) {
    house.deliver("Subject: one\r\n\r\n1\r\n");
    house.converse(
        bufferBytes,
        """
        S: ~\\+OK .*
        C: user ann@example.org
        C: pass secret
        C: retr 1
        C: dele 1
        C: retr 1
        C: quit
        S: +OK Send your password
        S: +OK 1 message (19 octets)
        S: +OK 19 octets
        S: Subject: one
        S:
        S: 1
        S: .
        S: +OK Message 1 goes when you QUIT
        S: -ERR No such message
        S: +OK Goodbye, 1 message deleted
        """);
    assertThat(house.uids()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void resetKeepsWhatWasDeleted(int bufferBytes) {
    house.deliver("Subject: one\r\n\r\n1\r\n");
    long version = house.version();
    house.converse(
        bufferBytes,
        loggedIn(
            """
            C: DELE 1
            C: STAT
            C: RSET
            C: STAT
            C: QUIT
            S: +OK Message 1 goes when you QUIT
            S: +OK 0 0
            S: +OK 1 message (19 octets)
            S: +OK 1 19
            S: +OK Goodbye, 0 messages deleted
            """));
    assertThat(house.uids()).containsExactly(1L);
    assertThat(house.version()).isEqualTo(version);
  }

  /// RFC 1939 §6: only QUIT deletes.
  @ParameterizedTest
  @ValueSource(strings = {"-- close", "-- end", "C: NOOP"})
  void deletesNothingWithoutQuit(String end) {
    house.deliver("Subject: one\r\n\r\n1\r\n");
    house.converse(
        8192,
        loggedIn(
                """
                C: DELE 1
                S: +OK Message 1 goes when you QUIT
                """)
            + (end.startsWith("C:") ? end + "\nS: +OK Still here\n" : end + "\n"));
    assertThat(house.uids()).containsExactly(1L);
  }

  /// RFC 1939 §7: unique for ever, also after others are gone.
  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void givesUniqueIds(int bufferBytes) {
    house.deliver("Subject: one\r\n\r\n1\r\n");
    house.deliver("Subject: two\r\n\r\n2\r\n");
    house.deliver("Subject: three\r\n\r\n3\r\n");
    house.expunge(1);
    house.converse(
        bufferBytes,
        loggedIn(
            """
            C: UIDL
            S: ~\\+OK 2 messages .*
            S: ~1 (?<validity>\\d+)\\.2
            S: 2 ${validity}.3
            S: .
            C: UIDL 2
            S: +OK 2 ${validity}.3
            C: DELE 1
            S: ~\\+OK .*
            C: UIDL
            S: ~\\+OK 1 message .*
            S: 2 ${validity}.3
            S: .
            C: UIDL 1
            S: -ERR No such message
            C: QUIT
            S: ~\\+OK .*
            C2: USER ann@example.org
            C2: PASS secret
            C2: UIDL 1
            S2: ...
            S2: +OK 1 ${validity}.3
            """));
  }

  /// RFC 1939 §7: the header, the empty line, and lines of the body.
  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void showsTheTop(int bufferBytes) {
    house.deliver("Subject: x\r\nTo: y\r\n\r\n1\r\n\r\n.3\r\n4");
    house.converse(
        bufferBytes,
        loggedIn(
            """
            C: TOP 1 0
            S: ~\\+OK .*
            S: Subject: x
            S: To: y
            S:
            S: .
            C: TOP 1 3
            S: ~\\+OK .*
            S: Subject: x
            S: To: y
            S:
            S: 1
            S:
            S: ..3
            S: .
            C: TOP 1 999999999999
            S: ...
            S: 4
            S: .
            C: TOP 1
            S: -ERR A number is missing
            C: TOP 1 -1
            S: -ERR Not a number
            C: TOP 2 1
            S: -ERR No such message
            """));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void stuffsDotsAndEndsLines(int bufferBytes) {
    house.deliver("Subject: d\r\n\r\n.\r\n..\r\n...x\r\nend\r\r\n.\n.\nx\n");
    house.deliver("no header.\r\n.");
    house.deliver("");
    house.converse(
        bufferBytes,
        loggedIn(
            """
            C: RETR 1
            S: ~\\+OK .*
            S: Subject: d
            S:
            S: ..
            S: ...
            S: ....x
            S: end\\r
            S: ..
            S: ..
            S: x
            S: .
            C: RETR 2
            S: ~\\+OK .*
            S: no header.
            S: ..
            S: .
            C: RETR 3
            S: +OK 0 octets
            S: .
            """));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void refusesNumbersThatAreNone(int bufferBytes) {
    house.deliver("Subject: one\r\n\r\n1\r\n");
    house.converse(
        bufferBytes,
        loggedIn(
            """
            C: RETR 0
            C: RETR -1
            C: RETR 2
            C: RETR 99999999999999999999
            C: RETR 4294967297
            C: RETR
            C: RETR 1 1
            C: RETR abc
            C: RETR \\xD9\\xA1
            C: DELE 0
            C: DELE abc
            C: LIST 0
            C: LIST x
            C: UIDL 0
            C: RETR\\01
            S: -ERR No such message
            S: -ERR Not a number
            S: -ERR No such message
            S: -ERR No such message
            S: -ERR No such message
            S: -ERR A number is missing
            S: -ERR Too many arguments
            S: -ERR Not a number
            S: -ERR Not a number
            S: -ERR No such message
            S: -ERR Not a number
            S: -ERR No such message
            S: -ERR Not a number
            S: -ERR No such message
            S: -ERR Control characters are not allowed
            C: %s%n%x
            S: -ERR Unknown command
            C: USER ../../x
            S: -ERR You have logged in already
            C: RETR 1
            S: ...
            S: .
            """));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void saysWhatItCan(int bufferBytes) {
    house.converse(
        bufferBytes,
        """
        S: ~\\+OK .*
        C: CAPA
        S: +OK Capabilities follow
        S: TOP
        S: USER
        S: SASL SCRAM-SHA-256 PLAIN LOGIN
        S: STLS
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: PIPELINING
        S: EXPIRE 1 USER
        S: UIDL
        S: LANG
        S: UTF8 USER
        S: IMPLEMENTATION Posthorn
        S: .
        C: AUTH
        S: +OK Mechanisms follow
        S: SCRAM-SHA-256
        S: PLAIN
        S: LOGIN
        S: .
        C: QUIT
        S: +OK Goodbye
        -- closed
        """);
  }

  /// RFC 2449 §6.7: before the login the least that could be, after it what is.
  @Test
  void saysHowLongMessagesStay() {
    house.converse(
        8192,
        """
        S: ~\\+OK .*
        C: USER ann@example.org
        C: PASS secret
        S: ...
        S: +OK 0 messages (0 octets)
        C: CAPA
        S: ...
        S: EXPIRE NEVER
        S: ...
        S: .
        """);
    house.retention(30);
    house.converse(
        8192,
        """
        S: ~\\+OK .*
        C: USER ann@example.org
        C: PASS secret
        S: ...
        S: +OK 0 messages (0 octets)
        C: CAPA
        S: ...
        S: EXPIRE 30
        S: ...
        S: .
        """);
  }

  /// RFC 2449 §6.5, §8.1.1.
  @Test
  void asksForAPauseBetweenLogins() {
    house.loginDelay(Duration.ofMinutes(15));
    house.converse(
        8192,
        """
        S: ~\\+OK .*
        C: CAPA
        S: ...
        S: LOGIN-DELAY 900
        S: .
        C: USER ann@example.org
        C: PASS secret
        S: ...
        S: +OK 0 messages (0 octets)
        C: QUIT
        S: +OK Goodbye, 0 messages deleted
        -- closed
        C: USER ann@example.org
        S: ~\\+OK .*
        S: +OK Send your password
        C: PASS wrong
        S: -ERR [AUTH] Wrong name or password
        C: USER ann@example.org
        C: PASS secret
        S: +OK Send your password
        S: ~-ERR \\[LOGIN-DELAY\\] You were here a moment ago, come again in \\d+ seconds
        C: USER bob@example.org
        C: PASS secret
        S: +OK Send your password
        S: +OK 0 messages (0 octets)
        """);
  }

  /// RFC 6856 §3.
  @Test
  void speaksEnglish() {
    house.converse(
        8192,
        """
        S: ~\\+OK .*
        C: LANG
        S: +OK Languages follow
        S: en English
        S: .
        C: LANG *
        S: +OK en English it is
        C: LANG EN
        S: +OK en English it is
        C: LANG sv
        S: -ERR There is only English here: LANG en
        C: USER ann@example.org
        C: PASS secret
        S: ...
        S: +OK 0 messages (0 octets)
        C: LANG en
        S: +OK en English it is
        """);
  }

  /// RFC 2595 §4.
  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void becomesTls(int bufferBytes) {
    Conversation.play(
        house.server(PlainTextLogins.NEVER),
        bufferBytes,
        """
        S: ~\\+OK .*
        C: USER ann@example.org
        S: -ERR Passwords are taken over TLS only: use STLS first
        C: AUTH PLAIN
        S: -ERR Passwords are taken over TLS only: use STLS first
        C: CAPA
        S: +OK Capabilities follow
        S: TOP
        S: STLS
        S: RESP-CODES
        S: ...
        S: .
        C: STLS
        S: +OK Begin TLS
        -- tls
        C: CAPA
        S: +OK Capabilities follow
        S: TOP
        S: USER
        S: SASL SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN
        S: RESP-CODES
        S: ...
        S: .
        C: STLS
        S: -ERR TLS is on already
        C: PASS secret
        S: -ERR Send USER first
        C: USER ann@example.org
        C: PASS secret
        S: ~\\+OK .*
        S: +OK 0 messages (0 octets)
        C: STLS
        S: -ERR You have logged in already
        C: QUIT
        S: ~\\+OK .*
        -- closed
        """);
  }

  /// What came in plain text before TLS counts for nothing.
  @ParameterizedTest
  @ValueSource(ints = {8192})
  void forgetsWhatCameBeforeTls(int bufferBytes) {
    house.converse(
        bufferBytes,
        """
        S: ~\\+OK .*
        C: USER ann@example.org
        S: ~\\+OK .*
        C: STLS
        C: CAPA
        S: +OK Begin TLS
        -- tls
        C: PASS secret
        S: -ERR Send USER first
        """);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void takesSasl(int bufferBytes) {
    house.converse(
        bufferBytes,
        """
        S: ~\\+OK .*
        C: AUTH PLAIN
        S: +\\x20
        C: *
        S: -ERR Cancelled
        C: AUTH CRAM-MD5
        S: -ERR Unknown mechanism
        C: AUTH PLAIN
        S: +\\x20
        C: what?
        S: -ERR Not Base64
        C: AUTH PLAIN =
        S: -ERR PLAIN takes three fields with NUL between them
        C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwB3cm9uZw==
        S: -ERR [AUTH] Wrong name or password
        C: AUTH LOGIN
        S: + VXNlcm5hbWU6
        C: YW5uQGV4YW1wbGUub3Jn
        S: + UGFzc3dvcmQ6
        C: c2VjcmV0
        S: +OK 0 messages (0 octets)
        C: AUTH PLAIN
        S: -ERR You have logged in already
        C: QUIT
        S: ~\\+OK .*
        C2: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
        S2: ~\\+OK .*
        S2: +OK 0 messages (0 octets)
        C2: QUIT
        S2: ~\\+OK .*
        C3: AUTH PLAIN Ym9iQGV4YW1wbGUub3JnAGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
        S3: ~\\+OK .*
        S3: -ERR [AUTH] Wrong name or password
        """);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void tellsNothingAboutNames(int bufferBytes) {
    house.converse(
        bufferBytes,
        """
        S: ~\\+OK .*
        C: PASS x
        S: -ERR Send USER first
        C: USER ../../etc/passwd
        S: +OK Send your password
        C: PASS x
        S: -ERR [AUTH] Wrong name or password
        C: USER ann@example.org
        S: +OK Send your password
        C: PASS wrong
        S: -ERR [AUTH] Wrong name or password
        C: PASS secret
        S: -ERR Send USER first
        C: USER ann@example.org
        S: +OK Send your password
        C: PASS secret\\s
        S: -ERR [AUTH] Wrong name or password
        -- closed
        """);
  }

  /// RFC 1939 §4: one session at a time; RFC 2449 §8.1.2.
  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void letsOneSessionInAtATime(int bufferBytes) {
    house.converse(
        bufferBytes,
        """
        S: ~\\+OK .*
        C: USER ann@example.org
        C: PASS secret
        S: ~\\+OK .*
        S: ~\\+OK .*
        S2: ~\\+OK .*
        C2: USER ann@example.org
        C2: PASS secret
        S2: ~\\+OK .*
        S2: -ERR [IN-USE] The maildrop is open in another session
        C3: USER bob@example.org
        C3: PASS secret
        S3: ~\\+OK .*
        S3: ~\\+OK .*
        S3: ~\\+OK .*
        C: QUIT
        S: ~\\+OK .*
        C2: USER ann@example.org
        C2: PASS secret
        S2: ~\\+OK .*
        S2: ~\\+OK .*
        """);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void tellsTroubleFromWrongPasswords(int bufferBytes) {
    house.loseAccountOfBob();
    house.converse(
        bufferBytes,
        """
        S: ~\\+OK .*
        C: USER bob@example.org
        C: PASS secret
        S: ~\\+OK .*
        S: ~-ERR \\[SYS/PERM] The maildrop cannot be opened \\(.+\\)
        C2: USER nobody@example.org
        C2: PASS 1
        C2: USER nobody@example.org
        C2: PASS 2
        C2: USER nobody@example.org
        C2: PASS 3
        S2: ...
        S2: -ERR [AUTH] Wrong name or password
        S2: ~\\+OK .*
        S2: -ERR [AUTH] Wrong name or password
        S2: ~\\+OK .*
        S2: -ERR [AUTH] Wrong name or password
        -- closed 2
        C3: USER nobody@example.org
        C3: PASS 4
        C3: USER nobody@example.org
        C3: PASS 5
        C3: USER nobody@example.org
        C3: PASS 6
        S3: ...
        S3: ~-ERR \\[SYS/TEMP] Logins wait at the moment, try again in \\d+ seconds?
        S3: ...
        """);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void endsClientsThatTalkNonsense(int bufferBytes) {
    house.converse(
        bufferBytes,
        """
        S: ~\\+OK .*
        C: GET / HTTP/1.1
        C: Host: localhost
        C:
        C: RETR 1
        C: STAT
        C: EHLO x
        S: -ERR Unknown command
        S: -ERR Unknown command
        S: -ERR Unknown command
        S: -ERR Log in first
        S: -ERR Log in first
        S: -ERR Too many mistakes, goodbye
        -- closed
        """);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void outlivesLongLines(int bufferBytes) {
    house.converse(
        bufferBytes,
        loggedIn(
            """
            C: NOOP%s
            S: -ERR Line is too long
            C: NOOP
            S: +OK Still here
            """
                .formatted("x".repeat(100_000))));
  }

  /// The maildrop is what it was when the session began; what history keeps can still be read.
  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void doesNotSeeWhatHappensMeanwhile(int bufferBytes) {
    house.deliver("Subject: one\r\n\r\n1\r\n");
    var script =
        loggedIn(
            """
            C: STAT
            S: +OK 1 19
            C2: USER bob@example.org
            S2: ~\\+OK .*
            S2: ~\\+OK .*
            C: DELE 1
            S: ~\\+OK .*
            C: QUIT
            S: ~\\+OK Goodbye, \\d messages? deleted
            """);
    house.converse(bufferBytes, script);
    assertThat(house.uids()).isEmpty();
  }

  /// RFC 6856 §2.1.
  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void sendsUtf8HeadersToWhomAskedForThem(int bufferBytes) {
    house.deliver("Subject: Grüße\r\nFrom: Jörg <jörg@example.org>\r\n\r\nschön\r\n");
    house.converse(
        bufferBytes,
        """
        S: ~\\+OK .*
        C: UTF8
        S: +OK UTF-8 it is
        C: STLS
        S: -ERR Not after UTF8
        C: USER ann@example.org
        C: PASS secret
        C: RETR 1
        S: ...
        S: Subject: Grüße
        S: From: Jörg <jörg@example.org>
        S:
        S: schön
        S: .
        C: QUIT
        S: ~\\+OK .*
        C2: USER ann@example.org
        C2: PASS secret
        C2: TOP 1 1
        S2: ...
        S2: Subject: =?utf-8?B?R3LDvMOfZQ==?=
        S2: From: =?utf-8?B?SsO2cmc=?= (=?utf-8?B?asO2cmdAZXhhbXBsZS5vcmc=?=)
        S2: \\x20<unicode-address@utf8.invalid>
        S2:
        S2: schön
        S2: .
        """);
  }

  private static String loggedIn(String rest) {
    return """
    S: ~\\+OK .*
    C: USER ann@example.org
    C: PASS secret
    S: ~\\+OK .*
    S: ~\\+OK .*
    """
        + rest;
  }
}
