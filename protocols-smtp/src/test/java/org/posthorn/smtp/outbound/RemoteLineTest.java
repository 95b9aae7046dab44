package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
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
          .hasMessageStartingWith("it took nothing for ");
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
