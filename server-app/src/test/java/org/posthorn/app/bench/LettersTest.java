package org.posthorn.app.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LettersTest {
  private final AtomicLong written = new AtomicLong();

  /// Kept in memory, and in a file.
  @ParameterizedTest
  @ValueSource(ints = {100, 80 << 20})
  void whatIsWrittenBeforeAndWhatIsNotArrivesInItsOrder(int sizeMaxBytes) throws Exception {
    try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Letters letters = Letters.written(3, sizeMaxBytes, this::write)) {
      assertThat(written).hasValue(3);
      CompletableFuture<byte[]> arrived = CompletableFuture.supplyAsync(() -> everything(listener));
      try (Wire wire = Wire.connect("127.0.0.1", listener.getLocalPort(), Duration.ofSeconds(20))) {
        for (long number : new long[] {2, 0, 1, 3}) {
          letters.take(number).sendOn(wire);
          wire.send("|");
        }
        wire.flush();
      }
      assertThat(written).hasValue(4);
      assertThat(new ByteArrayInputStream(arrived.get()))
          .hasContent("message 2|message 0|message 1|message 3|");
    }
  }

  private byte[] write(long number) {
    written.incrementAndGet();
    return ("message " + number).getBytes(US_ASCII);
  }

  private static byte[] everything(ServerSocket listener) {
    try (Socket socket = listener.accept()) {
      return socket.getInputStream().readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
