package org.posthorn.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ListenerTest {
  @Test
  void servesAClient() throws IOException {
    try (var listener = Listener.open(ListenerConfig.defaults(), new LineServer());
        var socket = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
      var lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      socket.getOutputStream().write("a\r\nb\nQUIT\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(lines.lines()).containsExactly("hello", "echo a", "echo b", "bye");
    }
  }
}
