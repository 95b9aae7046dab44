package org.posthorn.imap;

import org.junit.jupiter.api.Test;

/// APPEND while the server is short of memory.
final class AppendWithoutMemoryTest {
  @Test
  void isRefusedBeforeTheMessageIsSentAndTakenAgainLater() throws Exception {
    try (var house = new ImapHouse()) {
      String start = "S: ~.* Posthorn is here\n" + Talk.login("");
      house.shortOfMemory(true);
      Talk.play(
          house,
          8192,
          start
              + """
              C: a APPEND INBOX {2000}
              S: a NO [UNAVAILABLE] The server is short of memory, try again later
              C: b APPEND INBOX {4+}
              C: A: b
              S: b NO [UNAVAILABLE] The server is short of memory, try again later
              C: c NOOP
              S: ~c OK .*
              """);
      house.shortOfMemory(false);
      Talk.play(
          house,
          8192,
          start
              + """
              C: a APPEND INBOX {4+}
              C: A: b
              S: ~a OK .*
              """);
    }
  }
}
