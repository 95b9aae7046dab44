package org.posthorn.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ListenerTest {
  @Test
  void servesAClientThatHalfCloses() throws IOException {
    try (var listener = Listener.open(ListenerConfig.defaults(), new LineServer());
        var socket = connected(listener)) {
      say(socket, "a\r\nb\n");
      socket.shutdownOutput();
      assertThat(lines(socket).lines()).containsExactly("hello", "echo a", "echo b");
    }
  }

  @Test
  void turnsAwayWhoIsOneTooMany() throws IOException {
    try (var listener = Listener.open(limited(2, 100), new LineServer());
        var first = connected(listener);
        var second = connected(listener)) {
      BufferedReader firstLines = lines(first);
      assertThat(firstLines.readLine()).isEqualTo("hello");
      assertThat(lines(second).readLine()).isEqualTo("hello");
      try (var third = connected(listener)) {
        assertThat(lines(third).lines()).containsExactly("busy");
      }
      say(first, "QUIT\r\n");
      assertThat(firstLines.lines()).containsExactly("bye");
      first.shutdownOutput();
      assertThat(firstAnswerOnceThereIsRoom(listener)).isEqualTo("hello");
    }
  }

  /// Each client takes a file of the process; the store's are not to be used up by them.
  @Test
  void turnsAwayWhoIsOneTooManyForAllListenersTogether() throws IOException {
    var places = new Places(2);
    try (var mail = Listener.open(ListenerConfig.defaults(), new LineServer(), places);
        var mailboxes = Listener.open(ListenerConfig.defaults(), new LineServer(), places);
        var first = connected(mail);
        var second = connected(mailboxes)) {
      BufferedReader firstLines = lines(first);
      assertThat(firstLines.readLine()).isEqualTo("hello");
      assertThat(lines(second).readLine()).isEqualTo("hello");
      try (var third = connected(mailboxes)) {
        assertThat(lines(third).lines()).containsExactly("busy");
      }
      say(first, "QUIT\r\n");
      assertThat(firstLines.lines()).containsExactly("bye");
      first.shutdownOutput();
      awaitConnections(mail, 0);
      assertThat(firstAnswerOnceThereIsRoom(mailboxes)).isEqualTo("hello");
    }
  }

  @Test
  void leavesOpenFilesToTheStoreWhateverTheLimit() {
    assertThat(Places.of(1024)).isEqualTo(512);
    assertThat(Places.of(20_000)).isEqualTo(18_976);
    assertThat(Places.of(Long.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
    assertThat(Places.of(1)).isEqualTo(1);
    assertThat(Places.OF_THE_PROCESS.max()).isGreaterThan(100);
  }

  /// The client tries again elsewhere, or later; it does not wait for a greeting for minutes.
  @Test
  void hangsUpOnAClientForWhomThereIsNoThread() throws IOException {
    Executor none =
        _ -> {
          throw new OutOfMemoryError("unable to create native thread");
        };
    try (var listener = Listener.open(ListenerConfig.defaults(), new LineServer(), none);
        var socket = connected(listener)) {
      socket.setSoTimeout(10_000);
      assertThat(socket.getInputStream().read()).isNegative();
    }
  }

  @Test
  void saysFarewellToWhoWaitsAndServesACommandThatHasBegun() throws Exception {
    var closed = new CountDownLatch(1);
    var listener =
        Listener.open(tls(ListenerConfig.defaults()), new LineServer(), TestTls.server());
    var plain = Listener.open(ListenerConfig.defaults(), new LineServer());
    try (var secure = TestTls.client(connected(listener));
        var waiting = connected(plain);
        var busy = connected(plain)) {
      BufferedReader secureLines = lines(secure);
      BufferedReader waitingLines = lines(waiting);
      BufferedReader busyLines = lines(busy);
      for (BufferedReader greeted : List.of(secureLines, waitingLines, busyLines)) {
        assertThat(greeted.readLine()).isEqualTo("hello");
      }
      say(waiting, "a\r\n");
      assertThat(waitingLines.readLine()).isEqualTo("echo a");
      beginCommand(busy, busyLines);
      Thread.ofVirtual()
          .start(() -> {
            listener.close(Duration.ofSeconds(60));
            plain.close(Duration.ofSeconds(20));
            closed.countDown();
          });
      assertThat(secureLines.lines()).containsExactly("farewell");
      assertThat(waitingLines.lines()).containsExactly("farewell");
      say(busy, "c");
      assertThat(busyLines.lines()).containsExactly("took 3", "farewell");
      assertThat(closed.await(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void whoseLoginEndsHearsSoBetweenTwoCommands() throws Exception {
    var connections = new LinkedBlockingQueue<Connection>();
    try (var listener = Listener.open(ListenerConfig.defaults(), lineServer(connections));
        var waiting = connected(listener)) {
      BufferedReader waitingLines = lines(waiting);
      assertThat(waitingLines.readLine()).isEqualTo("hello");
      connections.take().login().close();
      assertThat(waitingLines.lines()).containsExactly("logged out");
      try (var busy = connected(listener)) {
        BufferedReader busyLines = lines(busy);
        assertThat(busyLines.readLine()).isEqualTo("hello");
        beginCommand(busy, busyLines);
        connections.take().endLogin(Duration.ofMinutes(1));
        say(busy, "c\r\nnext\r\n");
        assertThat(busyLines.lines()).containsExactly("took 3", "logged out");
      }
    }
  }

  @Test
  void whoseLoginEndsGoesAlsoAmidACommandAndWithoutReading() throws Exception {
    var connections = new LinkedBlockingQueue<Connection>();
    try (var listener = Listener.open(ListenerConfig.defaults(), lineServer(connections));
        var busy = connected(listener);
        var deaf = connected(listener)) {
      BufferedReader busyLines = lines(busy);
      for (BufferedReader greeted : List.of(busyLines, lines(deaf))) {
        assertThat(greeted.readLine()).isEqualTo("hello");
      }
      beginCommand(busy, busyLines);
      say(deaf, "BIG 1000000000\r\n");
      for (int i = 0; i < 2; i++) {
        connections.take().endLogin(Duration.ofMillis(50));
      }
      assertThat(busyLines.readLine()).isNull();
      awaitConnections(listener, 0);
    }
  }

  private static ConnectionHandler lineServer(Queue<Connection> connections) {
    return new ConnectionHandler() {
      private final LineServer lines = new LineServer();

      @Override
      public void serve(Connection connection) throws IOException {
        connections.add(connection);
        lines.serve(connection);
      }

      @Override
      public String busy() {
        return lines.busy();
      }

      @Override
      public String farewell(Dismissal why) {
        return lines.farewell(why);
      }
    };
  }

  @Test
  void countsEachAddressForItself() throws IOException {
    var config = proxied(limited(100, 1));
    try (var listener = Listener.open(config, new LineServer());
        var ann = connected(listener);
        var annAgain = connected(listener);
        var bob = connected(listener)) {
      say(ann, "PROXY TCP4 192.0.2.1 198.51.100.1 1 25\r\n");
      assertThat(lines(ann).readLine()).isEqualTo("hello");
      say(annAgain, "PROXY TCP4 192.0.2.1 198.51.100.1 2 25\r\n");
      assertThat(lines(annAgain).readLine()).isEqualTo("busy");
      say(bob, "PROXY TCP4 192.0.2.2 198.51.100.1 3 25\r\n");
      assertThat(lines(bob).readLine()).isEqualTo("hello");
    }
  }

  @Test
  void believesTheProxyHeaderOfATrustedNetwork() throws IOException {
    var remotes = new LinkedBlockingQueue<String>();
    try (var listener =
            Listener.open(
                proxied(ListenerConfig.defaults()),
                handler(connection -> remotes.add(connection.remote().getHostAddress())));
        var socket = connected(listener)) {
      say(socket, "PROXY TCP4 192.0.2.77 198.51.100.1 1 25\r\n");
      assertThat(lines(socket).lines()).isEmpty();
      assertThat(remotes).containsExactly("192.0.2.77");
    }
  }

  @Test
  void requiresTheProxyHeaderOfATrustedNetwork() throws IOException {
    try (var listener = Listener.open(proxied(ListenerConfig.defaults()), new LineServer());
        var socket = connected(listener)) {
      say(socket, "EHLO client.example.org\r\n");
      assertThat(lines(socket).lines()).isEmpty();
    }
  }

  @Test
  void readsTheProxyHeaderBeforeTls() throws IOException {
    try (var listener =
            Listener.open(
                tls(proxied(ListenerConfig.defaults())), new LineServer(), TestTls.server());
        var socket = connected(listener)) {
      say(socket, "PROXY TCP4 192.0.2.1 198.51.100.1 1 25\r\n");
      try (var secure = TestTls.client(socket)) {
        assertThat(lines(secure).readLine()).isEqualTo("hello");
      }
    }
  }

  @Test
  void endsAClientThatStopsReading() throws IOException {
    try (var listener = Listener.open(writeTimeout(Duration.ofMillis(200)), new LineServer());
        var socket = connected(listener)) {
      assertThat(lines(socket).readLine()).isEqualTo("hello");
      say(socket, "BIG 1000000000\r\n");
      awaitConnections(listener, 0);
    }
  }

  /// The system takes some megabytes for it, and lets the next write wait until a third of them is
  /// gone.
  @Test
  void letsAClientReadSlowly() throws Exception {
    try (var listener = Listener.open(writeTimeout(Duration.ofMillis(1_500)), new LineServer());
        var socket = new Socket()) {
      socket.setReceiveBufferSize(64 << 10);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.port()));
      say(socket, "BIG 1000000000\r\n");
      InputStream in = socket.getInputStream();
      for (int i = 0; i < 50; i++) {
        in.skipNBytes(20_000);
        Thread.sleep(50);
      }
      assertThat(listener.connections()).isEqualTo(1);
    }
  }

  @Test
  void endsAClientThatDoesNotShakeHands() throws IOException {
    var config = handshakeTimeout(tls(ListenerConfig.defaults()), Duration.ofMillis(200));
    try (var listener = Listener.open(config, new LineServer(), TestTls.server());
        var socket = connected(listener)) {
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  /// Each byte would renew a time limit for single reads.
  @Test
  void endsAClientThatShakesHandsForTooLong() throws IOException {
    var config = handshakeTimeout(tls(ListenerConfig.defaults()), Duration.ofMillis(300));
    try (var listener = Listener.open(config, new LineServer(), TestTls.server());
        var socket = connected(listener)) {
      socket.setSoTimeout(20);
      byte[] hello = {22, 3, 1, 2, 0};
      for (int i = 0; ; i++) {
        assertThat(i).isLessThan(500);
        try {
          socket.getOutputStream().write(i < hello.length ? hello[i] : 1);
          if (socket.getInputStream().read() < 0) {
            break;
          }
        } catch (SocketTimeoutException _) {
          // Still there: the next byte.
        } catch (IOException _) {
          break;
        }
      }
    }
  }

  @Test
  void outlivesAHandlerThatFails() throws IOException {
    try (var listener = Listener.open(ListenerConfig.defaults(), new LineServer())) {
      try (var socket = connected(listener)) {
        say(socket, "FAIL\r\n");
        assertThat(lines(socket).lines()).doesNotContain("bye");
      }
      try (var socket = connected(listener)) {
        say(socket, "QUIT\r\n");
        assertThat(lines(socket).lines()).containsExactly("hello", "bye");
      }
    }
  }

  /// Closing a socket with unread input resets the connection, and the client may lose the answer.
  @Test
  void theLastAnswerArrivesThoughTheClientSaidMore() throws IOException {
    try (var listener = Listener.open(ListenerConfig.defaults(), new LineServer());
        var socket = connected(listener)) {
      say(socket, "QUIT\r\n" + "x".repeat(100_000));
      assertThat(lines(socket).lines()).containsExactly("hello", "bye");
    }
  }

  @Test
  void givesOutIdsThatDiffer() throws IOException {
    var ids = new LinkedBlockingQueue<String>();
    var seen = new ArrayList<String>();
    ConnectionHandler handler = handler(connection -> ids.add(connection.id()));
    try (var one = Listener.open(ListenerConfig.defaults(), handler);
        var two = Listener.open(ListenerConfig.defaults(), handler)) {
      for (int i = 0; i < 20; i++) {
        try (var socket = connected(i % 2 == 0 ? one : two)) {
          assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
      }
    }
    ids.drainTo(seen);
    assertThat(seen).hasSize(20).doesNotHaveDuplicates().allMatch(id -> id.length() <= 10);
  }

  @Test
  void closesOpenConnectionsAfterTheGraceTime() throws IOException {
    var listener = Listener.open(ListenerConfig.defaults(), new LineServer());
    try (var socket = connected(listener)) {
      BufferedReader lines = lines(socket);
      assertThat(lines.readLine()).isEqualTo("hello");
      beginCommand(socket, lines);
      assertThat(listener.connections()).isEqualTo(1);
      int port = listener.port();
      listener.close(Duration.ofMillis(50));
      assertThat(listener.connections()).isZero();
      assertThat(endsSomehow(lines)).isTrue();
      assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void waitsForConnectionsThatEndInTheGraceTime() throws Exception {
    var listener = Listener.open(ListenerConfig.defaults(), new LineServer());
    try (var socket = connected(listener)) {
      BufferedReader lines = lines(socket);
      assertThat(lines.readLine()).isEqualTo("hello");
      beginCommand(socket, lines);
      Thread closer = Thread.ofVirtual().start(() -> listener.close(Duration.ofSeconds(60)));
      say(socket, "c");
      assertThat(lines.readLine()).isEqualTo("took 3");
      socket.shutdownOutput();
      assertThat(closer.join(Duration.ofSeconds(60))).isTrue();
    }
  }

  @Test
  void readsHaveATimeLimit() throws IOException {
    var failures = new LinkedBlockingQueue<IOException>();
    try (var listener =
            Listener.open(
                ListenerConfig.defaults(),
                handler(connection -> {
                  connection.readTimeout(Duration.ofMillis(50));
                  try {
                    connection.input().next();
                  } catch (IOException e) {
                    failures.add(e);
                  }
                }));
        var socket = connected(listener)) {
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
      assertThat(failures.poll()).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void saysWhichAddressItCannotBind() throws IOException {
    try (var listener = Listener.open(ListenerConfig.defaults(), new LineServer())) {
      var taken = ListenerConfig.defaults().withPort(listener.port());
      assertThatThrownBy(() -> Listener.open(taken, new LineServer()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("127.0.0.1 port " + listener.port());
    }
  }

  @Test
  void needsACertificateForTls() {
    assertThatThrownBy(() -> Listener.open(tls(ListenerConfig.defaults()), new LineServer()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("certificate");
  }

  private static boolean endsSomehow(BufferedReader lines) {
    try {
      return lines.readLine() == null;
    } catch (IOException _) {
      return true;
    }
  }

  private static String firstAnswerOnceThereIsRoom(Listener listener) throws IOException {
    awaitConnections(listener, 1);
    try (var socket = connected(listener)) {
      return lines(socket).readLine();
    }
  }

  /// The listener tells nobody when a connection has ended, so we look until it has.
  private static void awaitConnections(Listener listener, int count) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (listener.connections() != count) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private interface Serving {
    void serve(Connection connection) throws IOException;
  }

  private static ConnectionHandler handler(Serving serving) {
    return new ConnectionHandler() {
      @Override
      public void serve(Connection connection) throws IOException {
        serving.serve(connection);
      }

      @Override
      public String busy() {
        return "busy\r\n";
      }

      @Override
      public String farewell(Dismissal why) {
        return "farewell\r\n";
      }
    };
  }

  /// A command that the server is reading, and that lacks its last byte.
  private static void beginCommand(Socket socket, BufferedReader lines) throws IOException {
    say(socket, "begin\r\nTAKE 3\r\nab");
    // Comes when the server has taken all there is and waits for more.
    assertThat(lines.readLine()).isEqualTo("echo begin");
  }

  private static Socket connected(Listener listener) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), listener.port());
  }

  private static BufferedReader lines(Socket socket) throws IOException {
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private static ListenerConfig limited(int max, int perAddress) {
    return with(false, max, perAddress, List.of(), Duration.ofSeconds(30), Duration.ofMinutes(1));
  }

  private static ListenerConfig writeTimeout(Duration limit) {
    return with(false, 100, 100, List.of(), Duration.ofSeconds(30), limit);
  }

  private static ListenerConfig tls(ListenerConfig config) {
    return with(
        true,
        config.connectionsMax(),
        config.connectionsPerAddressMax(),
        config.proxyNetworks(),
        config.handshakeTimeout(),
        config.writeTimeout());
  }

  private static ListenerConfig handshakeTimeout(ListenerConfig config, Duration limit) {
    return with(config.tls(), 100, 100, List.of(), limit, config.writeTimeout());
  }

  private static ListenerConfig proxied(ListenerConfig config) {
    return with(
        config.tls(),
        config.connectionsMax(),
        config.connectionsPerAddressMax(),
        List.of("127.0.0.0/8"),
        config.handshakeTimeout(),
        config.writeTimeout());
  }

  private static ListenerConfig with(
      boolean tls,
      int max,
      int perAddress,
      List<String> proxies,
      Duration handshakeTimeout,
      Duration writeTimeout) {
    return new ListenerConfig(
        "127.0.0.1", 0, tls, max, perAddress, proxies, handshakeTimeout, writeTimeout);
  }
}
