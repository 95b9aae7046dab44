package org.posthorn.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// [Connection#isOver], in plain text and through TLS.
@Timeout(60)
class ClientIsOverTest {
  private final Semaphore looks = new Semaphore(0);
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

  /// What was said before the end is heard whole, however long it is.
  @ParameterizedTest
  @ValueSource(strings = {"", "TLSv1.2", "TLSv1.3"})
  void isNotOverBeforeAllIsHeard(String protocol) throws Exception {
    for (int length : new int[] {4, 1_000, 40_000}) {
      try (Listener listener = open();
          Socket client = client(listener, protocol)) {
        assertThat(look()).isEqualTo("there");
        client.getOutputStream().write(("x".repeat(length) + "\r\n").getBytes(US_ASCII));
        assertThat(look()).isEqualTo("there");
        client.shutdownOutput();
        assertThat(look()).isEqualTo("there");
        assertThat(seen.take()).isEqualTo("heard " + length);
        assertThat(seen.take()).isEqualTo("over");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "TLSv1.2", "TLSv1.3"})
  void isOverWhenTheClientHasGone(String protocol) throws Exception {
    try (Listener listener = open()) {
      Socket client = client(listener, protocol);
      assertThat(look()).isEqualTo("there");
      client.close();
      assertThat(look()).isEqualTo("over");
    }
  }

  private String look() throws InterruptedException {
    looks.release();
    return seen.take();
  }

  private Listener open() throws IOException {
    return Listener.open(ListenerConfig.defaults(), new Looker(), TestTls.server());
  }

  private static Socket client(Listener listener, String protocol) throws IOException {
    var plain = new Socket(InetAddress.getLoopbackAddress(), listener.port());
    plain.setTcpNoDelay(true);
    plain.getOutputStream().write(protocol.isEmpty() ? 'p' : 't');
    if (protocol.isEmpty()) {
      return plain;
    }
    assertThat(plain.getInputStream().read()).isEqualTo('!');
    var secure =
        (SSLSocket)
            TestTls.clientContext()
                .getSocketFactory()
                .createSocket(plain, "localhost", plain.getPort(), /* autoClose= */ true);
    secure.setEnabledProtocols(new String[] {protocol});
    secure.startHandshake();
    return secure;
  }

  /// Looks three times when it is told to, then hears a line and looks again.
  private final class Looker implements ConnectionHandler {
    @Override
    public void serve(Connection connection) throws IOException {
      if (connection.input().next() == 't') {
        connection.output().write("!");
        connection.startTls();
      }
      for (int i = 0; i < 3; i++) {
        looks.acquireUninterruptibly();
        String word = word(connection);
        seen.add(word);
        if (word.equals("over")) {
          return;
        }
      }
      byte[] line = new byte[50_000];
      seen.add("heard " + connection.input().readLine(line, LineEnd.CRLF));
      seen.add(word(connection));
    }

    private static String word(Connection connection) {
      return connection.isOver() ? "over" : "there";
    }

    @Override
    public String busy() {
      return "";
    }

    @Override
    public String farewell(Dismissal why) {
      return "";
    }
  }
}
