package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.chain.GateCalls;
import org.posthorn.spool.chain.Gates;
import org.posthorn.spool.chain.Guarded;

/// XCLIENT: what a proxy in front of us says about the client for which it speaks.
class XclientTest {
  private static final String HELLO =
      """
      S: 220 mx.example.org ESMTP Posthorn
      C: EHLO proxy.example
      S: ...
      S: 250 HELP
      """;
  private static final String TAKEN =
      """
      C: RCPT TO:<bob@example.org>
      S: 250 2.1.5 Recipient ok
      C: DATA
      S: 354 Go ahead, and end with a dot on a line of its own
      C: text
      C: .
      S: ~250 2\\.0\\.0 Accepted as .+
      """;

  private final SmtpHouse strict = new SmtpHouse(8192);
  private final SmtpHouse house =
      strict.withExtensions(
          new InboundExtensions(Duration.ZERO, false, List.of("127.0.0.0/8", "::1"), List.of()));

  @AfterEach
  void close() {
    strict.close();
  }

  @Test
  void beginsAnewWithTheClient() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO proxy.example
        S: ...
        S: 250-XCLIENT NAME ADDR PORT PROTO HELO DESTADDR DESTPORT
        S: ...
        S: 250 HELP
        C: XCLIENT ADDR=IPv6:2001:db8::7 NAME=remote+2Eexample PORT=4711 DESTADDR=192.0.2.1 DESTPORT=25
        S: 220 mx.example.org ESMTP Posthorn
        C: MAIL FROM:<x@example.net>
        S: 503 5.5.1 Say hello first
        C: HELO client.example
        S: 250 mx.example.org
        C: MAIL FROM:<x@example.net>
        S: 250 2.1.0 Sender ok
        C: XCLIENT ADDR=192.0.2.1
        S: 503 5.5.1 Not within a transaction
        """
            + TAKEN);
    SmtpHouse.Taken mail = house.onlyMail();
    assertThat(mail.arrival().remote().orElseThrow().getHostAddress())
        .isEqualTo("2001:db8:0:0:0:0:0:7");
    assertThat(mail.prefix())
        .startsWith("Received: from client.example (remote.example [IPv6:2001:db8::7])\r\n")
        .contains(" with SMTP id ");
  }

  /// The client has said hello to the proxy already; a hello of its own counts more.
  @Test
  void takesOverWhatTheClientHasSaid() {
    house.play(
        Role.MX,
        HELLO
            + """
            C: XCLIENT ADDR=192.0.2.7
            S: 220 mx.example.org ESMTP Posthorn
            C: XCLIENT HELO=client.example PROTO=smtp NAME=[TEMPUNAVAIL]
            S: 220 mx.example.org ESMTP Posthorn
            C: MAIL FROM:<x@example.net>
            S: 250 2.1.0 Sender ok
            """
            + TAKEN);
    assertThat(house.onlyMail().prefix())
        .startsWith("Received: from client.example ([192.0.2.7])\r\n")
        .contains(" with SMTP id ");
  }

  /// Programs call themselves anything, and are served where no proxy stands between.
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {"Ann's+20PC, Ann?s?PC", "B+C3+BCro, B?ro", "[192.0.2.7], [192.0.2.7]"})
  void takesOverWhateverAMailProgramCallsItself(String said, String name) {
    house.play(
        Role.MX,
        HELLO
            + """
            C: XCLIENT ADDR=192.0.2.7 HELO=%s NAME=[unavailable]
            S: 220 mx.example.org ESMTP Posthorn
            C: MAIL FROM:<x@example.net>
            S: 250 2.1.0 Sender ok
            """
                .formatted(said)
            + TAKEN);
    assertThat(house.onlyMail().prefix())
        .startsWith("Received: from " + name + " ([192.0.2.7])\r\n");
  }

  @Test
  void believesThatSomebodyHasLoggedInWhoseNameIsNotAscii() {
    house.play(
        Role.SUBMISSION,
        HELLO
            + """
            C: XCLIENT ADDR=192.0.2.7 LOGIN=j+C3+BCrgen@example.org HELO=client.example
            S: 220 mx.example.org ESMTP Posthorn
            C: MAIL FROM:<jürgen@example.org> SMTPUTF8
            S: 250 2.1.0 Sender ok
            """
            + TAKEN);
  }

  /// An address that the proxy does not know is not the proxy's.
  @Test
  void takesNobodyForTheProxy() {
    house.play(
        Role.SUBMISSION,
        HELLO
            + """
            C: XCLIENT ADDR=[UNAVAILABLE] HELO=client.example
            S: 220 mx.example.org ESMTP Posthorn
            C: AUTH PLAIN AGEAYg==
            S: 538 5.7.11 Start TLS first
            """);
  }

  @Test
  void believesThatSomebodyHasLoggedIn() {
    house.play(
        Role.SUBMISSION,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO proxy.example
        S: ...
        S: 250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT
        S: ...
        S: 250 HELP
        C: XCLIENT ADDR=192.0.2.7 LOGIN=nobody@example.org
        S: 501 5.5.4 LOGIN is nobody who may log in here
        C: XCLIENT ADDR=192.0.2.7 LOGIN=gone@example.org
        S: 501 5.5.4 LOGIN is nobody who may log in here
        C: XCLIENT ADDR=192.0.2.7 LOGIN=ann@example.org HELO=client.example
        S: 220 mx.example.org ESMTP Posthorn
        C: MAIL FROM:<bob@example.org>
        S: 550 5.7.1 You may not send as this address
        C: MAIL FROM:<ann@example.org>
        S: 250 2.1.0 Sender ok
        """
            + TAKEN.replace("bob@example.org", "x@example.net"));
    assertThat(house.onlyMail().arrival().login().orElseThrow()).hasToString("ann@example.org");
  }

  /// RFC 4954 §4: a ticket may be as long as that.
  @Test
  void theNextClientMayLogInWithALongResponseToo() {
    house.play(
        Role.SUBMISSION,
        HELLO
            + """
            C: AUTH PLAIN %s
            S: 235 2.7.0 Welcome
            C: XCLIENT ADDR=127.0.0.9 HELO=client.example
            S: 220 mx.example.org ESMTP Posthorn
            C: AUTH PLAIN %s
            S: 501 5.5.2 PLAIN takes UTF-8, a login and a password
            """
                .formatted(
                    SubmissionTest.plain("ann@example.org", SmtpHouse.PASSWORD),
                    SubmissionTest.plain("bob@example.org", "x".repeat(3_000))));
  }

  /// No login of ours that could be ended: the proxy's word is looked at again for each mail.
  @Test
  void believesItNoLongerThanThereIsSuchAUser() {
    var gate =
        new Gate() {
          @Override
          public Verdict sender(Visitor visitor, IncomingMail mail) {
            house.rooms().directory().setEnabled(MailAddress.of("ann@example.org"), false);
            return Verdict.pass();
          }
        };
    house
        .withGates(new Gates(Map.of("submission", List.of(guarded(gate)))))
        .play(
            Role.SUBMISSION,
            HELLO
                + """
                C: XCLIENT ADDR=192.0.2.7 LOGIN=ann@example.org HELO=client.example
                S: 220 mx.example.org ESMTP Posthorn
                C: MAIL FROM:<>
                S: 250 2.1.0 Sender ok
                C: RSET
                S: 250 2.0.0 Forgotten
                C: MAIL FROM:<>
                S: 550 5.7.1 You may not send as this address
                C: MAIL FROM:<ann@example.org>
                S: 550 5.7.1 You may not send as this address
                """);
  }

  /// What gates say about the client counts, not what they said about the proxy.
  @Test
  void asksTheGatesAboutTheClient() {
    var gate =
        new Gate() {
          @Override
          public Verdict hello(Visitor visitor) {
            return visitor.helo().orElse("").equals("evil.example")
                ? Verdict.refuse("Go away", "test")
                : Verdict.pass();
          }
        };
    house
        .withGates(new Gates(Map.of("mx", List.of(guarded(gate)))))
        .play(
            Role.MX,
            HELLO
                + """
                C: XCLIENT ADDR=192.0.2.7 HELO=evil.example
                S: 550 5.7.1 Go away
                C: MAIL FROM:<x@example.net>
                S: 503 5.5.1 Say hello first
                C: XCLIENT HELO=good.example
                S: 220 mx.example.org ESMTP Posthorn
                C: MAIL FROM:<x@example.net>
                S: 250 2.1.0 Sender ok
                """);
  }

  @Test
  void letsNobodyInWhomAGateRefusesAtTheDoor() {
    var gate =
        new Gate() {
          @Override
          public Verdict connection(Visitor visitor) {
            return visitor.remote().getHostAddress().equals("192.0.2.7")
                ? Verdict.refuse("Go away", "test")
                : Verdict.pass();
          }
        };
    house
        .withGates(new Gates(Map.of("mx", List.of(guarded(gate)))))
        .play(
            Role.MX,
            HELLO
                + """
                C: XCLIENT ADDR=192.0.2.7 HELO=evil.example
                S: 554 5.7.1 Go away
                C: XCLIENT ADDR=192.0.2.8
                S: 503 5.5.1 You are not welcome here
                C: QUIT
                S: 221 2.0.0 Bye
                -- closed
                """);
  }

  private static Guarded guarded(Gate gate) {
    return new Guarded(
        "g",
        gate,
        false,
        List.of(),
        List.of(),
        Duration.ofSeconds(5),
        false,
        false,
        new GateCalls(1));
  }

  @Test
  void letsNobodyLogInWhereNobodyMay() {
    house.play(
        Role.MX,
        HELLO
            + """
            C: XCLIENT LOGIN=ann@example.org
            S: 501 5.5.4 LOGIN is nobody who may log in here
            C: MAIL FROM:<x@example.net>
            S: 250 2.1.0 Sender ok
            C: RCPT TO:<x@example.com>
            S: 550 5.7.1 We do not relay for strangers
            """);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ADDR=bla",
        "ADDR=192.0.2",
        "ADDR=1",
        "ADDR=0300.0.2.1",
        "ADDR=IPV6:fe80::1%lo",
        "ADDR=[192.0.2.1]",
        "ADDR=192.0.2.1+0D+0AX:+20y",
        "NAME=a+20b",
        "NAME=a+0D+0AReceived:",
        "NAME=(x",
        "HELO=a)+3B",
        "HELO=a+00",
        "PORT=65536",
        "PORT=-1",
        "PORT=x",
        "DESTPORT=1e3",
        "DESTADDR=x",
        "PROTO=LMTP",
        "PROTO=",
        "LOGIN=a+0Ab@example.org",
        "LOGIN=a",
        "FOO=bar",
        "ADDR",
        "=",
        "NAME=a NAME=b",
        "NAME=+",
        "NAME=+6",
        "NAME=+6g",
        ""
      })
  void refusesWhatIsNoAttribute(String attributes) {
    house.play(
        Role.MX,
        HELLO
            + """
            C: XCLIENT %s
            S: ~501 5\\.5\\.4 .+
            C: MAIL FROM:<x@example.net>
            S: 250 2.1.0 Sender ok
            """
                .formatted(attributes));
  }

  @Test
  void believesNobodyElse() {
    strict.play(
        Role.MX,
        HELLO
            + """
            C: XCLIENT ADDR=192.0.2.1
            S: 500 5.5.1 Command not recognized
            """);
  }
}
