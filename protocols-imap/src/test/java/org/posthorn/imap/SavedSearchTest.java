package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// RFC 5182, RFC 9394.
class SavedSearchTest {
  private static void fill(ImapHouse house) {
    house.letter("one", "\\Seen");
    house.letter("two", "\\Deleted");
    house.letter("three", "\\Seen");
    house.letter("four");
    house.letter("five", "\\Seen");
  }

  @Test
  void namesWhatWasFoundInAllCommands() {
    Talk.selected(
        SavedSearchTest::fill,
        """
        C: a SEARCH RETURN (SAVE) SEEN
        S: a OK Searched
        C: b FETCH $ UID
        S: * 1 FETCH (UID 1)
        S: * 3 FETCH (UID 3)
        S: * 5 FETCH (UID 5)
        S: b OK Fetched
        C: c UID SEARCH UID $ NOT 1
        S: * SEARCH 3 5
        S: c OK Searched
        C: d SEARCH OR $ 2
        S: * SEARCH 1 2 3 5
        S: d OK Searched
        C: e STORE 1,$ +FLAGS.SILENT (x)
        S: ...
        S: e OK Stored
        C: f UID COPY $ Archive
        S: ~f OK \\[COPYUID \\d+ 1,3,5 1:3] Copied
        C: g UID STORE $ -FLAGS.SILENT (x)
        S: g OK Stored
        C: h MOVE $ Trash
        S: ~\\* OK \\[COPYUID \\d+ 1,3,5 1:3] Moved UIDs
        S: * 5 EXPUNGE
        S: * 3 EXPUNGE
        S: * 1 EXPUNGE
        S: ...
        S: h OK Moved
        C: i FETCH $ UID
        S: i OK Fetched
        C: j COPY $ Archive
        S: j OK There was nothing to copy
        C: k UID EXPUNGE $
        S: k OK Expunged
        C: l STORE $ +FLAGS (x)
        S: l OK Stored
        C: m SEARCH $
        S: * SEARCH
        S: m OK Searched
        """);
  }

  /// RFC 5182 §2.4, RFC 9394 §3.2.
  @Test
  void savesWhatTheOptionsSay() {
    Talk.selected(
        SavedSearchTest::fill,
        """
        C: a SEARCH RETURN (SAVE MIN) ALL
        S: * ESEARCH (TAG "a") MIN 1
        S: a OK Searched
        C: b SEARCH $
        S: * SEARCH 1
        S: b OK Searched
        C: c UID SEARCH RETURN (MAX SAVE MIN) 2:4
        S: * ESEARCH (TAG "c") UID MIN 2 MAX 4
        S: c OK Searched
        C: d SEARCH $
        S: * SEARCH 2 4
        S: d OK Searched
        C: e SEARCH RETURN (MAX SAVE COUNT) 2:4
        S: * ESEARCH (TAG "e") MAX 4 COUNT 3
        S: e OK Searched
        C: f SEARCH $
        S: * SEARCH 2 3 4
        S: f OK Searched
        C: g SEARCH RETURN (COUNT) 1
        S: * ESEARCH (TAG "g") COUNT 1
        S: g OK Searched
        C: h SEARCH RETURN (ALL SAVE) $ 3:5
        S: * ESEARCH (TAG "h") ALL 3:4
        S: h OK Searched
        C: i SEARCH RETURN (SAVE PARTIAL 2:3) ALL
        S: * ESEARCH (TAG "i") PARTIAL (2:3 2:3)
        S: i OK Searched
        C: j SEARCH $
        S: * SEARCH 2 3
        S: j OK Searched
        C: k SEARCH RETURN (SAVE PARTIAL -1:-2 MIN) ALL
        S: * ESEARCH (TAG "k") MIN 1 PARTIAL (-1:-2 4:5)
        S: k OK Searched
        C: l SEARCH $
        S: * SEARCH 1 4 5
        S: l OK Searched
        C: m SEARCH RETURN (SAVE PARTIAL 1:1 COUNT) SEEN
        S: * ESEARCH (TAG "m") PARTIAL (1:1 1) COUNT 3
        S: m OK Searched
        C: n SEARCH $
        S: * SEARCH 1 3 5
        S: n OK Searched
        """);
  }

