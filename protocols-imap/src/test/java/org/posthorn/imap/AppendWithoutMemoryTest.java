package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.posthorn.net.Listener;
import org.posthorn.net.ListenerConfig;

/// What is done while the server is short of memory.
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

  /// Also when the cache has let go of it, in both kinds of accounts.
  @Test
  void whoHasAMailboxGoesOn() throws Exception {
    try (var house = new ImapHouse();
        var listener = Listener.open(ListenerConfig.defaults(), house)) {
      house.letter("one");
      house.letter("two");
      try (var idling = new Replica(listener.port(), Replica.Mode.PLAIN);
          var working = new RawClient(listener.port())) {
        idling.command("LOGIN ann secret");
        idling.command("SELECT INBOX");
        assertThat(working.command("LOGIN ann secret").ok()).isTrue();
        assertThat(working.command("SELECT INBOX").ok()).isTrue();
        idling.startIdling();
        house.shortOfMemory(true);
        assertThat(working.command("APPEND INBOX {2000}").status()).startsWith("NO [UNAVAILABLE]");
        assertThat(working.command("CREATE Elsewhere").ok()).isTrue();
        assertThat(working.command("NOOP").ok()).isTrue();
        RawClient.Answer fetched = working.command("FETCH 1 FLAGS");
        assertThat(fetched.ok()).isTrue();
        assertThat(fetched.fetched()).hasSize(1);
        assertThat(working.command("STORE 1 +FLAGS.SILENT (\\Flagged)").ok()).isTrue();
        idling.awaitFlags(1, "\\Flagged");
        idling.endIdling();
      }
    }
  }
}
