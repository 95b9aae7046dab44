package org.posthorn.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.posthorn.net.Listener;
import org.posthorn.net.ListenerConfig;
import org.posthorn.net.PlainTextLogins;

/// Whatever a client sends: it is answered line by line, nothing fails, nothing is lost.
class Pop3FuzzTest {
  private static final List<String> WORDS =
      List.of(
          "USER",
          "PASS",
          "AUTH",
          "CAPA",
          "STAT",
          "LIST",
          "RETR",
          "DELE",
          "NOOP",
          "RSET",
          "TOP",
          "UIDL",
          "UTF8",
          "PLAIN",
          "LOGIN",
          "=",
          "*",
          "1",
          "2",
          "3",
          "0",
          "-1",
          "99999999999",
          "x",
          "ann@example.org",
          "secret",
          "\0",
          "\t",
          "\u00fc",
          "\u00c3\u00bc",
          ".",
          "..",
          "");

  @Test
  @Timeout(60)
  void answersWhateverComes() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    try (var house = new Pop3House();
        var listener =
            Listener.open(ListenerConfig.defaults(), house.server(PlainTextLogins.LOOPBACK))) {
      house.deliver("Subject: one\r\n\r\n.\r\n");
      house.deliver("Subject: two\n\n..\n.");
      for (int i = 0; i < 200; i++) {
        boolean login = random.nextBoolean();
        String heard = conversation(listener.port(), random, login);
        assertThat(heard)
            .as("seed %d", seed)
            .startsWith("+OK ")
            .endsWith("\r\n")
            .doesNotContain("Something went wrong");
      }
      assertThat(house.uids()).as("seed %d", seed).containsExactly(1L, 2L);
    }
  }

  /// All that is said, in one go; all that is answered.
  private static String conversation(int port, Random random, boolean login) throws IOException {
    var said = new StringBuilder(login ? "USER ann@example.org\r\nPASS secret\r\n" : "");
    for (int j = random.nextInt(40); j > 0; j--) {
      for (int k = random.nextInt(4); k >= 0; k--) {
        said.append(WORDS.get(random.nextInt(WORDS.size())));
        said.append(random.nextInt(20) == 0 ? "z".repeat(random.nextInt(2000)) : "");
        said.append(k == 0 ? "" : " ");
      }
      said.append(random.nextInt(10) == 0 ? "\n" : "\r\n");
    }
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(said.toString().getBytes(ISO_8859_1));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }
}
