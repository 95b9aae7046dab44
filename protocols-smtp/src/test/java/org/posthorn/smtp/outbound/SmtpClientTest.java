package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.smtp.outbound.Loads.MESSAGE;
import static org.posthorn.smtp.outbound.Loads.load;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.NewMail;

/// The dialogue with one server, and everything that a server can do wrong.
final class SmtpClientTest {
  private static final String HELLO =
      """
      S: 220 mx ESMTP
      C: EHLO client.example
      S: 250-mx
      S: 250-SIZE 1000000
      S: 250-8BITMIME
      S: 250-SMTPUTF8
      S: 250-DSN
      S: 250 PIPELINING
      """;
  private static final String GOODBYE =
      """
      C: QUIT
      S: 221 bye
      """;

  @Test
  void offersAMailInOneGo() throws Exception {
    assertThat(
            carry(
                load("example.net", MESSAGE, "bob@example.net", "carl@example.net"),
                HELLO
                    + """
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
                    """
                    + GOODBYE))
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
            carry(
                load("example.net", MESSAGE, "bob@example.net", "carl@example.net"),
                HELLO
                    + """
                    C: MAIL FROM:<ann@example.org> SIZE=21
                    C: RCPT TO:<bob@example.net>
                    C: RCPT TO:<carl@example.net>
                    C: DATA
                    S: 250 2.1.0 ok
                    S: 550 5.1.1 No such user
                    S: 450 4.2.1 Later
                    """
                    + afterData
                    + "\nC: RSET\nS: 250 ok\n"
                    + GOODBYE))
        .isEqualTo(
            """
            bob@example.net: failed 5.1.1 (127.0.0.1) 550 5.1.1 No such user
            carl@example.net: deferred 4.2.1 (127.0.0.1) 450 4.2.1 Later\
            """);
  }

  @Test
  void hearsThatTheSenderIsRefusedThoughItSaidAllInOneGo() throws Exception {
    assertThat(
            carry(
                load("example.net", MESSAGE, "bob@example.net"),
                HELLO
                    + """
                    C: MAIL FROM:<ann@example.org> SIZE=21
                    C: RCPT TO:<bob@example.net>
                    C: DATA
                    S: 550 5.7.1 Not you
                    S: 503 5.5.1 MAIL first
                    S: 503 5.5.1 MAIL first
                    C: RSET
                    S: 250 ok
                    """
                    + GOODBYE))
        .isEqualTo("bob@example.net: failed 5.7.1 (127.0.0.1) 550 5.7.1 Not you");
  }

  @Test
  void goesStepByStepWithAnOldServer() throws Exception {
    assertThat(
            carry(
                load("example.net", MESSAGE, "bob@example.net", "carl@example.net"),
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
                """
                    + GOODBYE))
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
    Carrier.Load load =
        Loads.with(
            load("example.net", "Subject: ü\r\n\r\nx\r\n"),
            new NewMail.Options(true, true, Optional.of(false), Optional.of("Q Q+1")),
            List.of(bob));

    assertThat(
            carry(
                load,
                HELLO
                    + """
                    C: MAIL FROM:<ann@example.org> SIZE=18 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=Q+20Q+2B1
                    C: RCPT TO:<bücher@example.net> NOTIFY=FAILURE,SUCCESS ORCPT=rfc822;b+2Bx+3Dy@example.net
                    S: 250 ok
                    S: 250 ok
                    C: DATA
                    S: 354 go
                    DATA
                    S: 250 ok
                    """
                    + GOODBYE))
        .contains("delivered");
  }

  @Test
  void doesNotOfferWhatTheServerCannotHandle() throws Exception {
    String poor = "S: 220 mx\nC: EHLO client.example\nS: 250-mx\nS: 250 SIZE 20\n";
    assertThat(carry(load("example.net", MESSAGE, "bob@example.net"), poor + GOODBYE))
        .startsWith(
            "bob@example.net: failed 5.3.4 (127.0.0.1) 127.0.0.1 takes no messages over 20");
    assertThat(
            carry(
                load("example.net", "\r\nx", "bücher@example.net", "bob@example.net"),
                poor
                    + """
                    C: MAIL FROM:<ann@example.org> SIZE=3
                    S: 250 ok
                    C: RCPT TO:<bob@example.net>
                    S: 250 ok
                    C: DATA
                    S: 354 go
                    DATA
                    S: 250 ok
                    """
                    + GOODBYE))
        .startsWith("bücher@example.net: failed 5.6.7")
        .contains("bob@example.net: delivered");
  }

  /// The sender said SMTPUTF8, but only the body needs more than ASCII.
  @Test
  void sendsWhatNeedsNoSmtpUtf8ToServersWithoutIt() throws Exception {
    Carrier.Load load =
        load("example.net", "Subject: x\r\nMIME-Version: 1.0\r\n\r\nü\r\n", "bob@example.net");
    var options = new NewMail.Options(true, true, Optional.empty(), Optional.empty());
    try (ScriptedServer server =
        ScriptedServer.playing(
            """
            S: 220 mx
            C: EHLO client.example
            S: 250 mx
            C: MAIL FROM:<ann@example.org>
            S: 250 ok
            C: RCPT TO:<bob@example.net>
            S: 250 ok
            C: DATA
            S: 354 go
            DATA
            S: 250 ok
            """
                + GOODBYE)) {
      assertThat(Loads.carry(Loads.to(server.port()), Loads.with(load, options, load.recipients())))
          .contains("delivered");
      server.assertPlayed();
      assertThat(server.messages().getFirst())
          .contains("Content-Transfer-Encoding: quoted-printable", "=C3=BC");
    }
  }

  @Test
  void sendsEveryLineBreakAsCrLfAndDoublesDots() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playing(
            HELLO
                + """
                C: MAIL FROM:<ann@example.org> SIZE=52
                C: RCPT TO:<bob@example.net>
                S: 250 ok
                S: 250 ok
                C: DATA
                S: 354 go
                DATA
                S: 250 ok
                """
                + GOODBYE)) {
      String message = ".\r\n..a\n.\rb\r\r\n\n.\n.\r\n.\r\r\n.smuggled\rMAIL FROM:<x@y>\nend";
      assertThat(
              Loads.carry(Loads.to(server.port()), load("example.net", message, "bob@example.net")))
          .contains("delivered");
      server.assertPlayed();
      assertThat(server.messages())
          .containsExactly(
              "..\r\n...a\r\n..\r\nb\r\n\r\n\r\n..\r\n..\r\n..\r\n\r\n..smuggled\r\nMAIL FROM:<x@y>\r\nend\r\n");
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
          ScriptedServer.playing(
              """
              S: 220 mx
              C: EHLO client.example
              S: 250 mx
              C: MAIL FROM:<ann@example.org>
              S: 250 ok
              C: RCPT TO:<bob@example.net>
              S: 250 ok
              C: DATA
              S: 354 go
              DATA
              S: 250 ok
              """)) {
        Loads.carry(
            Loads.to(server.port()), load("example.net", message.toString(), "bob@example.net"));
        String sent = server.messages().getFirst();
        assertThat(sent.replace("\r\n", "")).as("seed %d", seed).doesNotContain("\r", "\n");
        String expected = message.toString().replace("\r\n", "\n").replace("\r", "\n");
        assertThat(sent.replace("\r\n", "\n").replaceAll("(?m)^\\.", ""))
            .as("seed %d", seed)
            .isEqualTo(expected.endsWith("\n") ? expected : expected + "\n");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "S: 554 5.7.1 You are on a list|failed 5.7.1 (127.0.0.1) 554 5.7.1 You are on a list",
        "S: 421 4.3.2 Not now|deferred 4.3.2 (127.0.0.1) 421 4.3.2 Not now",
        "CLOSE|deferred 4.4.2 (-) Lost the connection",
        "S: HTTP/1.1 400 Bad Request|deferred 4.4.2 (-) Lost the connection",
        "S: 250 5.1.1 lies|failed",
        "HOLD|deferred 4.4.2 (-) Lost the connection",
        "ENDLESS 220-more\\r\\n|deferred 4.4.2 (-) Lost the connection",
        "ENDLESS x|deferred 4.4.2 (-) Lost the connection",
      })
  void survivesEveryGreeting(String scriptAndAnswer) throws IOException {
    String script = scriptAndAnswer.substring(0, scriptAndAnswer.indexOf('|'));
    String answer = scriptAndAnswer.substring(scriptAndAnswer.indexOf('|') + 1);
    String more =
        script.startsWith("S: 250")
            ? "C: EHLO client.example\nS: 550 no\nC: HELO client.example\nS: 550 no"
            : "";
    try (ScriptedServer server = ScriptedServer.playing(script + "\n" + more)) {
      assertThat(
              Loads.carry(
                  config(server, script.toString()),
                  load("example.net", MESSAGE, "bob@example.net")))
          .startsWith("bob@example.net: " + answer);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "S: 550 5.7.1 No|failed 5.7.1",
        "S: 451 4.7.1 Later|deferred 4.7.1",
        "S: 421 4.3.2 Bye|deferred 4.3.2",
        "CLOSE|deferred 4.4.2",
        "HOLD|deferred 4.4.2",
        "ENDLESS 250-x\\r\\n|deferred 4.4.2",
      })
  void survivesEveryAnswerAtEachStage(String scriptAndAnswer) throws IOException {
    String fault = scriptAndAnswer.substring(0, scriptAndAnswer.indexOf('|'));
    String answer = scriptAndAnswer.substring(scriptAndAnswer.indexOf('|') + 1);
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
      try (ScriptedServer server = ScriptedServer.playing(script.toString())) {
        assertThat(
                Loads.carry(
                    config(server, script.toString()),
                    load("example.net", MESSAGE, "bob@example.net")))
            .as("at %s", stages[stage])
            .startsWith("bob@example.net: " + answer);
      }
    }
  }

  @Test
  void hearsWhyAServerStopsInTheMiddleOfAMessage() throws IOException {
    String large = MESSAGE + "x".repeat(76).concat("\r\n").repeat(200_000);
    try (ScriptedServer server =
        ScriptedServer.playing(
            """
            S: 220 mx
            C: EHLO client.example
            S: 250 mx
            C: MAIL FROM:<ann@example.org>
            S: 250 ok
            C: RCPT TO:<bob@example.net>
            S: 250 ok
            C: DATA
            S: 354 go
            SOME
            CLOSE
            """)) {
      assertThat(
              Loads.carry(Loads.to(server.port()), load("example.net", large, "bob@example.net")))
          .startsWith("bob@example.net: deferred 4.4.2 (127.0.0.1) Lost the connection");
    }
  }

  @Test
  void doesNotWaitForEverForAServerThatTakesNothing() throws IOException {
    String large = MESSAGE + "x".repeat(76).concat("\r\n").repeat(200_000);
    long start = System.nanoTime();
    try (ScriptedServer server =
        ScriptedServer.playing(
            """
            S: 220 mx
            C: EHLO client.example
            S: 250 mx
            C: MAIL FROM:<ann@example.org>
            S: 250 ok
            C: RCPT TO:<bob@example.net>
            S: 250 ok
            C: DATA
            S: 354 go
            STALL
            """)) {
      assertThat(
              Loads.carry(
                  Loads.impatient(Loads.to(server.port())),
                  load("example.net", large, "bob@example.net")))
          .startsWith("bob@example.net: deferred 4.4.2");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void offersTheRestAgainWhenTheServerTakesFewAtOnce() throws Exception {
    assertThat(
            carry(
                load("example.net", MESSAGE, "a@example.net", "b@example.net", "c@example.net"),
                """
                S: 220 mx
                C: EHLO client.example
                S: 250 mx
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
                """
                    + GOODBYE))
        .isEqualTo(
            """
            a@example.net: delivered (127.0.0.1) 250 one
            b@example.net: delivered (127.0.0.1) 250 two
            c@example.net: deferred 4.2.2 (127.0.0.1) 452 4.2.2 Mailbox full\
            """);
  }

  @Test
  void carriesTheNextMailOverTheSameConnection() throws Exception {
    String mail =
        """
        C: MAIL FROM:<ann@example.org>
        S: 250 ok
        C: RCPT TO:<bob@example.net>
        S: 250 ok
        C: DATA
        S: 354 go
        DATA
        S: 250 ok
        """;
    try (ScriptedServer server =
            ScriptedServer.playing(
                "S: 220 mx\nC: EHLO client.example\nS: 250 mx\n" + mail + mail + GOODBYE);
        SmtpCarrier carrier =
            new SmtpCarrier(
                Loads.keeping(Loads.to(server.port()), Duration.ofSeconds(5), true),
                "client.example")) {
      Loads.carry(carrier, load("example.net", MESSAGE, "bob@example.net"));
      assertThat(Loads.carry(carrier, load("example.net", MESSAGE, "bob@example.net")))
          .contains("delivered");
      server.assertPlayed();
    }
  }

  /// It would hear the same, and a server that wants less gets more.
  @Test
  void whatAServerRefusesForNowOverAConnectionThatWaitedIsNotOfferedOverAnother() throws Exception {
    try (ScriptedServer server =
            ScriptedServer.playing(
                """
                S: 220 mx
                C: EHLO client.example
                S: 250 mx
                C: MAIL FROM:<ann@example.org>
                S: 250 ok
                C: RCPT TO:<bob@example.net>
                S: 250 ok
                C: DATA
                S: 354 go
                DATA
                S: 250 ok
                C: MAIL FROM:<ann@example.org>
                S: 451 4.7.1 Too much of you, come again later
                C: RSET
                S: 250 ok
                """
                    + GOODBYE,
                """
                S: 220 mx
                C: EHLO client.example
                S: 554 I said later
                """);
        SmtpCarrier carrier =
            new SmtpCarrier(
                Loads.keeping(Loads.to(server.port()), Duration.ofSeconds(20), true),
                "client.example")) {
      Loads.carry(carrier, load("example.net", MESSAGE, "bob@example.net"));
      assertThat(Loads.carry(carrier, load("example.net", MESSAGE, "bob@example.net")))
          .contains("deferred 4.7.1", "451 4.7.1 Too much of you");
    }
  }

  @Test
  void opensANewConnectionWhenTheOneThatWaitedIsGone() throws Exception {
    String mail =
        """
        S: 220 mx
        C: EHLO client.example
        S: 250 mx
        C: MAIL FROM:<ann@example.org>
        S: 250 ok
        C: RCPT TO:<bob@example.net>
        S: 250 ok
        C: DATA
        S: 354 go
        DATA
        S: 250 ok
        """;
    try (ScriptedServer server =
            ScriptedServer.playing(mail + "C: MAIL FROM:<ann@example.org>\nS: 421 too late", mail);
        SmtpCarrier carrier =
            new SmtpCarrier(
                Loads.keeping(Loads.to(server.port()), Duration.ofSeconds(20), true),
                "client.example")) {
      Loads.carry(carrier, load("example.net", MESSAGE, "bob@example.net"));
      assertThat(Loads.carry(carrier, load("example.net", MESSAGE, "bob@example.net")))
          .contains("delivered");
    }
  }

  @Test
  void encryptsWhereTheServerCanAndForgetsWhatItSaidBefore() throws Exception {
    assertThat(
            carry(
                load("example.net", MESSAGE, "bob@example.net"),
                """
                S: 220 mx
                C: EHLO client.example
                S: 250-mx
                S: 250-SMTPUTF8
                S: 250 STARTTLS
                C: STARTTLS
                S: 220 go
                TLS
                C: EHLO client.example
                S: 250 mx
                C: MAIL FROM:<ann@example.org>
                S: 250 ok
                C: RCPT TO:<bob@example.net>
                S: 250 ok
                C: DATA
                S: 354 go
                DATA
                S: 250 ok
                """
                    + GOODBYE))
        .contains("delivered");
  }

  @Test
  void ignoresAnswersThatWerePutInBeforeTls() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playing(
            """
            S: 220 mx
            C: EHLO client.example
            S: 250-mx
            S: 250 STARTTLS
            C: STARTTLS
            S: 220 go
            S: 250 injected
            TLS
            """,
            """
            S: 220 mx
            C: EHLO client.example
            S: 550 no
            C: HELO client.example
            S: 550 no
            """)) {
      assertThat(
              Loads.carry(Loads.to(server.port()), load("example.net", MESSAGE, "bob@example.net")))
          .doesNotContain("injected");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"S: 454 4.7.0 No keys", "S: 220 go\nGARBAGE", "S: 220 go\nCLOSE"})
  void sendsInPlainTextWhenTlsIsBroken(String broken) throws Exception {
    String hello = "S: 220 mx\nC: EHLO client.example\nS: 250-mx\nS: 250 STARTTLS\n";
    try (ScriptedServer server =
        ScriptedServer.playing(
            hello + "C: STARTTLS\n" + broken,
            hello
                + """
                C: MAIL FROM:<ann@example.org>
                S: 250 ok
                C: RCPT TO:<bob@example.net>
                S: 250 ok
                C: DATA
                S: 354 go
                DATA
                S: 250 ok
                """
                + GOODBYE)) {
      assertThat(
              Loads.carry(Loads.to(server.port()), load("example.net", MESSAGE, "bob@example.net")))
          .contains("delivered");
      server.assertPlayed();
    }
  }

  @Test
  void neverSendsALoginInPlainTextUnlessToldTo() throws Exception {
    String noTls = "S: 220 mx\nC: EHLO client.example\nS: 250-mx\nS: 250 AUTH PLAIN LOGIN\n";
    for (Smarthost.Tls tls : List.of(Smarthost.Tls.STARTTLS, Smarthost.Tls.OPPORTUNISTIC)) {
      assertThat(smarthost(tls, noTls + GOODBYE)).contains("deferred 4.7.4 (127.0.0.1)");
    }
    assertThat(
            smarthost(
                Smarthost.Tls.NONE,
                noTls
                    + """
                    C: AUTH PLAIN AGFubgBzZWNyZXQ=
                    S: 535 5.7.8 Wrong
                    """
                    + GOODBYE))
        .contains("deferred 4.7.8 (127.0.0.1) Login failed: 535 5.7.8 Wrong");
  }

  @Test
  void refusesASmarthostWithACertificateThatNobodyVouchesFor() throws Exception {
    assertThat(smarthost(Smarthost.Tls.IMPLICIT, "TLS"))
        .contains("deferred 4.7.5 (127.0.0.1) TLS failed");
    assertThat(
            smarthost(
                Smarthost.Tls.STARTTLS,
                """
                S: 220 mx
                C: EHLO client.example
                S: 250-mx
                S: 250 STARTTLS
                C: STARTTLS
                S: 220 go
                TLS
                """))
        .contains("deferred 4.7.5 (127.0.0.1) TLS failed");
  }

  @Test
  void logsInWithAuthLoginOverTls() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playing(
            """
            TLS
            S: 220 mx
            C: EHLO client.example
            S: 250-mx
            S: 250 AUTH=LOGIN
            C: AUTH LOGIN
            S: 334 VXNlcm5hbWU6
            C: YW5u
            S: 334 UGFzc3dvcmQ6
            C: c2VjcmV0
            S: 235 ok
            C: MAIL FROM:<ann@example.org>
            S: 250 ok
            C: RCPT TO:<bob@example.net>
            S: 250 ok
            C: DATA
            S: 354 go
            DATA
            S: 250 ok
            """
                + GOODBYE)) {
      Smarthost host =
          new Smarthost("127.0.0.1", server.port(), Smarthost.Tls.IMPLICIT, Optional.of("relay"));
      OutboundConfig trusting = Loads.keeping(Loads.to(server.port()), Duration.ZERO, false);

      assertThat(Loads.carry(trusting, Loads.through(host, "bob@example.net")))
          .contains("delivered");
      server.assertPlayed();
    }
  }

  private static OutboundConfig config(ScriptedServer server, String script) {
    OutboundConfig config = Loads.to(server.port());
    return script.contains("HOLD") ? Loads.impatient(config) : config;
  }

  private static String smarthost(Smarthost.Tls tls, String script) throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(script)) {
      Smarthost host = new Smarthost("127.0.0.1", server.port(), tls, Optional.of("relay"));
      String answers = Loads.carry(Loads.to(server.port()), Loads.through(host, "bob@example.net"));
      server.assertPlayed();
      return answers;
    }
  }

  private static String carry(Carrier.Load load, String script) throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(script)) {
      String answers = Loads.carry(Loads.to(server.port()), load);
      server.assertPlayed();
      return answers;
    }
  }
}
