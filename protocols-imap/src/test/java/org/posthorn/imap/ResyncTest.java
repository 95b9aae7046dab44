package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// RFC 7162 §3.2.
class ResyncTest {
  private static void threeMessages(ImapHouse house) {
    for (int i = 1; i <= 3; i++) {
      house.append("INBOX", "A: " + i + "\r\n\r\n");
    }
  }

  @Test
  void tellsWhatIsGoneByUid() {
    Talk.loggedIn(
        ResyncTest::threeMessages,
        """
        C: e ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: e OK Enabled
        C: s SELECT INBOX
        S: ...
        S: s OK [READ-WRITE] Selected
        C: a STORE 1,3 +FLAGS.SILENT (\\Deleted)
        S: * 1 FETCH (UID 1 MODSEQ (5))
        S: * 3 FETCH (UID 3 MODSEQ (5))
        S: a OK Stored
        C: b EXPUNGE
        S: * VANISHED 1,3
        S: * 1 RECENT
        S: b OK [HIGHESTMODSEQ 6] Expunged
        C: c FETCH 1 (UID)
        S: * 1 FETCH (UID 2)
        S: c OK Fetched
        """);
  }

  @Test
  void tellsWhoComesAgainWhatWasMissed() {
    Talk.loggedIn(
        ResyncTest::threeMessages,
        """
        C: e ENABLE CONDSTORE QRESYNC
        S: * ENABLED CONDSTORE QRESYNC
        S: e OK Enabled
        C: s SELECT INBOX
        S: ...
        S: s OK [READ-WRITE] Selected
        C: a UID STORE 2 +FLAGS.SILENT (\\Deleted)
        S: ...
        S: a OK Stored
        C: b EXPUNGE
        S: ...
        S: b OK [HIGHESTMODSEQ 6] Expunged
        C: c UID STORE 3 +FLAGS.SILENT (\\Flagged)
        S: ...
        S: c OK Stored
        C: d SELECT INBOX (QRESYNC (1772445600 4 1:3))
        S: * OK [CLOSED] The mailbox is closed
        S: ...
        S: * OK [MAILBOXID (B1)] Object id
        S: * OK [URLMECH INTERNAL] For URLs
        S: * VANISHED (EARLIER) 2
        S: * 2 FETCH (UID 3 FLAGS (\\Flagged) MODSEQ (7))
        S: d OK [READ-WRITE] Selected
        C: f SELECT INBOX (QRESYNC (1772445600 4 1:3 (1 1)))
        S: ...
        S: * VANISHED (EARLIER) 2
        S: * 2 FETCH (UID 3 FLAGS (\\Flagged) MODSEQ (7))
        S: f OK [READ-WRITE] Selected
        C: g SELECT INBOX (QRESYNC (1772445600 4 1:3 (1:2 1,3)))
        S: ...
        S: * OK [MAILBOXID (B1)] Object id
        S: * OK [URLMECH INTERNAL] For URLs
        S: * 2 FETCH (UID 3 FLAGS (\\Flagged) MODSEQ (7))
        S: g OK [READ-WRITE] Selected
        C: h SELECT INBOX (QRESYNC (5 1))
        S: ...
        S: * OK [MAILBOXID (B1)] Object id
        S: * OK [URLMECH INTERNAL] For URLs
        S: h OK [READ-WRITE] Selected
        C: i UID FETCH 1:* (FLAGS) (CHANGEDSINCE 4 VANISHED)
        S: * VANISHED (EARLIER) 2
        S: * 2 FETCH (UID 3 FLAGS (\\Flagged) MODSEQ (7))
        S: i OK Fetched
        C: j UID FETCH 1 (FLAGS) (CHANGEDSINCE 4 VANISHED)
        S: j OK Fetched
        """);
  }

  /// Whatever numbers and UIDs it says that it knows.
  @Test
  void believesNobodyWhoKnowsMoreThanThereIs() {
    Talk.loggedIn(
        ResyncTest::threeMessages,
        """
        C: e ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: e OK Enabled
        C: a SELECT INBOX (QRESYNC (1772445600 4 1:3 (1:3 1:3)))
        S: ...
        S: a OK [READ-WRITE] Selected
        C: b SELECT INBOX (QRESYNC (1772445600 4 1:3 (1:4294967295 1:4294967295)))
        S: ...
        S: b OK [READ-WRITE] Selected
        """);
  }

  @Test
  void mustBeEnabledFirst() {
    Talk.selected(
        ResyncTest::threeMessages,
        """
        C: a SELECT INBOX (QRESYNC (1772445600 4))
        S: a BAD ENABLE QRESYNC first
        C: b UID FETCH 1:* (FLAGS) (CHANGEDSINCE 4 VANISHED)
        S: b BAD ENABLE QRESYNC first
        C: c ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: * OK [HIGHESTMODSEQ 4] Noted
        S: c OK Enabled
        C: d FETCH 1:* (FLAGS) (CHANGEDSINCE 4 VANISHED)
        S: ~d BAD .*
        C: f UID FETCH 1:* (FLAGS) (VANISHED)
        S: ~f BAD .*
        """);
  }

  /// RFC 6851 §4.4, RFC 8508 §3.4, RFC 7162 §3.2.7.
  @Test
  void tellsTheHighestModSeqOfWhatMovedAway() {
    Talk.loggedIn(
        house -> {
          house.letter("one");
          house.letter("two");
          house.letter("three");
        },
        """
        C: a ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: a OK Enabled
        C: b SELECT INBOX
        S: ...
        S: ~b OK .*
        C: c MOVE 1 Archive
        S: ~\\* OK \\[COPYUID \\d+ 1 1] Moved UIDs
        S: * VANISHED 1
        S: * 2 RECENT
        S: ~c OK \\[HIGHESTMODSEQ (?<first>\\d+)] Moved
        C: d UID MOVE 2 Archive
        S: ~\\* OK \\[COPYUID \\d+ 2 2] Moved UIDs
        S: * VANISHED 2
        S: * 1 RECENT
        S: ~d OK \\[HIGHESTMODSEQ (?<second>\\d+)] Moved
        C: e STATUS INBOX (HIGHESTMODSEQ)
        S: * STATUS INBOX (HIGHESTMODSEQ ${second})
        S: e OK Told
        C: f UID REPLACE 3 INBOX {4+}
        C: a: b
        S: ...
        S: ~f OK \\[HIGHESTMODSEQ (?<third>\\d+)] Replaced
        C: g STATUS INBOX (HIGHESTMODSEQ)
        S: * STATUS INBOX (HIGHESTMODSEQ ${third})
        S: g OK Told
        """);
  }
}
