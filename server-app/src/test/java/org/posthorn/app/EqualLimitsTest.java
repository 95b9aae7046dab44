package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two gates that limit the same, as after a line was copied.
@Timeout(60)
class EqualLimitsTest {
  @TempDir Path data;

  @Test
  void eachCountsForItselfOverReloadsAndRestarts() throws IOException {
    Files.writeString(
        data.resolve("gates.yaml"),
        """
        mx:
          - {gate: RateLimit, label: one, per: address, count: 4}
          - {gate: RateLimit, label: two, per: address, count: 4}
        """);
    Optional<Path> config =
        Optional.of(Files.writeString(data.resolve("posthorn.yaml"), "gates-file: gates.yaml\n"));
    try (TestServer server = TestServer.start(data, config)) {
      assertThat(mail(server)).startsWith("250");
      assertThat(mail(server)).startsWith("250");
      server.admin().post("/reload", Map.of());
      assertThat(mail(server)).startsWith("250");
    }
    try (TestServer server = TestServer.start(data, config)) {
      assertThat(mail(server)).startsWith("250");
      assertThat(mail(server)).startsWith("451 4.7.1");
      server.admin().post("/reload", Map.of());
      assertThat(mail(server)).startsWith("451 4.7.1");
    }
  }

  private static String mail(TestServer server) throws IOException {
    try (WireClient client = server.connect("mx")) {
      client.reply();
      client.smtp("EHLO mx.example.net");
      return client.smtp("MAIL FROM:<a@example.net>");
    }
  }
}
