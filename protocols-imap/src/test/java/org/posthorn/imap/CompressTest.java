package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// RFC 4978.
class CompressTest {
  @Test
  void compressesInBothDirections() {
    Talk.loggedIn(
        house -> house.append("INBOX", "Subject: x\r\n\r\n" + "line\r\n".repeat(10_000)),
        """
        C: a COMPRESS LZMA
        S: a BAD Only DEFLATE is known
        C: b COMPRESS DEFLATE
        S: b OK Compressed from here on
        -- deflate
        C: c EXAMINE INBOX
        S: ...
        S: c OK [READ-ONLY] Selected
        C: d COMPRESS DEFLATE
        S: d BAD It is compressed already
        C: e FETCH 1 (BODY.PEEK[] UID)
        C: f UID FETCH 1 BODY.PEEK[HEADER]
        S: * 1 FETCH (BODY[] {60014}
        S: Subject: x
        S: ...
        S:  UID 1)
        S: e OK Fetched
        S: * 1 FETCH (UID 1 BODY[HEADER] {14}
        S: Subject: x
        S:
        S: )
        S: f OK Fetched
        C: g APPEND INBOX {14}
        S: + Go ahead
        C: Subject: y\\r
        C:
        S: ...
        S: ~g OK .*
        C: h LOGOUT
        S: * BYE Until next time
        S: h OK Logged out
        -- closed
        """);
  }

  @Test
  void compressesInsideTls() {
    Talk.greeted(
        _ -> {},
        """
        C: a STARTTLS
        S: a OK Begin TLS now
        -- tls
        C: l LOGIN ann secret
        S: ~l OK .*
        C: b COMPRESS DEFLATE
        S: b OK Compressed from here on
        -- deflate
        C: c STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 0)
        S: c OK Told
        C: d LOGOUT
        S: * BYE Until next time
        S: d OK Logged out
        -- closed
        """);
  }

  /// RFC 8437 §4.1.
  @Test
  void endsWithTheLogin() {
    Talk.loggedIn(
        _ -> {},
        """
        C: b COMPRESS DEFLATE
        S: b OK Compressed from here on
        -- deflate
        C: c UNAUTHENTICATE
        S: c OK Who are you
        -- plain
        C: l LOGIN ann secret
        S: ~l OK .*
        C: d COMPRESS DEFLATE
        S: d OK Compressed from here on
        -- deflate
        C: e NOOP
        S: e OK Done
        """);
  }

  @Test
  void tellsWhoIdles() {
    Talk.bothSelected(
        house -> house.letter("one"),
        """
        C: b COMPRESS DEFLATE
        S: b OK Compressed from here on
        -- deflate
        C: c IDLE
        S: + Idling
        C2: d STORE 1 +FLAGS.SILENT (\\Seen)
        S2: d OK Stored
        S: * 1 FETCH (FLAGS (\\Seen))
        C: DONE
        S: c OK Done
        """);
  }
}
