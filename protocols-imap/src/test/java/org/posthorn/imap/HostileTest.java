package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.posthorn.net.Listener;
import org.posthorn.net.ListenerConfig;

/// Clients that mean harm, or do harm.
class HostileTest {
  /// What the two ends of a socket on loopback may hold is less than this.
  private static final int BYTES = 20 << 20;

  /// Clients ask for much and read nothing: others go on, and nothing is gathered for them.
  @Test
  void whoDoesNotReadKeepsNobodyWaiting() throws IOException {
    try (var house = new ImapHouse();
        var listener = Listener.open(ListenerConfig.defaults(), house);
        var busy = new RawClient(listener.port())) {
      house.append(
          "INBOX",
          ("Subject: big\r\n\r\n" + "x".repeat(98) + "\r\n".repeat(BYTES / 2))
              .getBytes(StandardCharsets.ISO_8859_1));
      house.letter("small");
      List<Socket> lazy = new ArrayList<>();
      try {
        for (String asked :
            List.of(
                "b FETCH 1 BODY[]",
                "b FETCH 1 BODY[]\r\nc IDLE",
                "b NOTIFY SET (SELECTED (MessageNew (BODY.PEEK[]) MessageExpunge FlagChange))\r\nc FETCH 1 BODY[]",
                "b COMPRESS DEFLATE")) {
          lazy.add(
              ask(listener.port(), "a LOGIN ann secret\r\ns SELECT INBOX\r\n" + asked + "\r\n"));
        }
        busy.command("LOGIN ann secret");
        busy.command("SELECT INBOX");
        for (int i = 0; i < 20; i++) {
          assertThat(busy.command("STORE 2 +FLAGS (k" + i + ")").ok()).isTrue();
          assertThat(busy.command("COPY 2 INBOX").ok()).isTrue();
        }
        assertThat(busy.command("STORE 2 +FLAGS (\\Deleted)").ok()).isTrue();
        assertThat(busy.command("EXPUNGE").ok()).isTrue();
        assertThat(busy.command("FETCH 1 BODY.PEEK[HEADER]").ok()).isTrue();
      } finally {
        for (Socket socket : lazy) {
          socket.close();
        }
      }
    }
  }

  private static Socket ask(int port, String commands) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.getOutputStream().write(commands.getBytes(StandardCharsets.US_ASCII));
    var input = new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1);
    // Small, so that no more is read than what shows that the server is at work.
    var lines = new BufferedReader(input, 1);
    for (String line = lines.readLine(); !line.startsWith("s OK"); line = lines.readLine()) {}
    return socket;
  }

  @Test
  void everythingThatCountsHasAnEnd() {
    Talk.loggedIn(
        _ -> {},
        """
        C: a CREATE %s
        S: a NO [LIMIT] Mailboxes are nested at most 20 deep
        C: b CREATE %s
        S: b NO [LIMIT] A component of a mailbox name has at most 255 bytes
        C: c CREATE %s
        S: c NO [CANNOT] The mailbox name is too long
        C: d LIST "" (%s)
        S: d BAD [LIMIT] Too many arguments
        C: e NOTIFY SET %s
        S: e BAD [LIMIT] Too many arguments
        C: f SELECT INBOX
        S: ...
        S: ~f OK .*
        C: g FETCH 1 (%s)
        S: g BAD [LIMIT] Too many arguments
        C: h UID FETCH %s FLAGS
        S: h BAD [LIMIT] Too many arguments
        C: i LIST "" %s
        S: i OK Listed
        """
            .formatted(
                "a/".repeat(30) + "a",
                "x".repeat(300),
                "x".repeat(1_100),
                "a ".repeat(60).strip(),
                "(PERSONAL NONE) ".repeat(60).strip(),
                body(101),
                "1,".repeat(10_001) + "1",
                "*%".repeat(400) + "y"));
  }

  private static String body(int count) {
    var items = new StringBuilder();
    for (int i = 1; i <= count; i++) {
      items.append(i == 1 ? "" : " ").append("BODY.PEEK[" + i + "]");
    }
    return items.toString();
  }
}
