package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Who sends large messages that no gate lets in does not fill the disk with them.
@Timeout(120)
final class RefusedContentTest {
  @TempDir private Path data;

  @Test
  void aLargeMessageThatAGateRefusesIsNotKept() throws IOException {
    Path gates = Files.writeString(data.resolve("gates.yaml"), "lmtp: [{gate: HeaderSanity}]\n");
    String body = "0123456789 abcdefghijklmnopqrstuvwxyz\r\n".repeat(20_000);
    try (TestServer server =
            TestServer.start(data, TestServer.WITHOUT_DNS, "gates-file=" + gates).withUsers("ann");
        WireClient client = server.connect("lmtp")) {
      client.reply();
      client.smtp("LHLO client.example");
      for (int i = 0; i < 3; i++) {
        assertThat(deliver(client, "Subject: " + i + "\r\n\r\n" + body)).startsWith("550");
        assertThat(large()).as("files of large messages").isZero();
      }
      assertThat(deliver(client, "From: x@far.example\r\nSubject: x\r\n\r\n" + body))
          .startsWith("250");
      assertThat(large()).isEqualTo(1);
      assertThat(server.message("ann@example.org", 1)).contains(body);
    }
  }

  private static String deliver(WireClient client, String message) throws IOException {
    return client.deliver("x@far.example", "ann@example.org", message);
  }

  private long large() throws IOException {
    try (Stream<Path> all = Files.walk(data)) {
      return all.filter(file -> file.toString().endsWith(".content")).count();
    }
  }
}
