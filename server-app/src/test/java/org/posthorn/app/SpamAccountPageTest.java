package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;

/// The commands of docs/operating.md against an account that sends spam, typed one after the other:
/// what is spam is gone, what is not goes on, and the owner works again.
@Timeout(120)
class SpamAccountPageTest {
  private static final Pattern COMMENT = Pattern.compile(" +#.*");
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

  @TempDir Path temp;

  @Test
  void theCommandsOfThePageEndIt() throws IOException {
    Path data = temp.resolve("data");
    Path password = Files.writeString(temp.resolve("new.password"), "changed\n");
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS)) {
      server.withUsers("ann", "bob");
      send(server, "ann", "x1@far.example");
      send(server, "ann", "x2@away.example");
      send(server, "ann", "boss@partner.example");
      send(server, "bob", "friend@far.example");
      while (server.admin().get("/queue?answer=DNS").path("total").asInt() < 4) {
        Thread.onSpinWait();
      }

      for (String line : commands()) {
        List<String> words =
            WORD.matcher(line.replace("new.password", password.toString()))
                .results()
                .map(word -> word.group(1) == null ? word.group(2) : word.group(1))
                .skip(1)
                .toList();
        InProcess.Result result = InProcess.run(data, words.toArray(String[]::new));
        assertThat(result.status()).as("%s: %s", line, result.err()).isZero();
        if (line.contains("senders")) {
          assertThat(result.out()).containsPattern("ann@example.org +yes +3 +3 +0 ");
        }
      }

      assertThat(InProcess.run(data, "queue", "list").out())
          .contains("boss@partner.example", "friend@far.example")
          .doesNotContain("x1@", "x2@");
      try (WireClient ann = server.connect("imap")) {
        ann.line();
        assertThat(ann.imap("LOGIN ann@example.org changed").getLast()).contains(" OK ");
      }
    }
  }

  private static List<String> commands() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "operating.md"));
    int section = page.indexOf("## An account sends spam");
    int begin = page.indexOf("```\n", section) + 4;
    Matcher comments = COMMENT.matcher(page.substring(begin, page.indexOf("```", begin)));
    List<String> lines = comments.replaceAll("").lines().toList();
    assertThat(lines).hasSizeGreaterThan(8).allMatch(line -> line.startsWith("posthorn "));
    return lines;
  }

  private static void send(TestServer server, String user, String to) throws IOException {
    try (WireClient client = server.submission(user)) {
      assertThat(client.deliver(user + "@example.org", to, "Subject: x\r\n\r\nx\r\n"))
          .startsWith("250");
    }
  }
}
