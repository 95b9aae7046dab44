package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// What ENABLE IMAP4rev2 changes (RFC 9051 appendix E).
class Rev2Test {
  /// §6.3.2: LIST, no RECENT, no UNSEEN; OLDNAME where the name is another.
  @Test
  void selects() {
    Talk.loggedIn(
        house -> house.letter("one"),
        """
        C: a ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: a OK Enabled
        C: b SELECT inbox
        S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
        S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags that are kept
        S: * 1 EXISTS
        S: ~\\* OK \\[UIDVALIDITY \\d+] UIDs valid
        S: * OK [UIDNEXT 2] Predicted next UID
        S: ~\\* OK \\[HIGHESTMODSEQ \\d+] Highest
        S: ~\\* OK \\[MAILBOXID \\(B\\d+\\)] Object id
        S: * OK [URLMECH INTERNAL] For URLs
        S: * LIST (\\HasNoChildren) "/" INBOX ("OLDNAME" (inbox))
        S: b OK [READ-WRITE] Selected
        C: c FETCH 1 FLAGS
        S: * 1 FETCH (FLAGS ())
        S: c OK Fetched
        C: d SELECT Drafts
        S: * OK [CLOSED] The mailbox is closed
        S: ...
        S: * LIST (\\HasNoChildren \\Drafts) "/" Drafts
        S: d OK [READ-WRITE] Selected
        """);
  }

  /// §6.4.4, §7.5.2: ESEARCH answers SEARCH, and what is told unasked has the UID.
  @Test
  void answersSearchByEsearch() {
    Talk.bothSelected(
        house -> {
          house.letter("one");
          house.letter("two");
        },
        """
        C: a ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: a OK Enabled
        C: b SEARCH ALL
        S: * ESEARCH (TAG "b") ALL 1:2
        S: b OK Searched
        C: c UID SEARCH SUBJECT nothing
        S: * ESEARCH (TAG "c") UID
        S: c OK Searched
        C: d SEARCH RETURN (COUNT) ALL
        S: * ESEARCH (TAG "d") COUNT 2
        S: d OK Searched
        C2: x STORE 2 +FLAGS.SILENT (\\Flagged)
        S2: x OK Stored
        C: e NOOP
        S: * 2 FETCH (UID 2 FLAGS (\\Flagged))
        S: e OK Done
        C2: y SEARCH ALL
        S2: * SEARCH 1 2
        S2: y OK Searched
        """);
  }

  /// §5.1: names are UTF-8 and `&` is itself; others see modified UTF-7.
  @Test
  void namesMailboxesInUtf8() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: a OK Enabled
        C: b CREATE "Entw\\xC3\\xBCrfe & mehr"
        S: ~b OK .*
        C: c LIST "" Entw*
        S: * LIST (\\HasNoChildren) "/" "Entw\\xC3\\xBCrfe & mehr"
        S: c OK Listed
        C: d CREATE &APw-
        S: ~d OK .*
        C2: l LOGIN ann secret
        S2: ...
        S2: ~l OK .*
        C2: m LIST "" Entw*
        S2: * LIST (\\HasNoChildren) "/" "Entw&APw-rfe &- mehr"
        S2: m OK Listed
        C2: n LIST "" &*
        S2: n BAD A mailbox name is not modified UTF-7
        C2: o LIST "" &-APw-
        S2: * LIST (\\HasNoChildren) "/" &-APw-
        S2: o OK Listed
        C: e CREATE "Zoe\\xCC\\x88"
        S: e NO [CANNOT] A mailbox name is written in Unicode's form C
        C: f CREATE "bad\\xFF"
        S: f BAD A string is not UTF-8
        """);
  }

  /// §4.3.1: text outside ASCII stands in quoted strings.
  @Test
  void quotesUtf8() {
    Talk.loggedIn(
        house -> house.append("INBOX", "Subject: Gr\u00fc\u00dfe \"an\" \\alle\r\n\r\nx\r\n"),
        """
        C: a ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: a OK Enabled
        C: b EXAMINE INBOX
        S: ...
        S: b OK [READ-ONLY] Selected
        C: c FETCH 1 ENVELOPE
        S: * 1 FETCH (ENVELOPE (NIL "Gr\\xC3\\xBC\\xC3\\x9Fe \\\\"an\\\\" \\\\\\\\alle" NIL NIL NIL NIL NIL NIL NIL NIL))
        S: c OK Fetched
        """);
  }
}
