package org.posthorn.imap;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.posthorn.imap.session.PlainTextLogins;
import org.posthorn.imap.session.SessionRules;

class SessionTest {
  /// RFC 8437 §3.
  @Test
  void becomesAStrangerAgain() {
    Talk.selected(
        _ -> {},
        """
        C: a UNAUTHENTICATE
        S: a OK Who are you
        C: b SELECT INBOX
        S: b BAD Log in first
        C: c LOGIN ann secret
        S: ~c OK \\[CAPABILITY .*] Logged in
        C: d UNAUTHENTICATE
        C: e UNAUTHENTICATE
        S: d OK Who are you
        S: e BAD Log in first
        """);
  }

  /// RFC 3501 §6.1.1, §6.1.2, §6.1.3.
  @Test
  void listsCapabilitiesAndLogsOut() {
    Talk.greeted(
        _ -> {},
        """
        C: a CAPABILITY
        S: * CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE LANGUAGE IDLE STARTTLS SASL-IR AUTH=PLAIN AUTH=LOGIN
        S: a OK Listed
        C: b NOOP
        S: b OK Done
        C: c logout
        S: * BYE Until next time
        S: c OK Logged out
        -- closed
        """);
  }

  /// RFC 3501 §6.2.3.
  @Test
  void logsInWithAtomsStringsAndLiterals() {
    Talk.greeted(
        _ -> {},
        """
        C: a LOGIN "ann" {6}
        S: + Go ahead
        C: secret
        S: ~a OK \\[CAPABILITY IMAP4rev1 .* MOVE .*] Logged in
        C: b LOGIN ann secret
        S: b BAD You have logged in already
        """);
    Talk.greeted(
        _ -> {},
        """
        C: a LOGIN {3+}
        C: ann {6+}
        C: secret
        S: ~a OK .*
        """);
  }

  @Test
  void endsAfterThreeWrongLogins() {
    Talk.greeted(
        _ -> {},
        """
        C: a LOGIN ann wrong
        S: a NO [AUTHENTICATIONFAILED] Wrong login or password
        C: b LOGIN nobody secret
        S: b NO [AUTHENTICATIONFAILED] Wrong login or password
        C: c LOGIN throttled x
        S: * BYE Too many wrong logins
        -- closed
        """);
  }

  @Test
  void saysWhenToTryAgain() {
    Talk.greeted(
        _ -> {},
        """
        C: a LOGIN throttled x
        S: a NO [UNAVAILABLE] Logins wait at the moment, try again in 7 seconds
        """);
  }

  /// RFC 3501 §6.2.2, RFC 4959; the response is NUL ann NUL secret.
  @Test
  void authenticatesWithPlain() {
    Talk.greeted(
        _ -> {},
        """
        C: a AUTHENTICATE PLAIN
        S: +\\s
        C: AGFubgBzZWNyZXQ=
        S: ~a OK .*
        """);
    Talk.greeted(
        _ -> {},
        """
        C: a AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=
        S: ~a OK .*
        """);
  }

  @Test
  void authenticatesWithLogin() {
    Talk.greeted(
        _ -> {},
        """
        C: a authenticate login
        S: + VXNlcm5hbWU6
        C: YW5u
        S: + UGFzc3dvcmQ6
        C: c2VjcmV0
        S: ~a OK .*
        """);
  }

  @Test
  void letsAClientCancelItsAuthentication() {
    Talk.greeted(
        _ -> {},
        """
        C: a AUTHENTICATE PLAIN
        S: +\\s
        C: *
        S: a BAD Cancelled
        C: b AUTHENTICATE PLAIN !!!!
        S: b BAD The response is no Base64
        C: c AUTHENTICATE PLAIN
        S: +\\s
        C: AGFubg
        S: c BAD The response is no Base64
        C: d AUTHENTICATE CRAM-MD5
        S: d NO [CANNOT] No such mechanism here
        C: e AUTHENTICATE PLAIN Ym9iAGFubgBzZWNyZXQ=
        S: e NO [AUTHORIZATIONFAILED] Only as yourself
        """);
  }

