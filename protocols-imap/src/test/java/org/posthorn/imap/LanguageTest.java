package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// RFC 5255 §3.
class LanguageTest {
  @Test
  void speaksOtherLanguages() {
    Talk.greeted(
        house -> house.letter("one"),
        """
        C: a LANGUAGE
        S: * LANGUAGE (i-default en de fr es)
        S: a OK These are the languages
        C: b LANGUAGE MUL tlh
        S: b NO That language is not spoken here
        C: c LANGUAGE tlh "DE-IT"
        S: * LANGUAGE (de)
        S: c OK Ab hier in dieser Sprache
        C: d LOGIN ann wrong
        S: d NO [AUTHENTICATIONFAILED] Anmeldename oder Passwort falsch
        C: e LOGIN throttled x
        S: e NO [UNAVAILABLE] Anmeldungen warten gerade, versuchen Sie es in 7 Sekunden wieder
        C: f LOGIN ann secret
        S: ~f OK \\[CAPABILITY .* LANGUAGE .*] Angemeldet
        C: g NAMESPACE
        S: * NAMESPACE (("" "/")) (("Other Users/" "/" "TRANSLATION" ("Andere Benutzer/"))) (("Shared/" "/" "TRANSLATION" ("Gemeinsam/")))
        S: g OK Aufgezählt
        C: h SELECT Nowhere
        S: h NO [NONEXISTENT] Dieses Postfach gibt es nicht
        C: i EXAMINE INBOX
        S: ...
        S: * OK [URLMECH INTERNAL] Für URLs
        S: i OK [READ-ONLY] Ausgewählt
        C: j STORE 1 FLAGS (\\Seen)
        S: j NO [NOPERM] Das Postfach ist nur zum Lesen geöffnet
        C: k UIDBATCHES 5
        S: k NO [TOOFEW] Ein Abschnitt hat mindestens 500 Nachrichten
        C: l LANGUAGE fr-CA en-CA
        S: * LANGUAGE (fr)
        S: * NAMESPACE (("" "/")) (("Other Users/" "/" "TRANSLATION" ("Autres utilisateurs/"))) (("Shared/" "/" "TRANSLATION" ("Partag&AOk-s/")))
        S: l OK Dans cette langue à partir d'ici
        C: m LANGUAGE tlh
        S: m NO Cette langue n'est pas parlée ici
        C: n LANGUAGE "default"
        S: * LANGUAGE (i-default)
        S: * NAMESPACE (("" "/")) (("Other Users/" "/")) (("Shared/" "/"))
        S: n OK This language from here on
        C: o LANGUAGE es
        S: * LANGUAGE (es)
        S: ...
        S: o OK En este idioma a partir de aquí
        C: p SPEAK UP
        S: p BAD Unknown command
        C: q LOGOUT
        S: * BYE Hasta la próxima
        S: q OK Sesión cerrada
        """);
  }

  @Test
  void forgetsTheLanguageWithTheLogin() {
    Talk.loggedIn(
        house -> {},
        """
        C: a LANGUAGE de
        S: * LANGUAGE (de)
        S: ...
        S: a OK Ab hier in dieser Sprache
        C: b UNAUTHENTICATE
        S: b OK Wer sind Sie
        C: c LANGUAGE "" "*"
        S: * LANGUAGE (i-default)
        S: c OK This language from here on
        C: d LANGUAGE {3}
        S: + Go ahead
        C: d-- -
        S: d NO That language is not spoken here
        """);
  }
}
