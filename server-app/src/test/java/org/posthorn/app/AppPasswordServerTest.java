package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// App passwords from their making to their end, with a whole server.
@Timeout(120)
class AppPasswordServerTest {
  private static final String PATH = "/users/ann@example.org/app-passwords";
  @TempDir private Path data;

  @Test
  void oneIsMadeUsedAndTakenAway() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      JsonNode made =
          server.admin().post(PATH, Map.of("name", "Phone", "scope", List.of("imap", "smtp")));
      String login = "LOGIN ann@example.org " + made.path("password").asString();
      WireClient imap = server.connect("imap");
      imap.line();
      assertThat(imap.imap(login).getLast()).contains("OK");
      try (WireClient pop3 = server.connect("pop3")) {
        pop3.line();
        pop3.send("USER ann@example.org");
        pop3.line();
        pop3.send("PASS " + made.path("password").asString());
        assertThat(pop3.line()).startsWith("-ERR [AUTH]");
      }
      JsonNode listed = server.admin().get(PATH).path("passwords").get(0);
      assertThat(listed.path("name").asString()).isEqualTo("Phone");
      assertThat(listed.path("lastUseBy").asString()).isEqualTo("imap");
      assertThat(listed.toString()).doesNotContain(made.path("password").asString());

      server.admin().patch(PATH, Map.of("only", true));
      try (WireClient other = server.connect("imap")) {
        other.line();
        assertThat(other.tryImap("LOGIN ann@example.org secret").getLast()).contains("NO");
      }
      server.admin().delete(PATH + "/" + made.path("id").asInt());
      assertThatThrownBy(() -> imap.imap("NOOP")).isInstanceOf(IOException.class);
      try (WireClient again = server.connect("imap")) {
        again.line();
        assertThat(again.tryImap(login).getLast()).contains("NO [AUTHENTICATIONFAILED]");
      }
      assertThatThrownBy(() -> server.admin().delete(PATH + "/7"))
          .hasMessageContaining("has no app password 7");
      imap.close();
    }
  }
}
