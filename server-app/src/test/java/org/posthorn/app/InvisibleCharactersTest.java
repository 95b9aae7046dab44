package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminFailure;
import org.posthorn.app.cli.InProcess;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.Directory;

/// Addresses that look like others, by characters that nobody sees or that turn the direction of
/// writing.
@Timeout(60)
class InvisibleCharactersTest {
  private static final String LOOK_ALIKE = "moc.elpmaxe\u2067\u202Enna\u200B";

  @TempDir Path data;

  /// RFC 6531 §3.3 lets strangers be called so; it is shown as what it is.
  @Test
  void mailFromStrangersIsTakenAndTheTerminalShowsThem() throws IOException {
    try (TestServer server =
        TestServer.start(data, "outbound.dns.servers=127.0.0.1:1", "outbound.dns.timeout=1s")
            .withUsers("ann")) {
      server
          .admin()
          .put("/aliases/away@example.org", Map.of("targets", List.of("ann@far.example")));
      try (WireClient client = server.connect("mx")) {
        client.reply();
        client.smtp("EHLO mx.example.net");
        for (String to : List.of("ann", "away")) {
          assertThat(client.smtp("MAIL FROM:<" + LOOK_ALIKE + "@example.net> SMTPUTF8"))
              .startsWith("250");
          assertThat(client.smtp("RCPT TO:<" + to + "@example.org>")).startsWith("250");
          assertThat(client.smtp("DATA")).startsWith("354");
          assertThat(client.smtp("Subject: x\u202E\u009B2J\r\n\r\n.")).startsWith("250");
        }
      }
      JourneyTest.awaitMessages(server, "ann", "INBOX", 1);
      for (String[] command :
          List.of(
              new String[] {"trace", "ann@example.org"},
              new String[] {"trace", "ann@example.org", "--json"},
              new String[] {"queue", "list"},
              new String[] {"queue", "list", "--json"},
              new String[] {"queue", "senders"})) {
        InProcess.Result result = InProcess.run(data, command);
        assertThat(result.isDone()).as(result.err()).isTrue();
        assertThat(result.out())
            .contains("moc.elpmaxe\\u2067\\u202enna\\u200b@example.net")
            .doesNotContain("\u2067", "\u202E", "\u200B", "\u009B");
      }
      InProcess.Result refused = InProcess.run(data, "user", "show", "x\u202Ey@example.org");
      assertThat(refused.err()).contains("x\\u202ey@example.org").doesNotContain("\u202E");
    }
  }

  /// RFC 8265 §3.3.
  @Test
  void nobodyHereIsCalledSo() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann", "jörg")) {
      String name = LOOK_ALIKE + "@example.org";
      var admin = server.admin();
      assertThatThrownBy(() -> admin.post("/users", Map.of("login", name, "password", "secret")))
          .isInstanceOf(AdminFailure.class)
          .hasMessageContaining("letters and digits");
      Map<String, Map<String, ?>> bodies =
          Map.of(
              "/aliases/", Map.of("targets", List.of("ann@example.org")),
              "/groups/", Map.of("members", List.of("ann@example.org")),
              "/lists/", Map.of("settings", Map.of()));
      bodies.forEach((path, body) ->
          assertThatThrownBy(() -> admin.put(path + URLEncoder.encode(name, UTF_8), body))
              .as(path)
              .isInstanceOf(AdminFailure.class)
              .hasMessageContaining("letters and digits"));
    }
  }

  /// One that is there, from before or from a backup, keeps its name.
  @Test
  void aListThatIsCalledSoCanBeChanged() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      MailAddress list = MailAddress.of(LOOK_ALIKE + "@example.org");
      var _ = server.server().composition().room(Directory.class).lists().create(list, Map.of());
      assertThat(
              server
                  .admin()
                  .patch(
                      "/lists/" + URLEncoder.encode(list.toString(), UTF_8),
                      Map.of("settings", Map.of("title", "The old ones")))
                  .toString())
          .contains("The old ones");
    }
  }
}
