package org.posthorn.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AdminApiPageTest {
  private static final Path PAGE = Path.of("..", "docs", "admin-api.md");
  private static final String TABLE = "| method | path | what it does |\n|---|---|---|\n";

  @TempDir Path data;

  private static List<String> choice() {
    return QueueQuery.choosing(
            new Route("POST", "/queue/hold", "", (_, _) -> AdminAnswer.ok(List.of())))
        .takingFlags("dry-run")
        .parameters();
  }

  /// What orders choose by is said once, of the list.
  private static String explained(JsonNode route) {
    String path = route.path("path").asString();
    String summary = route.path("summary").asString();
    return path.startsWith("/queue/") && route.path("method").asString().equals("POST")
        ? summary + String.join(" ", choice())
        : summary;
  }

  @Test
  void thePageListsTheResourcesThatThereAre() throws IOException {
    var table = new StringBuilder(TABLE);
    try (PosthornServer _ =
        PosthornServer.start(
            data,
            new ConfigSource(
                Optional.empty(),
                List.of(
                    "smtp.mx.enabled=false",
                    "smtp.submission.enabled=false",
                    "smtp.submissions.enabled=false",
                    "smtp.lmtp.enabled=false",
                    "imap={plain: ~, tls: ~}",
                    "pop3={plain: ~, tls: ~}",
                    "storage.engine=memory")))) {
      for (JsonNode route : new AdminClient(data, JsonMapper.builder().build()).get("/")) {
        assertThat(route.path("parameters").valueStream().map(JsonNode::asString))
            .as("parameters that %s does not explain", route)
            .allMatch(name -> explained(route).contains(name));
        table.append(
            "| %s | `%s` | %s |\n"
                .formatted(
                    route.path("method").asString(),
                    route.path("path").asString(),
                    route.path("summary").asString().replace("|", "\\|")));
      }
    }
    String page = Files.readString(PAGE);
    if (System.getProperty("posthorn.docs.write") != null) {
      int start = page.indexOf(TABLE);
      page = (start < 0 ? page : page.substring(0, start)) + table;
      Files.writeString(PAGE, page);
    }

    assertThat(page)
        .as("docs/admin-api.md is old: run this test with -Dposthorn.docs.write")
        .endsWith(table);
  }
}
