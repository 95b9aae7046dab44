package org.posthorn.imap;

import org.junit.jupiter.api.Test;

class SelectTest {
  /// RFC 3501 §6.3.1.
  @Test
  void tellsAllOfAMailbox() {
    Talk.loggedIn(
        house -> {
          house.letter("one", "\\Seen");
          house.letter("two", "$Forwarded", "Work");
        },
        """
        C: a SELECT inbox
        S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded Work)
        S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded Work \\*)] Flags that are kept
        S: * 2 EXISTS
        S: * 2 RECENT
        S: * OK [UNSEEN 2] First unseen
        S: ~\\* OK \\[UIDVALIDITY [1-9]\\d*] UIDs valid
        S: * OK [UIDNEXT 3] Predicted next UID
        S: ~\\* OK \\[HIGHESTMODSEQ [1-9]\\d*] Highest
        S: ~\\* OK \\[MAILBOXID \\(B\\d+\\)] Object id
        S: * OK [URLMECH INTERNAL] For URLs
        S: a OK [READ-WRITE] Selected
        """);
  }

  /// RFC 3501 §6.3.2: what is examined is not changed, not even what is recent.
  @Test
  void examinesWithoutTouching() {
    Talk.loggedIn(
        house -> house.letter("one"),
        """
        C: a EXAMINE INBOX
        S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
        S: * OK [PERMANENTFLAGS ()] Flags that are kept
        S: * 1 EXISTS
        S: * 1 RECENT
        S: ...
        S: a OK [READ-ONLY] Selected
        C: b STORE 1 +FLAGS (\\Seen)
        S: b NO [NOPERM] The mailbox was opened read-only
        C: c FETCH 1 (BODY[TEXT])
        S: * 1 FETCH (BODY[TEXT] {13}
        S: Body of one
        S: )
        S: c OK Fetched
        C: d EXPUNGE
        S: d NO [NOPERM] The mailbox was opened read-only
        C: e MOVE 1 Trash
        S: e NO [NOPERM] The mailbox was opened read-only
        C: f SELECT INBOX
        S: ...
        S: * 1 EXISTS
        S: * 1 RECENT
        S: * OK [UNSEEN 1] First unseen
        S: ...
        S: f OK [READ-WRITE] Selected
        C: g SELECT INBOX
        S: ...
        S: * 1 EXISTS
        S: * 0 RECENT
        S: ...
        S: g OK [READ-WRITE] Selected
        """);
  }

  @Test
  void hasNothingSelectedAfterAFailure() {
    Talk.selected(
        house -> house.letter("one"),
        """
        C: a SELECT Nowhere
        S: * OK [CLOSED] The mailbox is closed
        S: a NO [NONEXISTENT] No such mailbox
        C: b FETCH 1 FLAGS
        S: b BAD Select a mailbox first
        C: c SELECT ""
        S: c NO [CANNOT] A mailbox name has no empty component
        """);
  }

  /// RFC 3501 §6.4.2, RFC 3691.
  @Test
  void closesWithAndWithoutExpunging() {
    Talk.selected(
        house -> {
          house.letter("one", "\\Deleted");
          house.letter("two");
        },
        """
        C: a UNSELECT
        S: a OK Closed
        C: b UNSELECT
        S: b BAD Select a mailbox first
        C: c STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 2)
        S: c OK Told
        C: d SELECT INBOX
        S: ...
        S: d OK [READ-WRITE] Selected
        C: e CHECK
        S: e OK Checked
        C: f CLOSE
        S: f OK Closed
        C: g STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 1)
        S: g OK Told
        C: h EXAMINE INBOX
        S: ...
        S: h OK [READ-ONLY] Selected
        C: i CLOSE
        S: i OK Closed
        """);
  }
}
