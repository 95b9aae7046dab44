package org.posthorn.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Against the JDK's own client.
@Timeout(60)
class TlsTest {
  private static final ListenerConfig CONFIG =
      new ListenerConfig(
          "127.0.0.1",
          0,
          true,
          1000,
          1000,
          List.of(),
          Duration.ofSeconds(20),
          Duration.ofSeconds(20));

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void carriesMegabytesToTheClient(String protocol) throws IOException {
    try (var listener = open();
        var socket = client(listener, protocol)) {
      say(socket, "BIG 20000000\r\nQUIT\r\n");
      InputStream input = new BufferedInputStream(socket.getInputStream());
      assertThat(input.readNBytes(7)).isEqualTo("hello\r\n".getBytes(US_ASCII));
      byte[] line = "0123456789abcd\r\n".getBytes(US_ASCII);
      for (int i = 0; i < 20_000_000 / line.length; i++) {
        assertThat(input.readNBytes(line.length)).isEqualTo(line);
      }
      assertThat(input.readAllBytes()).isEqualTo("bye\r\n".getBytes(US_ASCII));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void carriesMegabytesFromTheClient(String protocol) throws IOException {
    try (var listener = open();
        var socket = client(listener, protocol)) {
      BufferedReader lines = lines(socket);
      assertThat(lines.readLine()).isEqualTo("hello");
      say(socket, "TAKE 20000000\r\n");
      byte[] part = "x".repeat(100_000).getBytes(US_ASCII);
      for (int i = 0; i < 200; i++) {
        socket.getOutputStream().write(part);
      }
      say(socket, "a\r\nQUIT\r\n");
      assertThat(lines.lines()).containsExactly("took 20000000", "echo a", "bye");
    }
  }

  /// Records of every size, each in a packet of its own.
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void readsRecordsOfAnySize(String protocol) throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    try (var listener = open();
        var socket = client(listener, protocol)) {
      BufferedReader lines = lines(socket);
      assertThat(lines.readLine()).isEqualTo("hello");
      for (int i = 0; i < 300; i++) {
        int size = 1 + random.nextInt(random.nextBoolean() ? 600 : 40_000);
        say(socket, "TAKE " + size + "\r\n");
        for (int left = size; left > 0; ) {
          int part = 1 + random.nextInt(left);
          socket.getOutputStream().write(new byte[part]);
          left -= part;
        }
        assertThat(lines.readLine()).as("seed %d", seed).isEqualTo("took " + size);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void tellsProtocolAndCipher(String protocol) throws IOException {
    try (var listener = open();
        var socket = client(listener, protocol)) {
      say(socket, "TLS\r\nQUIT\r\n");
      assertThat(lines(socket).lines())
          .containsExactly("hello", protocol + " " + socket.getSession().getCipherSuite(), "bye");
    }
  }

  @Test
  void answersAClientThatHalfCloses() throws IOException {
    try (var listener = open();
        var socket = client(listener, "TLSv1.3")) {
      say(socket, "a\r\nb\r\n");
      socket.shutdownOutput();
      assertThat(lines(socket).lines()).containsExactly("hello", "echo a", "echo b");
    }
  }

  @Test
  void speaksNoOldProtocol() throws IOException {
    try (var listener = open();
        var socket = unshaken(listener)) {
      socket.setEnabledProtocols(new String[] {"TLSv1.1"});
      assertThatThrownBy(socket::startHandshake).isInstanceOf(IOException.class);
    }
  }

  @Test
  void shakesManyHandsAtOnce() throws IOException, InterruptedException {
    int clients = 200;
    var greeted = new AtomicInteger();
    var done = new CountDownLatch(clients);
    try (var listener = open()) {
      for (int i = 0; i < clients; i++) {
        String protocol = i % 2 == 0 ? "TLSv1.2" : "TLSv1.3";
        Thread.ofVirtual()
            .start(() -> {
              try (var socket = client(listener, protocol)) {
                say(socket, "QUIT\r\n");
                if (lines(socket).lines().toList().equals(List.of("hello", "bye"))) {
                  greeted.incrementAndGet();
                }
              } catch (IOException e) {
                throw new AssertionError(e);
              } finally {
                done.countDown();
              }
            });
      }
      done.await();
      assertThat(greeted).hasValue(clients);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void resumesSessions(String protocol) throws IOException {
    var checked = new AtomicInteger();
    SSLContext context = TestTls.clientContext(_ -> checked.incrementAndGet());
    try (var listener = open()) {
      for (int i = 0; i < 3; i++) {
        try (var socket = unshaken(listener, context)) {
          socket.setEnabledProtocols(new String[] {protocol});
          say(socket, "QUIT\r\n");
          assertThat(lines(socket).lines()).containsExactly("hello", "bye");
        }
      }
      assertThat(checked).as("certificates sent").hasValue(1);
    }
  }

  /// As while IDLE: one thread waits for the client, another tells news; keys change in both
  /// directions meanwhile (see [TestTls]).
  @Test
  void readsInOneThreadAndWritesInAnother() throws IOException, InterruptedException {
    int lines = 300_000;
    try (var listener = Listener.open(CONFIG, new NewsServer(lines), TestTls.server());
        var socket = client(listener, "TLSv1.3")) {
      Thread talker =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  byte[] part = "x".repeat(9999).concat("\n").getBytes(US_ASCII);
                  for (int i = 0; i < 50; i++) {
                    socket.getOutputStream().write(part);
                  }
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      var told = lines(socket).lines().toList();
      talker.join();
      assertThat(told).hasSize(lines + 1).endsWith("heard 500000");
      assertThat(told.subList(0, lines)).containsOnly("* news of this mailbox");
    }
  }

  private record NewsServer(int lines) implements ConnectionHandler {
    @Override
    public void serve(Connection connection) throws IOException {
      Thread teller = Thread.ofVirtual().start(() -> tell(connection.output()));
      connection.input().skip(500_000);
      try {
        teller.join();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      connection.output().write("heard 500000\r\n");
    }

    private void tell(WireOutput output) {
      try {
        for (int i = 0; i < lines; i++) {
          output.write("* news of this mailbox\r\n");
          if (i % 100 == 0) {
            output.flush();
          }
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
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

  /// Bytes that are no whole record say nothing, however many come.
  @ParameterizedTest
  @ValueSource(ints = {1, 30_000})
  void waitsNoLongerForARecordThatComesInDribs(int targetBytes) throws Exception {
    var gaveUp = new CountDownLatch(1);
    try (var listener =
            Listener.open(CONFIG, new Impatient(targetBytes, gaveUp), TestTls.server());
        var plain = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
      plain.setTcpNoDelay(true);
      try (var secure = TestTls.client(plain)) {
        assertThat(lines(secure).readLine()).isEqualTo("hello");
        OutputStream raw = plain.getOutputStream();
        raw.write(new byte[] {23, 3, 3, 0x40, 0});
        for (int i = 0; i < 100 && gaveUp.getCount() > 0; i++) {
          raw.write(i);
          Thread.sleep(50);
        }
        assertThat(gaveUp.getCount()).isZero();
      }
    }
  }

  private record Impatient(int targetBytes, CountDownLatch gaveUp) implements ConnectionHandler {
    @Override
    public void serve(Connection connection) throws IOException {
      connection.output().write("hello\r\n");
      connection.readTimeout(Duration.ofMillis(500));
      try {
        connection.input().read(new byte[targetBytes], 0, targetBytes);
      } catch (SocketTimeoutException _) {
        gaveUp.countDown();
      }
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

  @Test
  void choosesTheCertificateByName() throws IOException {
    var tls =
        TlsContext.of(
            List.of(
                TestTls.identity("localhost"),
                TestTls.identity("example"),
                TestTls.identity("rsa")));
    try (var listener = Listener.open(CONFIG, new LineServer(), tls)) {
      assertThat(certificateFor(listener, "example.org")).contains("CN=example.org");
      assertThat(certificateFor(listener, "MAIL.Example.ORG")).contains("CN=example.org");
      assertThat(certificateFor(listener, "a.mail.example.org")).contains("CN=localhost");
      assertThat(certificateFor(listener, "rsa.example.net")).contains("CN=rsa.example.net");
      assertThat(certificateFor(listener, "unknown.example.com")).contains("CN=localhost");
    }
  }

  /// Else every handshake would fail, and nobody would know before.
  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA", "EdDSA"})
  void aKeyOfAnotherCertificateIsRefused(String algorithm) throws GeneralSecurityException {
    PrivateKey other = KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPrivate();
    List<X509Certificate> chain =
        TestTls.identity(algorithm.equals("RSA") ? "rsa" : "localhost").chain();
    assertThatThrownBy(() -> new TlsIdentity(chain, other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not belong to the certificate");
  }

  @Test
  void servesReloadedCertificatesToNewConnections() throws IOException {
    TlsContext tls = TestTls.server();
    try (var listener = Listener.open(CONFIG, new LineServer(), tls);
        var old = client(listener, "TLSv1.3")) {
      BufferedReader lines = lines(old);
      assertThat(lines.readLine()).isEqualTo("hello");
      tls.reload(List.of(TestTls.identity("rsa")), Optional.empty());
      assertThat(certificateFor(listener, "localhost")).contains("CN=rsa.example.net");
      say(old, "still here\r\n");
      assertThat(lines.readLine()).isEqualTo("echo still here");
    }
  }

  @Test
  void refusesRenegotiation() throws IOException {
    try (var listener = open();
        var socket = client(listener, "TLSv1.2")) {
      BufferedReader lines = lines(socket);
      assertThat(lines.readLine()).isEqualTo("hello");
      assertThatThrownBy(
              () -> {
                socket.startHandshake();
                say(socket, "a\r\n");
                lines.readLine();
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void endsWhoSpeaksNoTls() throws IOException {
    try (var listener = open()) {
      var random = new Random(4711);
      for (int i = 0; i < 50; i++) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
          byte[] noise = new byte[1 + random.nextInt(3000)];
          random.nextBytes(noise);
          noise[0] = i % 3 == 0 ? 22 : noise[0];
          socket.getOutputStream().write(i == 0 ? "EHLO x\r\n".getBytes(US_ASCII) : noise);
          socket.shutdownOutput();
          assertThat(endOf(socket)).isTrue();
        }
      }
      try (var socket = client(listener, "TLSv1.3")) {
        assertThat(lines(socket).readLine()).isEqualTo("hello");
      }
    }
  }

  @Test
  void survivesAHandshakeThatIsCutAnywhere() throws IOException {
    byte[] hello = clientHello();
    try (var listener = open()) {
      for (int length = 0; length < hello.length; length += 7) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
          socket.getOutputStream().write(hello, 0, length);
          socket.shutdownOutput();
          assertThat(endOf(socket)).isTrue();
        }
      }
    }
  }

  @Test
  void survivesAHandshakeWithWrongBytes() throws IOException {
    byte[] hello = clientHello();
    var random = new Random(4712);
    try (var listener = open()) {
      for (int i = 0; i < 100; i++) {
        byte[] wrong = hello.clone();
        wrong[5 + random.nextInt(wrong.length - 5)] ^= (byte) random.nextInt(1, 256);
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
          socket.getOutputStream().write(wrong);
          socket.shutdownOutput();
          assertThat(endOf(socket)).isTrue();
        }
      }
    }
  }

  /// What came in plain text with STARTTLS is dropped (RFC 3207 §4.2).
  @Test
  void neverAnswersWhatCameBeforeTls() throws IOException {
    try (var listener =
            Listener.open(ListenerConfig.defaults(), new LineServer(), TestTls.server());
        var socket = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
      say(socket, "STARTTLS\r\ninjected\r\n");
      assertThat(socket.getInputStream().readNBytes("hello\r\ngo ahead\r\n".length())).hasSize(17);
      try (var secure = TestTls.client(socket)) {
        say(secure, "mine\r\nQUIT\r\n");
        assertThat(lines(secure).lines()).containsExactly("echo mine", "bye");
      }
    }
  }

  private static byte[] clientHello() throws IOException {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var client = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort());
        var accepted = server.accept()) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              TestTls.client(client);
            } catch (IOException _) {
              // Nobody answers it.
            }
          });
      byte[] start = accepted.getInputStream().readNBytes(5);
      int length = ((start[3] & 0xff) << 8) | (start[4] & 0xff);
      byte[] hello = Arrays.copyOf(start, 5 + length);
      accepted.getInputStream().readNBytes(hello, 5, length);
      return hello;
    }
  }

  /// Whether the server closes, with or without an alert.
  private static boolean endOf(Socket socket) {
    try {
      socket.setSoTimeout(60_000);
      socket.getInputStream().readAllBytes();
      return true;
    } catch (SocketTimeoutException _) {
      return false;
    } catch (IOException _) {
      return true;
    }
  }

  private static String certificateFor(Listener listener, String name) throws IOException {
    try (var socket = unshaken(listener)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
          .getSubjectX500Principal()
          .getName();
    }
  }

  private static Listener open() throws IOException {
    return Listener.open(CONFIG, new LineServer(), TestTls.server());
  }

  private static SSLSocket client(Listener listener, String protocol) throws IOException {
    SSLSocket socket = unshaken(listener);
    socket.setEnabledProtocols(new String[] {protocol});
    socket.startHandshake();
    return socket;
  }

  private static SSLSocket unshaken(Listener listener) throws IOException {
    return unshaken(listener, TestTls.clientContext());
  }

  private static SSLSocket unshaken(Listener listener, SSLContext context) throws IOException {
    var socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), listener.port());
    socket.setTcpNoDelay(true);
    return socket;
  }

  private static BufferedReader lines(Socket socket) throws IOException {
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }
}