  @Test
  void takesNoPasswordInPlainTextWhereThatIsForbidden() {
    for (int bufferBytes : new int[] {8192, 1}) {
      try (var house = new ImapHouse(0, PlainTextLogins.NEVER)) {
        Talk.play(
            house,
            bufferBytes,
            """
            S: ~\\* OK \\[CAPABILITY IMAP4rev1 .* STARTTLS LOGINDISABLED] Posthorn is here
            C: a LOGIN ann secret
            S: a NO [PRIVACYREQUIRED] Use TLS before you log in
            C: b AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=
            S: b NO [PRIVACYREQUIRED] Use TLS before you log in
            C: c STARTTLS
            S: c OK Begin TLS now
            -- tls
            C: d CAPABILITY
            S: * CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE LANGUAGE IDLE SASL-IR AUTH=PLAIN AUTH=LOGIN
            S: d OK Listed
            C: e STARTTLS
            S: e BAD There is no TLS to start
            C: f LOGIN ann secret
            S: ~f OK .*
            """);
      }
    }
  }

  /// What came with STARTTLS in plain text counts for nothing.
  @Test
  void dropsWhatFollowsStartTls() {
    try (var house = new ImapHouse()) {
      Talk.play(
          house,
          8192,
          """
          S: ...
          S: ~.* Posthorn is here
          C: a STARTTLS
          C: b LOGIN ann secret
          S: a OK Begin TLS now
          -- tls
          C: c LOGIN ann secret
          S: ~c OK .*
          """);
    }
  }

