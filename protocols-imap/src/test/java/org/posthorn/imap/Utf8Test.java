package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// RFC 6855: UTF-8 for clients that ask for it, and what the others see.
class Utf8Test {
  private static final String MESSAGE =
      "From: Zo\u00eb <zo\u00eb@example.org>\r\nTo: ann@example.org\r\nSubject: Gr\u00fc\u00dfe\r\n\r\nHallo\r\n";

  @Test
  void sendsUtf8ToWhoAsksForIt() {
    Talk.loggedIn(
        house -> house.append("INBOX", MESSAGE),
        """
        C: a ENABLE UTF8=ACCEPT
        S: * ENABLED UTF8=ACCEPT
        S: a OK Enabled
        C: b EXAMINE INBOX
        S: ...
        S: b OK [READ-ONLY] Selected
        C: c FETCH 1 (ENVELOPE BODY.PEEK[HEADER.FIELDS (SUBJECT)])
        S: * 1 FETCH (ENVELOPE (NIL "Gr\\xC3\\xBC\\xC3\\x9Fe" (("Zo\\xC3\\xAB" NIL "zo\\xC3\\xAB" "example.org")) (("Zo\\xC3\\xAB" NIL "zo\\xC3\\xAB" "example.org")) (("Zo\\xC3\\xAB" NIL "zo\\xC3\\xAB" "example.org")) ((NIL NIL "ann" "example.org")) NIL NIL NIL NIL) BODY[HEADER.FIELDS (SUBJECT)] {20}
        S: Subject: Gr\\xC3\\xBC\\xC3\\x9Fe
        S:
        S: )
        S: c OK Fetched
        C: d SEARCH CHARSET UTF-8 SUBJECT x
        S: d BAD All texts are UTF-8 now
        C: e SEARCH SUBJECT "gr\\xC3\\xBC"
        S: * SEARCH 1
        S: e OK Searched
        C: f CREATE "Entw\\xC3\\xBCrfe"
        S: ~f OK .*
        C: g STATUS "Entw\\xC3\\xBCrfe" (MESSAGES)
        S: * STATUS "Entw\\xC3\\xBCrfe" (MESSAGES 0)
        S: g OK Told
        """);
  }

  /// §8.
  @Test
  void sendsASurrogateToOthers() {
    Talk.selected(
        house -> house.append("INBOX", MESSAGE),
        """
        C: a FETCH 1 ENVELOPE
        S: ~\\* 1 FETCH \\(ENVELOPE \\(NIL "=\\?utf-8\\?B\\?R3LDvMOfZQ==\\?=" \\(\\("=\\?utf-8\\?[^"]*" NIL "unicode-address" "utf8.invalid"\\)\\) .* \\(\\(NIL NIL "ann" "example.org"\\)\\) NIL NIL NIL NIL\\)\\)
        S: a OK Fetched
        C: b FETCH 1 BODY.PEEK[]
        S: ~\\* 1 FETCH \\(BODY\\[] \\{\\d+}
        S: ~From: .*
        S:  <unicode-address@utf8.invalid>
        S: To: ann@example.org
        S: Subject: =?utf-8?B?R3LDvMOfZQ==?=
        S:
        S: Hallo
        S: )
        S: b OK Fetched
        C: c FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]
        S: * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {37}
        S: Subject: =?utf-8?B?R3LDvMOfZQ==?=
        S:
        S: )
        S: c OK Fetched
        C: d FETCH 1 BODY.PEEK[HEADER]<0.5>
        S: * 1 FETCH (BODY[HEADER]<0> {5}
        S: From:)
        S: d OK Fetched
        C: e FETCH 1 BODY.PEEK[TEXT]
        S: * 1 FETCH (BODY[TEXT] {7}
        S: Hallo
        S: )
        S: e OK Fetched
        """);
  }

  /// §4.
  @Test
  void takesHeadersInUtf8() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a APPEND INBOX {16+}
        C: Subject: \\xC3\\xBC
        C:
        C: x
        S: ~a OK \\[APPENDUID .*
        C: b APPEND INBOX {16+}
        C: Subject: x
        C:
        C: \\xC3\\xBC
        S: ~b OK \\[APPENDUID .*
        C: c ENABLE UTF8=ACCEPT
        S: * ENABLED UTF8=ACCEPT
        S: c OK Enabled
        C: d APPEND INBOX (\\Seen) UTF8 (~{16+}
        C: Subject: \\xC3\\xBC
        C:
        C: x)
        S: ~d OK \\[APPENDUID .*
        C: e APPEND INBOX CATENATE (UTF8 (~{13+}
        C: Subject: \\xC3\\xBC
        C: ) TEXT {3+}
        C:
        C: x)
        S: ~e OK \\[APPENDUID .*
        C: f APPEND INBOX UTF8 (~{16+}
        C: Subject: \\xC3\\xBC
        C:
        C: x
        S: f BAD Expected ')'
        """);
  }
}
