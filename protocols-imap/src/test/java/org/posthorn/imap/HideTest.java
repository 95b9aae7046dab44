package org.posthorn.imap;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.posthorn.imap.session.HideRule;
import org.posthorn.imap.session.PlainTextLogins;
import org.posthorn.imap.session.SessionRules;

/// Capabilities that some clients are not shown.
class HideTest {
  @Test
  void hidesFromAProgram() {
    play(
        new HideRule(Optional.of("oldmail 1.*"), Optional.empty(), List.of("CONDSTORE", "qresync")),
        """
        S: ...
        C: a LOGIN ann secret
        S: ~a OK .* CONDSTORE QRESYNC .*
        C: b ID ("NAME" "OldMail" "version" "1.7")
        S: * ID ("name" "Posthorn")
        S: ~\\* CAPABILITY IMAP4rev1 (?!.*(CONDSTORE|QRESYNC)).*
        S: b OK Pleased to meet you
        C: c CAPABILITY
        S: ~\\* CAPABILITY IMAP4rev1 (?!.*(CONDSTORE|QRESYNC)).*
        S: c OK Listed
        C: d ENABLE QRESYNC
        S: * ENABLED
        S: d OK Enabled
        C: e ID ("name" "OldMail" "version" "2.0")
        S: * ID ("name" "Posthorn")
        S: e OK Pleased to meet you
        C: f ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: f OK Enabled
        """);
  }

  @Test
  void hidesFromALogin() {
    play(
        new HideRule(Optional.empty(), Optional.of("*@example.org"), List.of("IDLE")),
        """
        S: ~\\* OK \\[CAPABILITY .* IDLE .*
        C: a LOGIN ann secret
        S: ~a OK \\[CAPABILITY (?!.* IDLE).*
        """);
  }

  private static void play(HideRule rule, String script) {
    var rules =
        new SessionRules(
            PlainTextLogins.LOOPBACK,
            100_000,
            Duration.ofSeconds(20),
            Duration.ofMinutes(30),
            Duration.ofMinutes(4),
            3,
            Duration.ZERO,
            List.of(rule),
            List.of());
    try (var house = new ImapHouse(0, rules)) {
      Talk.play(house, 8192, script.replace("S: ...\n", "S: ~\\* OK .*\n"));
    }
  }
}
