package org.posthorn.smtp.outbound;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.smtp.outbound.OutgoingMail.MESSAGE;
import static org.posthorn.smtp.outbound.ScriptedServer.IN_CLEAR;
import static org.posthorn.smtp.outbound.ScriptedServer.OFFERING_TLS;
import static org.posthorn.smtp.outbound.ScriptedServer.SHAKING_HANDS;

import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.LoneReturns;
import org.posthorn.spool.Carrier.Answer;
import org.posthorn.spool.Carrier.Answer.Extent;
import org.posthorn.spool.NewMail;

/// The dialogue with one server, and everything that a server can do wrong.
final class SmtpClientTest {
  private static final OutgoingMail TO_BOB = OutgoingMail.to("bob@example.net");
  private static final OutgoingMail TO_TWO = OutgoingMail.to("bob@example.net", "carl@example.net");
  private static final OutgoingMail LARGE =
      TO_BOB.saying(MESSAGE + "x".repeat(76).concat("\r\n").repeat(200_000));

  @AutoClose private final SendingMta mta = SendingMta.direct();

  @Test
  void offersAMailInOneGo() throws Exception {
    assertThat(
            mta.send(
                TO_TWO,
                """
                S: 220 mx ESMTP
                EHLO SIZE 1000000, 8BITMIME, SMTPUTF8, DSN, PIPELINING
                C: MAIL FROM:<ann@example.org> SIZE=21
                C: RCPT TO:<bob@example.net>
                C: RCPT TO:<carl@example.net>
                S: 250 2.1.0 ok
                S: 250 2.1.5 ok
                S: 550-5.1.1 No such user.
                S: 550 5.1.1 Ask postmaster
                C: DATA
                S: 354 go
                DATA
                S: 250 2.0.0 queued as 17
                QUIT
                """))
        .isEqualTo(
            """
            bob@example.net: delivered (127.0.0.1) 250 2.0.0 queued as 17 +dsn
            carl@example.net: failed 5.1.1 (127.0.0.1) 550 5.1.1 No such user. Ask postmaster\
            """);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"S: 554 5.5.1 nobody", "S: 503 5.5.1 nobody", "S: 354 go\nC: .\nS: 554 5.5.1 no"})
  void sendsNoTextWhenNobodyWasAccepted(String afterData) throws Exception {
    assertThat(
            mta.send(
                TO_TWO,
                """
                S: 220 mx
                EHLO SIZE 1000000, 8BITMIME, SMTPUTF8, DSN, PIPELINING
                C: MAIL FROM:<ann@example.org> SIZE=21
                C: RCPT TO:<bob@example.net>
                C: RCPT TO:<carl@example.net>
                C: DATA
                S: 250 2.1.0 ok
                S: 550 5.1.1 No such user
                S: 450 4.2.1 Later
                %s
                C: RSET
                S: 250 ok
                QUIT
                """
                    .formatted(afterData)))
        .isEqualTo(
            """
            bob@example.net: failed 5.1.1 (127.0.0.1) 550 5.1.1 No such user
            carl@example.net: deferred 4.2.1 (127.0.0.1) 450 4.2.1 Later\
            """);
  }

  /// A reply of success where none can be is no success, and what comes on such a connection is out
  /// of step.
  @ParameterizedTest
  @ValueSource(strings = {"250 2.0.0 ok", "220 mx", "334 go"})
  void takesNoOtherReplyForTheGoAhead(String reply) throws Exception {
    String mail =
        """
        EHLO PIPELINING
        C: MAIL FROM:<ann@example.org>
        C: RCPT TO:<bob@example.net>
        C: DATA
        S: 250 ok
        S: 250 ok
        """;
    assertThat(mta.send(TO_BOB, "S: 220 mx\n" + mail + "S: " + reply + "\nCLOSE\n"))
        .isEqualTo("bob@example.net: deferred 4.5.0 (127.0.0.1) It answered out of turn: " + reply);
  }

  /// Neither a yes nor a no: nobody knows what the next reply would be to.
  @ParameterizedTest
  @ValueSource(strings = {"", " PIPELINING"})
  void goesOnWithNoServerThatAnswersOutOfTurn(String extensions) throws Exception {
    boolean atOnce = !extensions.isEmpty();
    String from = "C: MAIL FROM:<ann@example.org>\n";
    String to = "C: RCPT TO:<bob@example.net>\n";
    String begin = "S: 220 mx\nEHLO" + extensions + "\n";
    String asked = atOnce ? from + to + "C: DATA\nS: 250 ok\n" : from + "S: 250 ok\n" + to;
    String outOfTurn = "bob@example.net: deferred 4.5.0 (127.0.0.1) It answered out of turn: ";
    assertThat(mta.send(TO_BOB, begin + asked + "S: 354 go on\nC: (end)\n"))
        .isEqualTo(outOfTurn + "354 go on");
    String taken = atOnce ? "S: 250 ok\n" : "S: 250 ok\nC: DATA\n";
    assertThat(mta.send(TO_BOB, begin + asked + taken + "S: 354 go\nDATA\nS: 354 more\nC: (end)\n"))
        .isEqualTo(
            "bob@example.net: deferred 4.5.0 (127.0.0.1) It answered out of turn after the end of"
                + " the text, so it may have arrived: 354 more");
    assertThat(mta.send(TO_BOB, "S: 354 go on\nQUIT\n")).isEqualTo(outOfTurn + "354 go on");
    assertThat(mta.send(TO_BOB, "S: 220 mx\nC: EHLO client.example\nS: 354 go on\nQUIT\n"))
        .isEqualTo(outOfTurn + "354 go on");
  }

  /// Something of ours goes wrong before there is a client that could close it. All time that it
  /// has is 30 seconds.
  @Test
  @Timeout(20)
  void leavesNoConnectionOpenWhereTheBeginningFails() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(SHAKING_HANDS + "EHLO\nC: (end)\n")) {
      OutboundConfig config = mta.config(server.port());
      Endpoint endpoint =
          new Endpoint(
              MailHost.ofMx("127.0.0.1", server.port(), 0),
              InetAddress.getLoopbackAddress(),
              new Routes(config, "client.example").usual());
      TlsWatch watch =
          new TlsWatch(
              (domain, policy, failure) -> {
                throw new IllegalStateException("gone");
              },
              Optional.of(Domain.of("example.net")),
              Policies.Published.NOTHING);
      assertThatThrownBy(() -> new Greeting(config, mta.tls()).open(endpoint, watch))
          .isInstanceOf(IllegalStateException.class);
      server.assertPlayed();
    }
  }

  @Test
  void hearsThatTheSenderIsRefusedThoughItSaidAllInOneGo() throws Exception {
    assertThat(
            mta.send(
                TO_BOB,
                """
                S: 220 mx
                EHLO SIZE 1000000, 8BITMIME, SMTPUTF8, DSN, PIPELINING
                C: MAIL FROM:<ann@example.org> SIZE=21
                C: RCPT TO:<bob@example.net>
                C: DATA
                S: 550 5.7.1 Not you
                S: 503 5.5.1 MAIL first
                S: 503 5.5.1 MAIL first
                C: RSET
                S: 250 ok
                QUIT
                """))
        .isEqualTo("bob@example.net: failed 5.7.1 (127.0.0.1) 550 5.7.1 Not you");
  }

  /// Why it hangs up, it has said before.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "CLOSE",
        "S: 421 4.7.0 Bye",
        "S: 503 5.5.1 MAIL first\nCLOSE",
        "S: 503 5.5.1 MAIL first\nS: 421 4.7.0 Bye",
        "S: 503 5.5.1 MAIL first\nS: 354 go\nCLOSE",
      })
  void hearsThatTheSenderIsRefusedThoughTheServerHangsUpBehindIt(String rest) throws Exception {
    for (String reply : List.of("550 5.7.1 Not you", "451 4.7.1 Not you")) {
      String answer = reply.startsWith("5") ? "failed 5.7.1" : "deferred 4.7.1";
      assertThat(
              mta.send(
                  TO_BOB,
                  """
                  S: 220 mx
                  EHLO PIPELINING
                  C: MAIL FROM:<ann@example.org>
                  C: RCPT TO:<bob@example.net>
                  C: DATA
                  S: %s
                  %s
                  """
                      .formatted(reply, rest)))
          .isEqualTo("bob@example.net: " + answer + " (127.0.0.1) " + reply);
    }
  }

  /// Who was refused has an answer; only the others have none when the server hangs up.
  @Test
  void keepsWhatTheServerSaidOfARecipientBeforeItHungUp() throws Exception {
    assertThat(
            mta.send(
                TO_TWO,
                """
                S: 220 mx
                EHLO PIPELINING
                C: MAIL FROM:<ann@example.org>
                C: RCPT TO:<bob@example.net>
                C: RCPT TO:<carl@example.net>
                C: DATA
                S: 250 ok
                S: 550 5.1.1 No such user
                CLOSE
                """))
        .startsWith("bob@example.net: failed 5.1.1 (127.0.0.1) 550 5.1.1 No such user\n")
        .contains("carl@example.net: deferred 4.4.2 (127.0.0.1) Lost the connection");
  }

  @Test
  void goesStepByStepWithAnOldServer() throws Exception {
    assertThat(
            mta.send(
                TO_TWO,
                """
                S: 220 old
                C: EHLO client.example
                S: 502 what?
                C: HELO client.example
                S: 250 hi
                C: MAIL FROM:<ann@example.org>
                S: 250 ok
                C: RCPT TO:<bob@example.net>
                S: 450 busy
                C: RCPT TO:<carl@example.net>
                S: 251 will forward
                C: DATA
                S: 354 go
                DATA
                S: 250 ok
                QUIT
                """))
        .isEqualTo(
            """
            bob@example.net: deferred 4.0.0 (127.0.0.1) 450 busy
            carl@example.net: delivered (127.0.0.1) 250 ok\
            """);
  }

  @Test
  void passesOnWhatTheSenderAskedFor() throws Exception {
    Recipient bob =
        new Recipient(
            MailAddress.of("bücher@example.net"),
            Optional.of("rfc822;b+x=y@example.net"),
            EnumSet.of(Recipient.Notify.SUCCESS, Recipient.Notify.FAILURE));
    assertThat(
            mta.send(
                OutgoingMail.to(bob)
                    .saying("Subject: ü\r\n\r\nx\r\n")
                    .with(
                        new NewMail.Options(true, true, Optional.of(false), Optional.of("Q Q+1"))),
                """
                S: 220 mx
                EHLO SIZE 1000000, 8BITMIME, SMTPUTF8, DSN, PIPELINING
                C: MAIL FROM:<ann@example.org> SIZE=18 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=Q+20Q+2B1
                C: RCPT TO:<bücher@example.net> NOTIFY=FAILURE,SUCCESS ORCPT=rfc822;b+2Bx+3Dy@example.net
                S: 250 ok
                S: 250 ok
                C: DATA
                S: 354 go
                DATA
                S: 250 ok
                QUIT
                """))
        .contains("delivered");
  }

  @Test
  void doesNotOfferWhatTheServerCannotHandle() throws Exception {
    assertThat(mta.send(TO_BOB, "S: 220 mx\nEHLO SIZE 20\nQUIT\n"))
        .startsWith(
            "bob@example.net: failed 5.3.4 (127.0.0.1) 127.0.0.1 takes no messages over 20");
    assertThat(
            mta.send(
                OutgoingMail.to("bücher@example.net", "bob@example.net").saying("\r\nx"),
                """
                S: 220 mx
                EHLO SIZE 20
                MAIL SIZE=3 bob@example.net
                DATA
                S: 250 ok
                QUIT
                """))
        .startsWith("bücher@example.net: failed 5.6.7")
        .contains("bob@example.net: delivered");
  }

  /// RFC 1870 §6.1: what is put into seven bits grows, up to three times.
  @Test
  void saysHowLargeTheMessageIsAsTheServerGetsIt() throws Exception {
    OutgoingMail mail = TO_BOB.saying("MIME-Version: 1.0\r\n\r\n" + "ü".repeat(1000) + "\r\n");
    String sent;
    try (ScriptedServer server =
        ScriptedServer.playing(IN_CLEAR + "MAIL bob@example.net\nDATA\nS: 250 ok\nQUIT\n")) {
      mta.send(server, mail);
      sent = server.messages().getFirst();
    }
    int size = sent.length();
    assertThat(size).isGreaterThan(6000);
    assertThat(
            mta.send(
                mail,
                """
                S: 220 mx
                EHLO SIZE %d
                MAIL SIZE=%d bob@example.net
                DATA
                S: 250 ok
                QUIT
                """
                    .formatted(size, size)))
        .contains("delivered");
    assertThat(mta.send(mail, "S: 220 mx\nEHLO SIZE %d\nQUIT\n".formatted(size - 1)))
        .startsWith("bob@example.net: failed 5.3.4 (127.0.0.1) 127.0.0.1 takes no messages over");
    assertThat(
            mta.send(
                mail,
                "S: 220 mx\nEHLO 8BITMIME, SIZE 2100\nMAIL SIZE=2023 BODY=8BITMIME bob@example.net\nDATA\nS: 250 ok\nQUIT\n"))
        .contains("delivered");
  }

  /// The sender said SMTPUTF8, but only the body needs more than ASCII.
  @Test
  void sendsWhatNeedsNoSmtpUtf8ToServersWithoutIt() throws Exception {
    OutgoingMail mail =
        TO_BOB
            .saying("Subject: x\r\nMIME-Version: 1.0\r\n\r\nü\r\n")
            .with(new NewMail.Options(true, true, Optional.empty(), Optional.empty()));
    try (ScriptedServer server =
        ScriptedServer.playing(IN_CLEAR + "MAIL bob@example.net\nDATA\nS: 250 ok\nQUIT\n")) {
      assertThat(mta.send(server, mail)).contains("delivered");
      assertThat(server.messages().getFirst())
          .contains("Content-Transfer-Encoding: quoted-printable", "=C3=BC");
    }
  }

  @Test
  void sendsEveryLineBreakAsCrLfAndNoLoneCrAndDoublesDots() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playing(
            """
            S: 220 mx
            EHLO SIZE 1000000, 8BITMIME, SMTPUTF8, DSN, PIPELINING
            C: MAIL FROM:<ann@example.org> SIZE=52
            C: RCPT TO:<bob@example.net>
            S: 250 ok
            S: 250 ok
            C: DATA
            S: 354 go
            DATA
            S: 250 ok
            QUIT
            """)) {
      String message = ".\r\n..a\n.\rb\r\r\n\n.\n.\r\n.\r\r\n.smuggled\rMAIL FROM:<x@y>\nend";
      assertThat(mta.send(server, TO_BOB.saying(message))).contains("delivered");
      assertThat(server.messages())
          .containsExactly(
              "..\r\n...a\r\n..\u000bb \r\n\r\n..\r\n..\r\n.. \r\n..smuggled\u000bMAIL FROM:<x@y>\r\nend\r\n");
    }
  }

  @Test
  void sendsTheSameHoweverTheMessageIsCut() throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      StringBuilder message = new StringBuilder();
      for (int i = 0; i < 40_000; i++) {
        message.append("\r\n.ab".charAt(random.nextInt(5)));
      }
      try (ScriptedServer server =
          ScriptedServer.playing(IN_CLEAR + "MAIL bob@example.net\nDATA\nS: 250 ok\n")) {
        mta.send(server, TO_BOB.saying(message.toString()));
        String sent = server.messages().getFirst();
        assertThat(sent.replace("\r\n", "")).as("seed %d", seed).doesNotContain("\r", "\n");
        var whole = new ByteArrayInputStream(message.toString().getBytes(US_ASCII));
        String expected =
            new String(LoneReturns.replacedIn(whole).readAllBytes(), US_ASCII)
                .replace("\r\n", "\n");
        assertThat(sent.replace("\r\n", "\n").replaceAll("(?m)^\\.", ""))
            .as("seed %d", seed)
            .isEqualTo(expected.endsWith("\n") ? expected : expected + "\n");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "S: 554 5.7.1 You are on a list|deferred 4.7.1 (127.0.0.1) It takes no mail from this server: 554 5.7.1 You are on a list",
        "S: 421 4.3.2 Not now|deferred 4.3.2 (127.0.0.1) 421 4.3.2 Not now",
        "CLOSE|deferred 4.4.2 (-) Lost the connection",
        "S: HTTP/1.1 400 Bad Request|deferred 4.4.2 (-) Lost the connection",
        "S: 250 5.1.1 lies|deferred 4.0.0 (127.0.0.1) It takes no mail from this server: 550 no",
        "HOLD|deferred 4.4.2 (-) Lost the connection",
        "ENDLESS 220-more\\r\\n|deferred 4.4.2 (-) Lost the connection",
        "ENDLESS x|deferred 4.4.2 (-) Lost the connection",
      })
  void survivesEveryGreeting(String greeting, String answer) throws Exception {
    String more =
        greeting.startsWith("S: 250")
            ? "\nC: EHLO client.example\nS: 550 no\nC: HELO client.example\nS: 550 no"
            : "";
    assertThat(sendInVain(greeting + more)).startsWith("bob@example.net: " + answer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "S: 550 5.7.1 No|failed 5.7.1",
        "S: 451 4.7.1 Later|deferred 4.7.1",
        "S: 421 4.3.2 Bye|deferred 4.3.2",
        "CLOSE|deferred 4.4.2",
        "HOLD|deferred 4.4.2",
        "ENDLESS 250-x\\r\\n|deferred 4.4.2",
      })
  void survivesEveryAnswerAtEachStage(String fault, String answer) throws Exception {
    String[] stages = {
      "C: EHLO client.example",
      "C: MAIL FROM:<ann@example.org>",
      "C: RCPT TO:<bob@example.net>",
      "C: DATA",
      "DATA",
    };
    String[] replies = {"S: 250 mx", "S: 250 ok", "S: 250 ok", "S: 354 go"};
    for (int stage = 1; stage < stages.length; stage++) {
      StringBuilder script = new StringBuilder("S: 220 mx\n");
      for (int i = 0; i < stage; i++) {
        script.append(stages[i]).append('\n').append(replies[i]).append('\n');
      }
      script.append(stages[stage]).append('\n').append(fault).append('\n');
      assertThat(sendInVain(script.toString()))
          .as("at %s", stages[stage])
          .startsWith("bob@example.net: " + answer);
    }
  }

  /// What is lost before the end of the text has not arrived; behind it nobody knows.
  @ParameterizedTest
  @ValueSource(strings = {"", " PIPELINING"})
  void saysAtWhatStageItLostTheConnection(String extensions) throws Exception {
    String hello = "S: 220 mx\nEHLO" + extensions + "\n";
    String mail = "C: MAIL FROM:<ann@example.org>\n";
    String rcpt = "C: RCPT TO:<bob@example.net>\n";
    boolean atOnce = !extensions.isEmpty();
    String asked = atOnce ? hello + mail + rcpt + "C: DATA\n" : hello + mail;
    String toRcpt = atOnce ? "S: 250 ok\n" : "S: 250 ok\n" + rcpt;
    String toData = atOnce ? "S: 250 ok\n" : "S: 250 ok\nC: DATA\n";
    assertThat(sendInVain("CLOSE")).contains("at the greeting: ");
    assertThat(sendInVain("S: 220 mx\nC: EHLO client.example\nCLOSE")).contains("at EHLO: ");
    assertThat(sendInVain(asked + "CLOSE"))
        .contains("Lost the connection to 127.0.0.1 at MAIL: The server closed the connection");
    assertThat(sendInVain(asked + toRcpt + "CLOSE")).contains("at RCPT: ");
    assertThat(sendInVain(asked + toRcpt + toData + "CLOSE")).contains("at DATA: ");
    assertThat(sendInVain(asked + toRcpt + toData + "S: 354 go\nDATA\nCLOSE"))
        .contains("after the end of the text, so it may have arrived: The server closed");
  }

  /// To a server that may break off before its script is over.
  private String sendInVain(String script) throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(script)) {
      return (script.contains("HOLD") ? mta.impatient() : mta).carry(server.port(), TO_BOB);
    }
  }

  @Test
  void hearsWhyAServerStopsInTheMiddleOfAMessage() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playing(IN_CLEAR + "MAIL bob@example.net\nSOME\nCLOSE\n")) {
      assertThat(mta.carry(server.port(), LARGE))
          .startsWith("bob@example.net: deferred 4.4.2 (127.0.0.1) Lost the connection")
          .contains("in the text");
    }
  }

  @Test
  void doesNotWaitForEverForAServerThatTakesNothing() throws Exception {
    long start = System.nanoTime();
    try (ScriptedServer server =
        ScriptedServer.playing(IN_CLEAR + "MAIL bob@example.net\nSTALL\n")) {
      assertThat(mta.impatient().carry(server.port(), LARGE))
          .startsWith("bob@example.net: deferred 4.4.2");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void offersTheRestAgainWhenTheServerTakesFewAtOnce() throws Exception {
    assertThat(
            mta.send(
                OutgoingMail.to("a@example.net", "b@example.net", "c@example.net"),
                """
                S: 220 mx
                EHLO
                C: MAIL FROM:<ann@example.org>
                S: 250 ok
                C: RCPT TO:<a@example.net>
                S: 250 ok
                C: RCPT TO:<b@example.net>
                S: 452 4.5.3 Too many recipients
                C: RCPT TO:<c@example.net>
                S: 452 4.5.3 Too many recipients
                C: DATA
                S: 354 go
                DATA
                S: 250 one
                C: MAIL FROM:<ann@example.org>
                S: 250 ok
                C: RCPT TO:<b@example.net>
                S: 250 ok
                C: RCPT TO:<c@example.net>
                S: 452 4.2.2 Mailbox full
                C: DATA
                S: 354 go
                DATA
                S: 250 two
                C: MAIL FROM:<ann@example.org>
                S: 250 ok
                C: RCPT TO:<c@example.net>
                S: 452 4.2.2 Mailbox full
                C: RSET
                S: 250 ok
                QUIT
                """))
        .isEqualTo(
            """
            a@example.net: delivered (127.0.0.1) 250 one
            b@example.net: delivered (127.0.0.1) 250 two
            c@example.net: deferred 4.2.2 (127.0.0.1) 452 4.2.2 Mailbox full\
            """);
  }

  @Test
  void carriesTheNextMailOverTheSameConnection() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playing(
            """
            S: 220 mx
            EHLO
            MAIL bob@example.net
            DATA
            S: 250 one
            MAIL bob@example.net
            DATA
            S: 250 two
            QUIT
            """)) {
      assertThat(mta.keepingConnections(Duration.ofSeconds(5)).send(server, TO_BOB, TO_BOB))
          .isEqualTo(
              """
              bob@example.net: delivered (127.0.0.1) 250 one
              bob@example.net: delivered (127.0.0.1) 250 two\
              """);
    }
  }

  @Test
  void partsWithAConnectionThatNobodyNeedsAnyMore() throws Exception {
    mta.keepingConnections(Duration.ofMillis(20));
    try (ScriptedServer server =
            ScriptedServer.playing(IN_CLEAR + "MAIL bob@example.net\nDATA\nS: 250 ok\nQUIT\n");
        SmtpCarrier carrier = mta.carrier(server.port(), mta.memories())) {
      assertThat(carrier.carry(TO_BOB.load())).hasSize(1);
      server.assertPlayed();
    }
  }

  /// RFC 5321 §4.1.1.10, though it stops.
  @Test
  void doesNotWaitLongForAServerThatDoesNotAnswerTheGoodbye() throws Exception {
    mta.keepingConnections(Duration.ofSeconds(60));
    long start = System.nanoTime();
    assertThat(
            mta.send(TO_BOB, IN_CLEAR + "MAIL bob@example.net\nDATA\nS: 250 ok\nC: QUIT\nHOLD\n"))
        .contains("delivered");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
  }

  /// It would hear the same, and a server that wants less gets more.
  @Test
  void whatAServerRefusesForNowOverAConnectionThatWaitedIsNotOfferedOverAnother() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playing(
            """
            S: 220 mx
            EHLO
            MAIL bob@example.net
            DATA
            S: 250 ok
            C: MAIL FROM:<ann@example.org>
            S: 451 4.7.1 Too much of you, come again later
            C: RSET
            S: 250 ok
            QUIT
            """,
            """
            S: 220 mx
            C: EHLO client.example
            S: 554 I said later
            """)) {
      assertThat(
              mta.keepingConnections(Duration.ofSeconds(20)).carry(server.port(), TO_BOB, TO_BOB))
          .contains("deferred 4.7.1", "451 4.7.1 Too much of you");
      assertThat(server.clients()).hasSize(1);
    }
  }

  @Test
  void opensNoNewConnectionWhenAllWereRefusedOverTheOneThatWaitedAndIsGone() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playing(
            """
            S: 220 mx
            EHLO PIPELINING
            MAIL bob@example.net
            DATA
            S: 250 ok
            C: MAIL FROM:<ann@example.org>
            C: RCPT TO:<bob@example.net>
            C: DATA
            S: 250 ok
            S: 550 5.1.1 No such user
            CLOSE
            """,
            "S: 554 I said no")) {
      assertThat(
              mta.keepingConnections(Duration.ofSeconds(20)).carry(server.port(), TO_BOB, TO_BOB))
          .endsWith("failed 5.1.1 (127.0.0.1) 550 5.1.1 No such user");
      assertThat(server.clients()).hasSize(1);
    }
  }

  @Test
  void opensANewConnectionWhenTheOneThatWaitedIsGone() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playing(
            """
            S: 220 mx
            EHLO
            MAIL bob@example.net
            DATA
            S: 250 first
            C: MAIL FROM:<ann@example.org>
            S: 421 too late
            """,
            IN_CLEAR + "MAIL bob@example.net\nDATA\nS: 250 second\n")) {
      assertThat(mta.keepingConnections(Duration.ofSeconds(20)).send(server, TO_BOB, TO_BOB))
          .isEqualTo(
              """
              bob@example.net: delivered (127.0.0.1) 250 first
              bob@example.net: delivered (127.0.0.1) 250 second\
              """);
    }
  }

  @Test
  void encryptsWhereTheServerCanAndForgetsWhatItSaidBefore() throws Exception {
    assertThat(
            mta.send(
                TO_BOB,
                """
                S: 220 mx
                EHLO SMTPUTF8, STARTTLS
                STARTTLS
                EHLO
                MAIL bob@example.net
                DATA
                S: 250 ok
                QUIT
                """))
        .contains("delivered");
  }

  @Test
  void ignoresAnswersThatWerePutInBeforeTls() throws Exception {
    assertThat(
            mta.send(
                TO_BOB,
                OFFERING_TLS + "C: STARTTLS\nS: 220 go\nS: 250 injected\nTLS\n",
                """
                S: 220 mx
                C: EHLO client.example
                S: 550 no
                C: HELO client.example
                S: 550 no
                """))
        .doesNotContain("injected");
  }

  /// By TLS 1.3 a client hears only behind the handshake that the server does not want it.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "S: 454 4.7.0 No keys",
        "S: 220 go\nGARBAGE",
        "S: 220 go\nCLOSE",
        "CLOSE",
        "S: 220 go\nTLS\nCLOSE",
        "S: 220 go\nTLS\nC: EHLO client.example\nCLOSE",
        "S: 220 go\nMUTUAL\n"
      })
  void sendsInPlainTextWhenTlsIsBroken(String broken) throws Exception {
    assertThat(
            mta.send(
                TO_BOB,
                OFFERING_TLS + "C: STARTTLS\n" + broken,
                OFFERING_TLS + "MAIL bob@example.net\nDATA\nS: 250 ok\nQUIT\n"))
        .contains("delivered");
  }

  @Test
  void neverSendsALoginInPlainTextUnlessToldTo() throws Exception {
    String noTls = "S: 220 mx\nEHLO AUTH PLAIN LOGIN\n";
    for (Smarthost.Tls tls : List.of(Smarthost.Tls.STARTTLS, Smarthost.Tls.OPPORTUNISTIC)) {
      assertThat(throughSmarthost(tls, noTls + "QUIT\n")).contains("deferred 4.7.4 (127.0.0.1)");
    }
    assertThat(
            throughSmarthost(
                Smarthost.Tls.NONE,
                noTls
                    + """
                    C: AUTH PLAIN AGFubgBzZWNyZXQ=
                    S: 535 5.7.8 Wrong
                    QUIT
                    """))
        .contains("deferred 4.7.8 (127.0.0.1) Login failed: 535 5.7.8 Wrong");
  }

  /// Such as after a reroute without the login: that is the operator's to mend.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "C: MAIL FROM:<ann@example.org>\nS: 530 5.7.0 Log in first\nC: RSET\nS: 250 ok\nQUIT\n",
        """
        C: MAIL FROM:<ann@example.org>
        S: 250 ok
        C: RCPT TO:<bob@example.net>
        S: 530 5.7.0 Log in first
        C: RSET
        S: 250 ok
        QUIT
        """,
        "MAIL bob@example.net\nDATA\nS: 530 5.7.0 Log in first\nQUIT\n",
      })
  void keepsTheMailWhileASmarthostWantsALogin(String refusal) throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(IN_CLEAR + refusal)) {
      var host =
          new Smarthost("127.0.0.1", server.port(), Smarthost.Tls.OPPORTUNISTIC, Optional.empty());
      assertThat(mta.send(server, TO_BOB.through(host)))
          .isEqualTo(
              "bob@example.net: deferred 4.7.0 (127.0.0.1) It wants a login, another one, or TLS:"
                  + " 530 5.7.0 Log in first");
    }
  }

  @Test
  void refusesASmarthostWithACertificateThatNobodyVouchesFor() throws Exception {
    assertThat(throughSmarthost(Smarthost.Tls.IMPLICIT, "TLS"))
        .contains("deferred 4.7.5 (127.0.0.1) TLS failed");
    assertThat(throughSmarthost(Smarthost.Tls.STARTTLS, SHAKING_HANDS))
        .contains("deferred 4.7.5 (127.0.0.1) TLS failed");
  }

  /// What a server says of a login is read by the operator and by the sender of the mail.
  @Test
  void tellsNobodyThePasswordThatAServerRepeats() throws Exception {
    assertThat(
            throughSmarthost(
                Smarthost.Tls.NONE,
                """
                S: 220 mx
                EHLO AUTH PLAIN
                C: AUTH PLAIN AGFubgBzZWNyZXQ=
                S: 501 5.5.4 What is AUTH PLAIN AGFubgBzZWNyZXQ= ?
                QUIT
                """))
        .contains("501 5.5.4 What is AUTH PLAIN ")
        .doesNotContain("AGFubgBzZWNyZXQ=");
    assertThat(
            throughSmarthost(
                Smarthost.Tls.NONE,
                """
                S: 220 mx
                EHLO AUTH LOGIN
                C: AUTH LOGIN
                S: 334 VXNlcm5hbWU6
                C: YW5u
                S: 334 UGFzc3dvcmQ6
                C: c2VjcmV0
                S: 500 5.5.1 Unrecognized command 'c2VjcmV0' (secret)
                QUIT
                """))
        .contains("500 5.5.1 Unrecognized command ")
        .doesNotContain("c2VjcmV0", "secret");
  }

  @Test
  void logsInWithAuthLoginOverTls() throws Exception {
    mta.credulous();
    assertThat(
            throughSmarthost(
                Smarthost.Tls.IMPLICIT,
                """
                TLS
                S: 220 mx
                EHLO AUTH=LOGIN
                C: AUTH LOGIN
                S: 334 VXNlcm5hbWU6
                C: YW5u
                S: 334 UGFzc3dvcmQ6
                C: c2VjcmV0
                S: 235 ok
                MAIL bob@example.net
                DATA
                S: 250 ok
                QUIT
                """))
        .contains("delivered");
  }

  /// Whatever the mail is, the next one would be told the same.
  @Test
  void saysThatASmarthostLetsNobodyIn() throws Exception {
    String inClear = "S: 220 mx\nEHLO AUTH PLAIN\n";
    String login = inClear + "C: AUTH PLAIN AGFubgBzZWNyZXQ=\n";
    String letIn = login + "S: 235 ok\nC: MAIL FROM:<ann@example.org>\n";
    for (var script :
        Map.of(
                login + "S: 535 5.7.8 Wrong\nQUIT",
                Extent.DOOR,
                login + "S: 454 4.7.0 Not now\nQUIT",
                Extent.DOOR,
                "S: 220 mx\nEHLO\nQUIT",
                Extent.DOOR,
                "S: 554 5.7.1 Go away\nQUIT",
                Extent.DOOR,
                login + "S: 421 4.7.0 Too many failed logins\nQUIT",
                Extent.DOOR,
                "S: 450 Later\nQUIT",
                Extent.DOOR,
                "S: 421 4.3.2 Busy\nQUIT",
                Extent.SERVER,
                letIn + "S: 451 4.7.1 Later\nC: RSET\nS: 250 ok\nQUIT",
                Extent.SERVER)
            .entrySet()) {
      try (ScriptedServer server = ScriptedServer.playing(script.getKey());
          SmtpCarrier carrier = mta.carrier(server.port(), mta.memories())) {
        var host =
            new Smarthost("127.0.0.1", server.port(), Smarthost.Tls.NONE, Optional.of("relay"));
        assertThat(carrier.carry(TO_BOB.through(host).load()).values())
            .singleElement()
            .isInstanceOfSatisfying(
                Answer.Deferred.class,
                answer -> assertThat(answer.came()).as(answer.text()).isEqualTo(script.getValue()));
      }
    }
  }

  private String throughSmarthost(Smarthost.Tls tls, String script) throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(script)) {
      var host = new Smarthost("127.0.0.1", server.port(), tls, Optional.of("relay"));
      return mta.send(server, TO_BOB.through(host));
    }
  }
}
