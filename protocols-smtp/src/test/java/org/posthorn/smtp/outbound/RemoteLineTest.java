package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RemoteLineTest {
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
