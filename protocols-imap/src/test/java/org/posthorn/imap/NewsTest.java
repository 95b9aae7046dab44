package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// Several sessions on one mailbox (RFC 3501 §5.2, §5.5, §7.4.1).
class NewsTest {
  @Test
  void tellsTheOthersAtNoop() {
    Talk.bothSelected(
        house -> {
          house.letter("one");
          house.letter("two");
        },
        """
        C2: a STORE 1 +FLAGS (\\Flagged)
        S2: ...
        S2: a OK Stored
        C: b NOOP
        S: * 1 FETCH (FLAGS (\\Flagged))
        S: b OK Done
        C2: c APPEND INBOX {5+}
        C2: A: b
        S2: ...
        S2: * 3 RECENT
        S2: ~c OK .*
        C: d NOOP
        S: * 3 EXISTS
        S: * 0 RECENT
        S: d OK Done
        C2: e STORE 1 +FLAGS.SILENT (\\Deleted)
        S2: e OK Stored
        C2: f EXPUNGE
        S2: * 1 EXPUNGE
        S2: * 2 RECENT
        S2: f OK Expunged
        C: g NOOP
        S: * 1 EXPUNGE
        S: g OK Done
        """
            .replace("C2: A: b\n", "C2- A: b\\n\nC2: \n"));
  }

  /// While messages are named by number the numbers stay; what is gone can still be read.
  @Test
  void holdsBackWhatIsGoneWhileNumbersMatter() {
    Talk.bothSelected(
        house -> {
          house.letter("one");
          house.letter("two");
        },
        """
        C2: a UID STORE 1 +FLAGS.SILENT (\\Deleted)
        S2: a OK Stored
        C2: b UID EXPUNGE 1
        S2: ...
        S2: b OK Expunged
        C2: c APPEND INBOX {5+}
        C2: A: b
        S2: ...
        S2: ~c OK .*
        C2: d UID STORE 2 +FLAGS.SILENT (\\Flagged)
        S2: d OK Stored
        C: e FETCH 1:2 (UID BODY.PEEK[TEXT]<0.4>)
        S: * 2 FETCH (FLAGS (\\Flagged))
        S: * 1 FETCH (UID 1 BODY[TEXT]<0> {4}
        S: Body)
        S: * 2 FETCH (UID 2 BODY[TEXT]<0> {4}
        S: Body)
        S: e OK Fetched
        C: f SEARCH ALL
        S: * SEARCH 1 2
        S: f OK Searched
        C: g STORE 1:2 +FLAGS (\\Answered)
        S: * 2 FETCH (FLAGS (\\Answered \\Flagged))
        S: g OK [EXPUNGEISSUED] Stored, but for messages that are gone
        C: h COPY 1:2 Archive
        S: h NO [EXPUNGEISSUED] Some messages are gone, and none was copied
        """
            .replace("C2: A: b\n", "C2- A: b\\n\nC2: \n")
            .replace(
                "S: h NO",
                """
                S: * 1 EXPUNGE
                S: * 2 EXISTS
                S: * 0 RECENT
                S: h NO\
                """));
  }

  /// By UID the news may come first.
  @Test
  void renumbersInUidCommands() {
    Talk.bothSelected(
        house -> {
          house.letter("one");
          house.letter("two");
        },
        """
        C2: a UID STORE 1 +FLAGS.SILENT (\\Deleted)
        S2: a OK Stored
        C2: b EXPUNGE
        S2: ...
        S2: b OK Expunged
        C: c UID FETCH 1:* FLAGS
        S: * 1 EXPUNGE
        S: * 1 FETCH (UID 2 FLAGS ())
        S: c OK Fetched
        """);
  }

  /// RFC 2177.
  @Test
  void tellsWhoIdles() {
    Talk.bothSelected(
        house -> house.letter("one"),
        """
        C: i IDLE
        S: + Idling
        C2: a APPEND INBOX {5+}
        C2: A: b
        S2: ...
        S2: ~a OK .*
        S: * 2 EXISTS
        S: ~\\* [01] RECENT
        C2: b STORE 1 +FLAGS.SILENT (\\Seen)
        S2: b OK Stored
        S: * 1 FETCH (FLAGS (\\Seen))
        C2: c STORE 1 +FLAGS.SILENT (\\Deleted)
        S2: c OK Stored
        S: * 1 FETCH (FLAGS (\\Seen \\Deleted))
        C2: d EXPUNGE
        S2: ...
        S2: d OK Expunged
        S: * 1 EXPUNGE
        C: done
        S: i OK Done
        C: j NOOP
        S: j OK Done
        C: k IDLE
        S: + Idling
        C: NOOP
        S: k BAD Expected DONE
        C: l NOOP
        S: l OK Done
        """
            .replace("C2: A: b\n", "C2- A: b\\n\nC2: \n"));
  }

  @Test
  void idlesWithoutAMailbox() {
    Talk.loggedIn(
        _ -> {},
        """
        C: i IDLE
        S: + Idling
        C: DONE
        S: i OK Done
        """);
  }

  @Test
  void hangsUpWhenTheMailboxIsDeleted() {
    Talk.loggedIn(
        _ -> {},
        """
        C: s SELECT Trash
        S: ...
        S: s OK [READ-WRITE] Selected
        S2: ~.* Posthorn is here
        C2: l LOGIN ann secret
        S2: ~l OK .*
        C2: s SELECT Trash
        S2: ...
        S2: s OK [READ-WRITE] Selected
        C: i IDLE
        S: + Idling
        C2: a DELETE Trash
        S2: a OK Deleted
        S: * BYE The mailbox was deleted, or may not be read any more
        -- closed
        """);
    Talk.loggedIn(
        _ -> {},
        """
        C: s SELECT Trash
        S: ...
        S: s OK [READ-WRITE] Selected
        S2: ~.* Posthorn is here
        C2: l LOGIN ann secret
        S2: ~l OK .*
        C2: a DELETE Trash
        S2: a OK Deleted
        C: b FETCH 1 FLAGS
        S: * BYE The mailbox was deleted, or may not be read any more
        -- closed
        """);
  }

  /// RFC 7162 §3.1: once it is enabled, all news has the mod-sequence.
  @Test
  void tellsModSequences() {
    Talk.bothSelected(
        house -> house.letter("one"),
        """
        C: a ENABLE CONDSTORE
        S: * ENABLED CONDSTORE
        S: ~\\* OK \\[HIGHESTMODSEQ \\d+] Noted
        S: a OK Enabled
        C2: b STORE 1 +FLAGS.SILENT (\\Seen)
        S2: b OK Stored
        C: c NOOP
        S: ~\\* 1 FETCH \\(UID 1 FLAGS \\(.*Seen\\) MODSEQ \\(\\d+\\)\\)
        S: c OK Done
        C: d FETCH 1 BODY[TEXT]
        S: ...
        S: d OK Fetched
        C: e SELECT INBOX (CONDSTORE)
        S: ...
        S: e OK [READ-WRITE] Selected
        C2: f STORE 1 +FLAGS.SILENT (\\Draft)
        S2: f OK Stored
        C: g NOOP
        S: ~\\* 1 FETCH \\(UID 1 FLAGS \\(.*Draft\\) MODSEQ \\(\\d+\\)\\)
        S: g OK Done
        """);
  }
}
