package org.posthorn.imap;

import org.junit.jupiter.api.Test;
import org.posthorn.imap.session.PlainTextLogins;

class AppendTest {
  /// RFC 3501 §6.3.11, RFC 4315 §3.
  @Test
  void appendsToTheSelectedMailbox() {
    Talk.selected(
        _ -> {},
        """
        C: a APPEND INBOX (\\Seen Work) "01-Feb-2026 12:00:00 +0100" {15}
        S: + Go ahead
        C: Subject: x
        C:
        C: y
        S: * 1 EXISTS
        S: * 1 RECENT
        S: ~\\* FLAGS .*
        S: ~\\* OK \\[PERMANENTFLAGS .*
        S: ~a OK \\[APPENDUID \\d+ 1] Appended
        C: b FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[TEXT])
        S: * 1 FETCH (FLAGS (\\Seen Work \\Recent) INTERNALDATE "01-Feb-2026 11:00:00 +0000" RFC822.SIZE 15 BODY[TEXT] {1}
        S: y)
        S: b OK Fetched
        """);
  }

  /// RFC 7888.
  @Test
  void appendsWhatComesWithoutAsking() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a APPEND Sent {5+}
        C: A: b
        C: b STATUS Sent (MESSAGES)
        S: ~a OK \\[APPENDUID \\d+ 1] Appended
        S: * STATUS Sent (MESSAGES 1)
        S: b OK Told
        """
            .replace("C: A: b\n", "C- A: b\\n\nC: \n"));
  }

  @Test
  void refusesBeforeItAsks() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a APPEND Nowhere {20}
        S: a NO [TRYCREATE] No such mailbox
        C: b APPEND INBOX {100001}
        S: b NO [TOOBIG] The message is too big
        C: c APPEND INBOX {0}
        S: c NO [CANNOT] The message is empty
        C: d APPEND INBOX (\\Nonsense) {5}
        S: d BAD There is no such system flag
        C: e APPEND INBOX "99-Feb-2026 12:00:00 +0100" {5}
        S: e BAD No such day
        C: f APPEND Nowhere {20+}
        C: f NOOP
        C: g NOOP
        C: --
        C:
        C: h NOOP
        S: f NO [TRYCREATE] No such mailbox
        S: h OK Done
        """);
  }

  /// RFC 3502 §6.3.11: all or none.
  @Test
  void appendsSeveralInOneChange() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a APPEND Sent (\\Seen) {5}
        S: + Go ahead
        C- A: 1\\n
        C:  (\\Flagged) "01-Feb-2026 12:00:00 +0000" {5}
        S: + Go ahead
        C- A: 2\\n
        C:
        S: ~a OK \\[APPENDUID \\d+ 1:2] Appended
        C: b APPEND Sent {5}
        S: + Go ahead
        C- A: 3\\n
        C:  (\\Nonsense) {5}
        S: b BAD There is no such system flag
        C: c STATUS Sent (MESSAGES UNSEEN)
        S: * STATUS Sent (MESSAGES 2 UNSEEN 1)
        S: c OK Told
        """);
  }

  /// RFC 4469 §3.
  @Test
  void appendsWhatIsMadeOfPieces() {
    Talk.selected(
        house -> house.append("INBOX", "A: b\r\n\r\nbody of one\r\n"),
        """
        C: a APPEND Sent CATENATE (TEXT {7}
        S: + Go ahead
        C- C: d\\n
        C:
        C:  URL "/INBOX/;UID=1/;SECTION=TEXT" URL ";UID=1/;SECTION=TEXT/;PARTIAL=0.4")
        S: ~a OK \\[APPENDUID \\d+ 1] Appended
        C: b APPEND Sent CATENATE (URL "/INBOX/;UID=2")
        S: b NO [BADURL /INBOX/;UID=2] That is no message or part here
        C: c APPEND Sent CATENATE (URL "imap://other/INBOX/;UID=1")
        S: c NO [BADURL imap://other/INBOX/;UID=1] That is no message or part here
        C: d APPEND Sent CATENATE (URL "/INBOX;UIDVALIDITY=1/;UID=1")
        S: ~d NO \\[BADURL .*
        C: e EXAMINE Sent
        S: ...
        S: e OK [READ-ONLY] Selected
        C: f FETCH 1 (BODY[TEXT])
        S: * 1 FETCH (BODY[TEXT] {17}
        S: body of one
        S: body)
        S: f OK Fetched
        """);
  }

  /// RFC 8508 §3.
  @Test
  void replacesAMessage() {
    Talk.selected(
        house -> {
          house.append("INBOX", "A: 1\r\n\r\n");
          house.append("INBOX", "A: 2\r\n\r\n");
        },
        """
        C: a REPLACE 1 INBOX (\\Seen) {5}
        S: + Go ahead
        C- A: 3\\n
        C:
        S: ~\\* OK \\[APPENDUID \\d+ 3] Replacement is here
        S: * 1 EXPUNGE
        S: * 2 EXISTS
        S: * 2 RECENT
        S: a OK Replaced
        C: b UID REPLACE 1 INBOX {5}
        S: b NO There is no such message to replace
        C: c UID REPLACE 2 Drafts {5+}
        C- A: 4\\n
        C:
        S: ~\\* OK \\[APPENDUID \\d+ 1] Replacement is here
        S: * 1 EXPUNGE
        S: * 1 RECENT
        S: c OK Replaced
        C: d EXAMINE INBOX
        S: ...
        S: d OK [READ-ONLY] Selected
        C: e REPLACE 1 INBOX {5}
        S: e NO [NOPERM] The mailbox was opened read-only
        """);
  }

  /// RFC 3516 §4.4.
  @Test
  void takesALiteralThatMayHaveNulAsLongAsItHasNone() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a APPEND Sent ~{5}
        S: + Go ahead
        C- A: 1\\n
        C:
        S: ~a OK \\[APPENDUID \\d+ 1] Appended
        C: b APPEND Sent ~{5}
        S: + Go ahead
        C: a\\0bcd
        S: b NO [UNKNOWN-CTE] Messages are kept without NUL
        """);
  }

  @Test
  void refusesNul() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a APPEND INBOX {5}
        S: + Go ahead
        C: a\\0bcd
        S: a NO [CANNOT] The message has a NUL in it
        C: b STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 0)
        S: b OK Told
        """);
  }

  @Test
  void appendsNothingWhenTheCommandGoesOnAfterTheMessage() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a APPEND INBOX {5}
        S: + Go ahead
        C: abcde more
        S: a BAD Expected a literal, CATENATE or UTF8
        C: b STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 0)
        S: b OK Told
        """);
  }

  /// RFC 9208.
  @Test
  void keepsToTheQuota() {
    for (int bufferBytes : new int[] {8192, 1}) {
      try (var house = new ImapHouse(2048, PlainTextLogins.LOOPBACK)) {
        house.letter("one");
        Talk.play(
            house,
            bufferBytes,
            "S: ~.* Posthorn is here\n"
                + Talk.login("")
                + """
                C: a GETQUOTAROOT INBOX
                S: * QUOTAROOT INBOX account
                S: * QUOTA account (STORAGE 1 2 MAILBOX 6 5000)
                S: a OK Told
                C: b GETQUOTA account
                S: * QUOTA account (STORAGE 1 2 MAILBOX 6 5000)
                S: b OK Told
                C: c GETQUOTA other
                S: c NO [NONEXISTENT] There is no such quota root
                C: d APPEND INBOX {2000}
                S: d NO [OVERQUOTA] There is no room for the message
                C: e GETQUOTAROOT Nowhere
                S: * QUOTAROOT Nowhere account
                S: * QUOTA account (STORAGE 1 2 MAILBOX 6 5000)
                S: e OK Told
                """);
      }
    }
  }

  /// RFC 9208 §5.3.
  @Test
  void limitsMailboxesAtLeast() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a GETQUOTAROOT INBOX
        S: * QUOTAROOT INBOX account
        S: * QUOTA account (MAILBOX 6 5000)
        S: a OK Told
        """);
  }
}
