package org.posthorn.smtp.outbound;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.LoneReturns;
import org.posthorn.message.mime.StructureScanner;

/// What stands on the line behind DATA, for any bytes in any pieces.
final class DataWriterTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /// More of what matters than chance would bring.
  private static final byte[] TELLING = "\r\n\r\n..\r\n.\r\n\n.\r.\0x".getBytes(ISO_8859_1);

  @Test
  void neverSendsALoneCrOrLfNorAnEndMarkBeforeTheEnd() throws Exception {
    for (long seed = 0; seed < 400; seed++) {
      Random random = new Random(seed);
      byte[] message = message(random);
      String sent = sent(message, random);
      String expected = lines(new String(message, ISO_8859_1));

      assertThat(sent.replace("\r\n", "")).as("seed %d", seed).doesNotContain("\r", "\n");
      assertThat(("\r\n" + sent).indexOf("\r\n.\r\n"))
          .as("the end mark, seed %d", seed)
          .isEqualTo(sent.length() - 3);
      assertThat(unstuffed(sent)).as("seed %d", seed).isEqualTo(expected);
    }
  }

  /// RFC 5321 §2.3.8: a lone CR is no line break, and may not become one.
  @Test
  void aLoneCrMakesNoFieldAndNoPart() throws Exception {
    String message =
        """
        Subject: x\rX-Forged: yes\r
        Content-Type: multipart/mixed; boundary=b\r
        \r
        --b\r
        \r
        one two\r--b\r\rContent-Type: text/html\r\r<p>\r
        --b--\r
        """;
    byte[] bytes = message.getBytes(ISO_8859_1);
    byte[] sent = unstuffed(sent(bytes, new Random(1))).getBytes(ISO_8859_1);
    assertThat(Headers.read(sent)).hasSize(2).isEqualTo(Headers.read(bytes));
    assertThat(StructureScanner.scan(sent).root()).isEqualTo(StructureScanner.scan(bytes).root());
  }

  private static byte[] message(Random random) {
    byte[] message = new byte[random.nextInt(random.nextBoolean() ? 40 : 5_000)];
    random.nextBytes(message);
    int telling = random.nextInt(4);
    for (int i = 0; i < message.length; i++) {
      if (random.nextInt(4) < telling) {
        message[i] = TELLING[random.nextInt(TELLING.length)];
      }
    }
    return message;
  }

  /// No lone CR, every LF as CRLF, and one at the end.
  private static String lines(String text) throws IOException {
    byte[] bytes = text.getBytes(ISO_8859_1);
    String breaks;
    try (var replaced = LoneReturns.replacedIn(new ByteArrayInputStream(bytes))) {
      breaks = new String(replaced.readAllBytes(), ISO_8859_1);
    }
    String sound = breaks.replace("\r\n", "\n").replace("\n", "\r\n");
    return sound.isEmpty() || sound.endsWith("\r\n") ? sound : sound + "\r\n";
  }

  private static String unstuffed(String sent) {
    String text = "\r\n" + sent.substring(0, sent.length() - 3);
    return text.replace("\r\n.", "\r\n").substring(2);
  }

  /// What a server reads, when the message comes in pieces.
  private static String sent(byte[] message, Random random) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<byte[]> read = new CompletableFuture<>();
      Thread.ofVirtual().start(() -> read(server, read));
      try (RemoteLine line =
          RemoteLine.open(
              new InetSocketAddress(server.getInetAddress(), server.getLocalPort()),
              Optional.empty(),
              LIMIT,
              LIMIT)) {
        DataWriter data = new DataWriter(line, LIMIT);
        for (int at = 0; at < message.length; ) {
          int count = Math.min(message.length - at, random.nextInt(1, 30));
          data.write(message, at, count);
          at += count;
        }
        data.end();
        line.flush(LIMIT);
      }
      return new String(read.get(), ISO_8859_1);
    }
  }

  private static void read(ServerSocket server, CompletableFuture<byte[]> read) {
    try (Socket client = server.accept()) {
      read.complete(client.getInputStream().readAllBytes());
    } catch (IOException e) {
      read.completeExceptionally(e);
    }
  }
}
