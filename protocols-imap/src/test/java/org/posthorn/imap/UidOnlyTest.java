package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// RFC 9586.
class UidOnlyTest {
  private static void fill(ImapHouse house) {
    house.letter("one");
    house.letter("two", "\\Deleted");
    house.letter("three");
  }

  @Test
  void namesMessagesByUidAlone() {
    Talk.bothSelected(
        UidOnlyTest::fill,
        """
        C: a ENABLE UIDONLY
        S: * ENABLED UIDONLY
        S: a OK Enabled
        C: b UID FETCH 1:3 (FLAGS)
        S: * 1 UIDFETCH (FLAGS ())
        S: * 2 UIDFETCH (FLAGS (\\Deleted))
        S: * 3 UIDFETCH (FLAGS ())
        S: b OK Fetched
        C2: c STORE 3 +FLAGS.SILENT (\\Flagged)
        S2: c OK Stored
        C: d NOOP
        S: * 3 UIDFETCH (FLAGS (\\Flagged))
        S: d OK Done
        C: e EXPUNGE
        S: * VANISHED 2
        S: ...
        S: e OK Expunged
        C: f UID STORE 3 FLAGS (\\Seen)
        S: * 3 UIDFETCH (FLAGS (\\Seen))
        S: f OK Stored
        C: g UID FETCH 3 (UID FLAGS)
        S: * 3 UIDFETCH (UID 3 FLAGS (\\Seen))
        S: g OK Fetched
        C: h UID SEARCH ALL
        S: * SEARCH 1 3
        S: h OK Searched
        C: i UID MOVE 3 Trash
        S: ~\\* OK \\[COPYUID \\d+ 3 1] Moved UIDs
        S: * VANISHED 3
        S: ...
        S: i OK Moved
        """);
  }

  @Test
  void refusesNumbers() {
    Talk.loggedIn(
        UidOnlyTest::fill,
        """
        C: a ENABLE UIDONLY QRESYNC
        S: ~\\* ENABLED .*UIDONLY.*
        S: a OK Enabled
        C: b SELECT INBOX (QRESYNC (1 2 1:3 (1 1)))
        S: b BAD [UIDREQUIRED] Messages are named by UID now
        C: c SELECT INBOX
        S: ~\\* FLAGS .*
        S: ~\\* OK \\[PERMANENTFLAGS .*
        S: * 3 EXISTS
        S: * 3 RECENT
        S: ~\\* OK \\[UIDVALIDITY .*
        S: ...
        S: c OK [READ-WRITE] Selected
        C: d FETCH 1 FLAGS
        S: d BAD [UIDREQUIRED] Messages are named by UID now
        C: e STORE 1 FLAGS (x)
        S: e BAD [UIDREQUIRED] Messages are named by UID now
        C: f SEARCH ALL
        S: f BAD [UIDREQUIRED] Messages are named by UID now
        C: g UID SEARCH NOT (OR SEEN 1:2)
        S: g BAD [UIDREQUIRED] Messages are named by UID now
        C: h COPY 1 Trash
        S: h BAD [UIDREQUIRED] Messages are named by UID now
        C: i MOVE 1 Trash
        S: i BAD [UIDREQUIRED] Messages are named by UID now
        C: j SORT (DATE) UTF-8 ALL
        S: j BAD [UIDREQUIRED] Messages are named by UID now
        C: k UID THREAD REFERENCES UTF-8 1
        S: k BAD [UIDREQUIRED] Messages are named by UID now
        C: l UID SEARCH RETURN (SAVE) ALL
        S: l OK Searched
        C: m UID SEARCH $ UID 2
        S: * SEARCH 2
        S: m OK Searched
        C: n UID STORE 1 (UNCHANGEDSINCE 1) FLAGS (x)
        S: ~\\* 1 UIDFETCH \\(FLAGS \\(.*\\) MODSEQ \\(\\d+\\)\\)
        S: n OK [MODIFIED 1] Some messages had changed and were left alone
        C: o UID STORE 1 FLAGS.SILENT (\\Seen)
        S: ~\\* 1 UIDFETCH \\(MODSEQ \\(\\d+\\)\\)
        S: o OK Stored
        C: p ESEARCH IN (personal) 1
        S: p BAD [UIDREQUIRED] Messages are named by UID now
        """);
  }
}
