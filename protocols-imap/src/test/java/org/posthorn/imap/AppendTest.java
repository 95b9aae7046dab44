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
        S: a BAD Expected the end of the line
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
                S: * QUOTA account (STORAGE 1 2)
                S: a OK Told
                C: b GETQUOTA account
                S: * QUOTA account (STORAGE 1 2)
                S: b OK Told
                C: c GETQUOTA other
                S: c NO [NONEXISTENT] There is no such quota root
                C: d APPEND INBOX {2000}
                S: d NO [OVERQUOTA] There is no room for the message
                C: e GETQUOTAROOT Nowhere
                S: e NO [NONEXISTENT] No such mailbox
                """);
      }
    }
  }

  @Test
  void hasNoQuotaRootWithoutALimit() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a GETQUOTAROOT INBOX
        S: * QUOTAROOT INBOX
        S: a OK Told
        """);
  }
}