  /// RFC 2971, RFC 2342, RFC 5161.
  @Test
  void identifiesItselfAndEnables() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a ID NIL
        S: * ID ("name" "Posthorn")
        S: a OK Pleased to meet you
        C: b ID ("name" "x" "os" NIL)
        S: * ID ("name" "Posthorn")
        S: b OK Pleased to meet you
        C: c NAMESPACE
        S: * NAMESPACE (("" "/")) (("Other Users/" "/")) (("Shared/" "/"))
        S: c OK Listed
        C: d ENABLE CONDSTORE X-NOTHING
        S: * ENABLED CONDSTORE
        S: d OK Enabled
        C: e ENABLE X-UNKNOWN
        S: * ENABLED
        S: e OK Enabled
        """);
  }

  @Test
  void knowsWhatMayBeSaidWhen() {
    Talk.greeted(
        _ -> {},
        """
        C: a SELECT INBOX
        S: a BAD Log in first
        C: b FETCH 1 FLAGS
        S: b BAD Select a mailbox first
        C: l LOGIN ann secret
        S: ~l OK .*
        C: c FETCH 1 FLAGS
        S: c BAD Select a mailbox first
        C: d STARTTLS
        S: d BAD You have logged in already
        """);
  }

  @Test
  void answersMistakesWithTheirTag() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a XYZZY
        S: a BAD Unknown command
        C: b NOOP extra
        S: b BAD Expected the end of the line
        C: c FETCH 0 FLAGS
        S: c BAD Expected a number above zero
        C: (
        S: * BAD Expected a tag
        C: d SELECT
        S: d BAD Expected a space
        C: e SELECT "INBOX
        S: e BAD A quoted string ends at its quote
        C: f NOOP
        S: f OK Done
        """);
  }

  /// What follows a mistake on the line belongs to it, with the literals that are on their way.
  @Test
  void skipsTheLiteralsOfACommandThatItDoesNotKnow() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a XYZZY {9+}
        C: b NOOP
        C:  {3+}
        C: ab
        C: c NOOP
        S: a BAD Unknown command
        S: c OK Done
        C: d XYZZY {9}
        S: d BAD Unknown command
        C: e NOOP
        S: e OK Done
        """);
  }

  @Test
  void refusesArgumentsThatAreTooLong() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a CREATE {70000}
        S: a NO [TOOBIG] That is too long for an argument
        C: b CREATE {99999999999999999999999}
        S: b NO [TOOBIG] That is too long for an argument
        C: c NOOP
        S: c OK Done
        C: d CREATE {99999999999999999999999+}
        S: * BYE [TOOBIG] That is too long
        -- closed
        """);
  }

  @Test
  void readsPastALongLiteralThatWasNotAskedFor() {
    Talk.loggedIn(
        _ -> {},
        "C: a CREATE {70000+}\nC- %s\nC: \nC: b NOOP\n".formatted("x".repeat(70_000))
            + "S: a NO [TOOBIG] That is too long for an argument\nS: b OK Done\n");
  }

  @Test
  void hangsUpOnOtherProtocols() {
    for (String first : new String[] {"GET / HTTP/1.1", "EHLO client.example", "USER ann"}) {
      Talk.greeted(
          _ -> {},
          """
          C: %s
          S: * BYE This is IMAP
          -- closed
          """
              .formatted(first));
    }
  }

  @Test
  void hangsUpOnAStrangerWhoMakesNoSense() {
    Talk.greeted(
        _ -> {},
        """
        C: a X1
        S: a BAD Unknown command
        C: a X2
        S: a BAD Unknown command
        C: a X3
        S: a BAD Unknown command
        C: a X4
        S: a BAD Unknown command
        C: a X5
        S: a BAD Unknown command
        C: a X6
        S: * BYE [CLIENTBUG] Too many mistakes
        -- closed
        """);
  }

  /// What can be read makes no more sense than what cannot.
  @Test
  void hangsUpOnAStrangerWhoAsksForWhatIsNotHis() {
    Talk.greeted(
        _ -> {},
        """
        C: a SELECT INBOX
        S: ~a BAD .*
        C: a SELECT INBOX
        S: ~a BAD .*
        C: a X3
        S: a BAD Unknown command
        C: a SELECT INBOX
        S: ~a BAD .*
        C: a SELECT INBOX
        S: ~a BAD .*
        C: a SELECT INBOX
        S: * BYE [CLIENTBUG] Too many mistakes
        -- closed
        """);
  }

  @Test
  void waitsForALoginOnlySoLong() {
    var rules = rules(Duration.ofSeconds(2), Duration.ofMinutes(4));
    try (var house = new ImapHouse(0, rules)) {
      Talk.play(
          house,
          8192,
          """
          S: ~.* Posthorn is here
          C: a NOOP
          S: a OK Done
          S: * BYE Nothing was heard for too long
          -- closed
          """);
      Talk.play(
          house,
          8192,
          """
          S: ~.* Posthorn is here
          C- a LOGIN ann
          S: * BYE Nothing was heard for too long
          -- closed
          """);
    }
  }

  @Test
  void givesWhoIsAStrangerAgainTheTimeOfAStranger() {
    var rules = rules(Duration.ofSeconds(1), Duration.ofMillis(200));
    String idle =
        """
        C#: i IDLE
        S#: + Idling
        %s
        C#: DONE
        S#: ...
        S#: i OK Done
        """;
    String longer = "S: * OK Still here\n".repeat(6).strip();
    try (var house = new ImapHouse(0, rules)) {
      Talk.play(
          house,
          8192,
          "S: ~.* Posthorn is here\n"
              + Talk.login("")
              + Talk.select("")
              + "S2: ~.* Posthorn is here\n"
              + Talk.login("2")
              + Talk.select("2")
              + idle.formatted(longer).replace("#", "")
              + """
              C: a UNAUTHENTICATE
              S: a OK Who are you
              """
              + idle.formatted("S2: * OK Still here").replace("#", "2")
              + """
              C: b LOGIN ann secret
              S: ~b OK .*
              """);
    }
  }

  @Test
  void tellsWhoIdlesThatItIsThere() {
    var rules = rules(Duration.ofSeconds(20), Duration.ofMillis(50));
    try (var house = new ImapHouse(0, rules)) {
      Talk.play(
          house,
          8192,
          "S: ~.* Posthorn is here\n"
              + Talk.login("")
              + Talk.select("")
              + """
              C: i IDLE
              S: + Idling
              S: * OK Still here
              S: * OK Still here
              C: DONE
              S: ...
              S: i OK Done
              """);
    }
  }

  private static SessionRules rules(Duration loginTimeout, Duration keepAlive) {
    return new SessionRules(
        PlainTextLogins.LOOPBACK,
        100_000,
        loginTimeout,
        Duration.ofMinutes(30),
        keepAlive,
        3,
        Duration.ZERO,
        List.of(),
        List.of());
  }
}
