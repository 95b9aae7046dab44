package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;

/// What we do not want is refused while the client waits. Nobody who never wrote to us gets a
/// bounce because somebody else used their address.
@Timeout(120)
class BackscatterTest {
  @TempDir Path data;

  @Test
  void everythingUnwantedIsRefusedAtOnce() throws IOException {
    Files.writeString(
        data.resolve("gates.yaml"),
        """
        mx:
          - gate: HeaderSanity
          - gate: AccessList
            recipients: [bob@example.org]
        """);
    Path config = Files.writeString(data.resolve("posthorn.yaml"), "gates-file: gates.yaml\n");
    try (TestServer server =
        TestServer.start(data, Optional.of(config)).withUsers("ann", "bob", "gone")) {
      server
          .admin()
          .post(
              "/users",
              Map.of("login", "full@example.org", "password", "secret", "quotaBytes", 5000));
      server.admin().patch("/users/gone@example.org", Map.of("enabled", false));
      server
          .admin()
          .put("/aliases/dead@example.org", Map.of("targets", List.of("gone@example.org")));
      server
          .admin()
          .put("/aliases/away@example.org", Map.of("targets", List.of("ann@far.example")));
      try (WireClient client = server.connect("mx")) {
        client.reply();
        client.smtp("EHLO client.example");
        assertRefused(client, "nobody@example.org", "", "5");
        assertRefused(client, "bob@example.org", "", "550 5.7.1");
        assertRefused(client, "gone@example.org", "", "4");
        assertRefused(client, "dead@example.org", "", "4");
        // Without SIZE nobody knows at RCPT that it is too big for this mailbox.
        assertRefused(
            client, "full@example.org", "x".repeat(900).concat("\r\n").repeat(9), "452 4.2.2");
        client.smtp("RSET");
        assertThat(client.smtp("MAIL FROM:<victim@far.example> SIZE=9000")).startsWith("250");
        assertThat(client.smtp("RCPT TO:<full@example.org>")).startsWith("452 4.2.2");
        client.smtp("RSET");
        String forged = "delivered-to: Away@example.org\r\nSubject: x\r\n\r\n";
        assertThat(client.deliver("victim@far.example", "away@example.org", forged))
            .startsWith("554 5.4.6");
        assertRefused(client, "ann@example.org", "lone\nfeed\r\n", "550 5.6.11");
      }
      assertThat(InProcess.run(data, "queue", "list").out()).isEqualTo("Nothing is under way.\n");
    }
  }

  private static void assertRefused(WireClient client, String to, String text, String answer)
      throws IOException {
    client.smtp("RSET");
    assertThat(client.deliver("victim@far.example", to, "Subject: x\r\n\r\n" + text))
        .as(to)
        .startsWith(answer);
  }
}