  /// RFC 5182 §2.1.
  @Test
  void forgetsWhatWasSavedWhenASearchIsRefused() {
    Talk.selected(
        SavedSearchTest::fill,
        """
        C: a SEARCH RETURN (SAVE) SEEN
        S: a OK Searched
        C: b SEARCH RETURN (SAVE) XYZZY
        S: b BAD Unknown search key
        C: c SEARCH CHARSET KLINGON TEXT x
        S: c NO [BADCHARSET (US-ASCII UTF-8 ISO-8859-1)] No such charset here
        C: d SEARCH $
        S: * SEARCH 1 3 5
        S: d OK Searched
        C: e SEARCH RETURN (SAVE) CHARSET KLINGON (OR $ 1:2) TEXT {4}
        S: + Go ahead
        C: XXXX
        S: e NO [BADCHARSET (US-ASCII UTF-8 ISO-8859-1)] No such charset here
        C: f SEARCH $
        S: * SEARCH
        S: f OK Searched
        C: g SEARCH RETURN (SAVE) ALL
        S: g OK Searched
        C: h SELECT INBOX
        S: ...
        S: h OK [READ-WRITE] Selected
        C: i FETCH $ UID
        S: i OK Fetched
        """);
  }

  @Test
  void keepsWhatIsLeftAfterAnExpunge() {
    Talk.bothSelected(
        SavedSearchTest::fill,
        """
        C: a SEARCH RETURN (SAVE) 1:3
        S: a OK Searched
        C2: b EXPUNGE
        S2: * 2 EXPUNGE
        S2: * 4 RECENT
        S2: b OK Expunged
        C: c NOOP
        S: * 2 EXPUNGE
        S: ...
        S: c OK Done
        C: d FETCH $ UID
        S: * 1 FETCH (UID 1)
        S: * 2 FETCH (UID 3)
        S: d OK Fetched
        """);
  }

  /// RFC 9394 §3.1.
  @Test
  void tellsPartsOfTheResults() {
    Talk.selected(
        SavedSearchTest::fill,
        """
        C: a UID SEARCH RETURN (PARTIAL 1:2) SEEN
        S: * ESEARCH (TAG "a") UID PARTIAL (1:2 1,3)
        S: a OK Searched
        C: b UID SEARCH RETURN (PARTIAL 3:9) SEEN
        S: * ESEARCH (TAG "b") UID PARTIAL (3:9 5)
        S: b OK Searched
        C: c SEARCH RETURN (PARTIAL 4:9) SEEN
        S: * ESEARCH (TAG "c") PARTIAL (4:9 NIL)
        S: c OK Searched
        C: d SEARCH RETURN (PARTIAL -2:-1) SEEN
        S: * ESEARCH (TAG "d") PARTIAL (-2:-1 3,5)
        S: d OK Searched
        C: e SEARCH RETURN (PARTIAL -9:-4) SEEN
        S: * ESEARCH (TAG "e") PARTIAL (-9:-4 NIL)
        S: e OK Searched
        C: f SEARCH RETURN (PARTIAL -9:-3) SEEN
        S: * ESEARCH (TAG "f") PARTIAL (-9:-3 1)
        S: f OK Searched
        C: g SEARCH RETURN (PARTIAL 1:2 ALL) SEEN
        S: g BAD PARTIAL and ALL exclude each other
        C: h SEARCH RETURN (PARTIAL 1:2 PARTIAL 3:4) SEEN
        S: h BAD PARTIAL can be asked for once
        C: i SEARCH RETURN (PARTIAL 1:-2) SEEN
        S: i BAD Expected a number
        C: j SEARCH RETURN (PARTIAL 0:2) SEEN
        S: j BAD Expected a number above zero
        C: k SEARCH RETURN (PARTIAL 1:2) MODSEQ 1
        S: ~\\* OK \\[HIGHESTMODSEQ \\d+] Noted
        S: ~\\* ESEARCH \\(TAG "k"\\) PARTIAL \\(1:2 1:2\\) MODSEQ \\d+
        S: k OK Searched
        """);
  }
}
