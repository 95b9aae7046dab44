package org.posthorn.imap;

import org.junit.jupiter.api.Test;

class StoreTest {
  /// RFC 3501 §6.4.6.
  @Test
  void addsRemovesAndReplacesFlags() {
    Talk.selected(
        house -> {
          house.letter("one");
          house.letter("two", "\\Flagged");
        },
        """
        C: a STORE 1:2 +FLAGS (\\Seen)
        S: * 1 FETCH (FLAGS (\\Seen \\Recent))
        S: * 2 FETCH (FLAGS (\\Seen \\Flagged \\Recent))
        S: a OK Stored
        C: b STORE 2 -FLAGS \\Flagged \\Seen
        S: * 2 FETCH (FLAGS (\\Recent))
        S: b OK Stored
        C: c UID STORE 2 FLAGS (\\Draft)
        S: * 2 FETCH (UID 2 FLAGS (\\Draft \\Recent))
        S: c OK Stored
        C: d STORE 1 FLAGS.SILENT ()
        S: d OK Stored
        C: e FETCH 1 FLAGS
        S: * 1 FETCH (FLAGS (\\Recent))
        S: e OK Fetched
        C: f STORE 1 +FLAGS (Work)
        S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft Work)
        S: ~\\* OK \\[PERMANENTFLAGS \\(.* Work .*
        S: * 1 FETCH (FLAGS (Work \\Recent))
        S: f OK Stored
        C: g STORE 1 +FLAGS (\\Recent)
        S: * 1 FETCH (FLAGS (Work \\Recent))
        S: g OK Stored
        C: h STORE 1 +FLAGS (\\Nonsense)
        S: h BAD There is no such system flag
        C: i STORE 1 LABELS (x)
        S: i BAD Only flags can be stored
        C: j STORE 9 +FLAGS (\\Seen)
        S: j BAD There is no message of that number
        C: k UID STORE 9 +FLAGS (\\Seen)
        S: k OK Stored
        """);
  }

  /// RFC 7162 §3.1.3.
  @Test
  void storesUnderACondition() {
    Talk.selected(
        house -> {
          house.letter("one");
          house.letter("two");
        },
        """
        C: a FETCH 1:2 (MODSEQ)
        S: ~\\* OK \\[HIGHESTMODSEQ (?<high>\\d+)] Noted
        S: ~\\* 1 FETCH \\(MODSEQ \\((?<one>\\d+)\\)\\)
        S: ~\\* 2 FETCH \\(MODSEQ \\((?<two>\\d+)\\)\\)
        S: a OK Fetched
        C: b STORE 1:2 (UNCHANGEDSINCE ${one}) +FLAGS.SILENT (\\Seen)
        S: ~\\* 1 FETCH \\(UID 1 MODSEQ \\((?<new>\\d+)\\)\\)
        S: * 2 FETCH (UID 2 FLAGS (\\Recent) MODSEQ (${two}))
        S: b OK [MODIFIED 2] Some messages had changed and were left alone
        C: c UID STORE 1:2 (UNCHANGEDSINCE ${new}) +FLAGS (\\Flagged)
        S: ~\\* 1 FETCH \\(UID 1 FLAGS \\(.*Seen .*Flagged .*Recent\\) MODSEQ \\(\\d+\\)\\)
        S: ~\\* 2 FETCH \\(UID 2 FLAGS \\(.*Flagged .*Recent\\) MODSEQ \\((?<last>\\d+)\\)\\)
        S: c OK Stored
        C: d STORE 1 (UNCHANGEDSINCE 0) +FLAGS.SILENT (\\Draft)
        S: ~\\* 1 FETCH .*
        S: d OK [MODIFIED 1] Some messages had changed and were left alone
        C: e FETCH 1:* (UID) (CHANGEDSINCE ${new})
        S: * 1 FETCH (UID 1 MODSEQ (${last}))
        S: * 2 FETCH (UID 2 MODSEQ (${last}))
        S: e OK Fetched
        C: f FETCH 1:* (UID) (CHANGEDSINCE ${last})
        S: f OK Fetched
        C: g STORE 1 +FLAGS.SILENT (\\Answered)
        S: ~\\* 1 FETCH \\(UID 1 MODSEQ \\(\\d+\\)\\)
        S: g OK Stored
        C: h STORE 1 +FLAGS.SILENT (\\Answered)
        S: h OK Stored
        """);
  }

  /// What somebody else did to the same message is told even if one's own change is silent.
  @Test
  void tellsOthersChangesBesideItsOwnSilentOnes() {
    Talk.bothSelected(
        house -> {
          house.letter("one");
          house.letter("two");
        },
        """
        C2: a STORE 1 +FLAGS.SILENT (\\Flagged)
        S2: a OK Stored
        C2: b STORE 2 FLAGS (\\Draft)
        S2: * 2 FETCH (FLAGS (\\Draft \\Recent))
        S2: b OK Stored
        C: c STORE 1 +FLAGS.SILENT (\\Seen)
        S: * 1 FETCH (FLAGS (\\Seen \\Flagged))
        S: * 2 FETCH (FLAGS (\\Draft))
        S: c OK Stored
        C2: d NOOP
        S2: * 1 FETCH (FLAGS (\\Seen \\Flagged \\Recent))
        S2: d OK Done
        """);
  }

  /// Somebody else was faster with the same change: nothing is left to do, but the mod-sequence is
  /// another than the client knows (RFC 7162 §3.1).
  @Test
  void tellsTheModSequenceOfWhatSomebodyElseStoredFirst() {
    Talk.bothSelected(
        house -> house.letter("one"),
        """
        C: a FETCH 1 (MODSEQ)
        S: ~\\* OK \\[HIGHESTMODSEQ \\d+] Noted
        S: ~\\* 1 FETCH \\(MODSEQ \\(\\d+\\)\\)
        S: a OK Fetched
        C2: a STORE 1 +FLAGS.SILENT (\\Seen)
        S2: a OK Stored
        C2: b FETCH 1 (MODSEQ)
        S2: ~\\* OK \\[HIGHESTMODSEQ \\d+] Noted
        S2: ~\\* 1 FETCH \\(MODSEQ \\((?<now>\\d+)\\)\\)
        S2: b OK Fetched
        C: b STORE 1 +FLAGS.SILENT (\\Seen)
        S: * 1 FETCH (UID 1 MODSEQ (${now}))
        S: b OK Stored
        C: c NOOP
        S: c OK Done
        """);
  }

  /// RFC 5530 §3, RFC 2180 §4.2.
  @Test
  void tellsThatSomeAreGone() {
    Talk.bothSelected(
        house -> {
          house.letter("one", "\\Deleted");
          house.letter("two");
        },
        """
        C2: a EXPUNGE
        S2: ...
        S2: a OK Expunged
        C: b STORE 1:2 +FLAGS.SILENT (\\Flagged)
        S: b OK [EXPUNGEISSUED] Stored, but for messages that are gone
        C: c UID STORE 1:2 +FLAGS.SILENT (\\Seen)
        S: ...
        S: c OK Stored
        """);
  }
}
