package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class RemoteLineTest {
  /// Whether the socket's timeout or the watcher comes first.
  @Test
  void saysThatAServerWasSilentAndForHowLong() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      for (int total : new int[] {60_000, 60}) {
        try (RemoteLine line =
            RemoteLine.open(
                new InetSocketAddress(server.getInetAddress(), server.getLocalPort()),
                Optional.empty(),
                Duration.ofMinutes(1),
                Duration.ofMillis(total))) {
          assertThatThrownBy(() -> line.reply(Duration.ofMillis(80)))
              .isInstanceOf(SocketTimeoutException.class)
              .hasMessageStartingWith("it said nothing for ")
              .hasMessageEndingWith(" ms");
        }
      }
    }
  }

  @Test
  void saysSoAlsoWhenTheWatcherHasClosedIt() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RemoteLine line =
            RemoteLine.open(
                new InetSocketAddress(server.getInetAddress(), server.getLocalPort()),
                Optional.empty(),
                Duration.ofMinutes(1),
                Duration.ofMinutes(1))) {
      line.flush(Duration.ofMillis(1));
      while (line.isQuiet()) { // Until the watcher has closed it.
        Thread.onSpinWait();
      }
      line.command("NOOP", Duration.ofMillis(0));
      assertThatThrownBy(() -> line.flush(Duration.ofNanos(1)))
          .hasMessageStartingWith("it took next to nothing for ");
    }
  }

  /// The system takes some megabytes for it, and lets the next write wait until a third of them is
  /// gone.
  @Test
  void aServerThatTakesSlowlyIsWaitedFor() throws Exception {
    try (ServerSocket server = new ServerSocket()) {
      server.setReceiveBufferSize(64 << 10);
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      sendSlowly(server);
    }
  }

  private static void sendSlowly(ServerSocket server) throws Exception {
    try (RemoteLine line =
            RemoteLine.open(
                new InetSocketAddress(server.getInetAddress(), server.getLocalPort()),
                Optional.empty(),
                Duration.ofMinutes(1),
                Duration.ofMinutes(1));
        Socket taken = server.accept()) {
      var end = new AtomicBoolean();
      Thread reader = Thread.ofVirtual().start(() -> readSlowly(taken, end));
      byte[] piece = new byte[16_384];
      long start = System.nanoTime();
      long written = 0;
      while (System.nanoTime() - start < 2_500_000_000L) {
        line.write(piece, 0, piece.length, Duration.ofMillis(1_500));
        written += piece.length;
      }
      end.set(true);
      reader.join();
      assertThat(written).isGreaterThan(2 << 20);
    }
  }

  private static void readSlowly(Socket taken, AtomicBoolean end) {
    try (InputStream in = taken.getInputStream()) {
      while (!end.get()) {
        in.skipNBytes(20_000);
        Thread.sleep(50);
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aConnectionPastHalfItsTimeHasNoneForAnotherMail() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RemoteLine line =
            RemoteLine.open(
                new InetSocketAddress(server.getInetAddress(), server.getLocalPort()),
                Optional.empty(),
                Duration.ofMinutes(1),
                Duration.ofHours(20))) {
      assertThat(line.hasTimeAt(System.nanoTime())).isTrue();
      assertThat(line.hasTimeAt(System.nanoTime() + Duration.ofHours(9).toNanos())).isTrue();
      assertThat(line.hasTimeAt(System.nanoTime() + Duration.ofHours(11).toNanos())).isFalse();
    }
  }
}
