package org.posthorn.imap;

import org.junit.jupiter.api.Test;

class CopyMoveTest {
  /// RFC 3501 §6.4.7, RFC 4315 §3.
  @Test
  void copiesWithFlags() {
    Talk.selected(
        house -> {
          house.letter("one", "\\Flagged");
          house.letter("two");
        },
        """
        C: a COPY 1:2 Archive
        S: ~a OK \\[COPYUID \\d+ 1:2 1:2] Copied
        C: b UID COPY 2 Archive
        S: ~b OK \\[COPYUID \\d+ 2 3] Copied
        C: c UID COPY 9 Archive
        S: c OK There was nothing to copy
        C: d COPY 1 Nowhere
        S: d NO [TRYCREATE] No such mailbox
        C: e COPY 3 Archive
        S: e BAD There is no message of that number
        C: f EXAMINE Archive
        S: ...
        S: f OK [READ-ONLY] Selected
        C: g FETCH 1:* (UID FLAGS)
        S: * 1 FETCH (UID 1 FLAGS (\\Flagged \\Recent))
        S: * 2 FETCH (UID 2 FLAGS (\\Recent))
        S: * 3 FETCH (UID 3 FLAGS (\\Recent))
        S: g OK Fetched
        """);
  }

  /// RFC 6851.
  @Test
  void moves() {
    Talk.selected(
        house -> {
          house.letter("one");
          house.letter("two");
          house.letter("three");
        },
        """
        C: a MOVE 1,3 Archive
        S: ~\\* OK \\[COPYUID \\d+ 1,3 1:2] Moved UIDs
        S: * 3 EXPUNGE
        S: * 1 EXPUNGE
        S: * 1 RECENT
        S: a OK Moved
        C: b UID MOVE 2 Archive
        S: ~\\* OK \\[COPYUID \\d+ 2 3] Moved UIDs
        S: * 1 EXPUNGE
        S: * 0 RECENT
        S: b OK Moved
        C: c UID MOVE 2 Archive
        S: c OK There was nothing to move
        C: d STATUS Archive (MESSAGES)
        S: * STATUS Archive (MESSAGES 3)
        S: d OK Told
        """);
  }

  /// RFC 2180 §4.4.1, RFC 5530 §3: a client that looks at OK alone would believe in a copy that is
  /// not there.
  @Test
  void copiesNothingWhereSomeAreGone() {
    Talk.bothSelected(
        house -> {
          house.letter("one", "\\Deleted");
          house.letter("two");
          house.letter("three");
        },
        """
        C2: a EXPUNGE
        S2: ...
        S2: a OK Expunged
        C: b COPY 1 Archive
        S: * 1 EXPUNGE
        S: b NO [EXPUNGEISSUED] Some messages are gone, and none was copied
        C: c STATUS Archive (MESSAGES)
        S: * STATUS Archive (MESSAGES 0)
        S: c OK Told
        C2: d STORE 1 +FLAGS.SILENT (\\Deleted)
        S2: d OK Stored
        C2: e EXPUNGE
        S2: ...
        S2: e OK Expunged
        C: f COPY 1:2 Archive
        S: ...
        S: f NO [EXPUNGEISSUED] Some messages are gone, and none was copied
        C: g STATUS Archive (MESSAGES)
        S: * STATUS Archive (MESSAGES 0)
        S: g OK Told
        C: h UID COPY 1:3 Archive
        S: ~h OK \\[COPYUID \\d+ 3 .*
        """);
  }

  /// What is there is moved: it would not be there for the next try.
  @Test
  void movesThoseThatAreNotGone() {
    Talk.bothSelected(
        house -> {
          house.letter("one", "\\Deleted");
          house.letter("two", "\\Deleted");
          house.letter("three");
        },
        """
        C2: a UID EXPUNGE 1
        S2: ...
        S2: a OK Expunged
        C: b MOVE 1 Archive
        S: * 1 EXPUNGE
        S: b NO [EXPUNGEISSUED] These messages are gone
        C2: c EXPUNGE
        S2: ...
        S2: c OK Expunged
        C: d MOVE 1:2 Archive
        S: ~\\* OK \\[COPYUID \\d+ 3 1] Moved UIDs
        S: ...
        S: d OK [EXPUNGEISSUED] Moved, but for messages that are gone
        """);
  }

  /// RFC 3501 §6.4.3, RFC 4315 §2.1.
  @Test
  void expunges() {
    Talk.selected(
        house -> {
          house.letter("one", "\\Deleted", "\\Seen");
          house.letter("two", "\\Seen");
          house.letter("three", "\\Deleted", "\\Seen");
          house.letter("four", "\\Deleted", "\\Seen");
        },
        """
        C: a UID EXPUNGE 2:3
        S: * 3 EXPUNGE
        S: * 3 RECENT
        S: a OK Expunged
        C: b EXPUNGE
        S: * 3 EXPUNGE
        S: * 1 EXPUNGE
        S: * 1 RECENT
        S: b OK Expunged
        C: c EXPUNGE
        S: c OK Expunged
        """);
  }
}
