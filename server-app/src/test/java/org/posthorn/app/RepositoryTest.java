package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;

/// `posthorn repository`: a virus is put aside, looked at, kept as a file, let go and thrown away.
@Timeout(120)
final class RepositoryTest {
  private static final String CHAIN =
      """
      root:
        steps:
          - match: HasHeader(X-Virus)
            mailet: ToRepository
            repository: quarantine
            reason: a virus
          - mailet: ToMailbox
        at-end: drop
      local:
        steps:
          - mailet: ToMailbox
        at-end: drop
      bounces: {at-end: drop}
      dead-letters: {at-end: keep}
      """;

  @TempDir Path data;

  @Test
  void anOperatorLooksAtTheQuarantine() throws IOException {
    Files.writeString(data.resolve("chain.yaml"), CHAIN);
    Path config =
        Files.writeString(
            data.resolve("posthorn.yaml"),
            "chain-file: chain.yaml\nrepositories:\n  quarantine: {keep: 30d}\n");
    try (TestServer server = TestServer.start(data, Optional.of(config)).withUsers("ann", "bob")) {
      send(server, "ann");
      send(server, "bob");
      awaitBoth();
      assertThat(repository("list").out())
          .containsSubsequence(
              "dead-letters", "0", "until taken out", "quarantine", "2", "30 days");
      assertThat(repository("show", "quarantine", "--recipient", "bob").out())
          .contains("bob@example.org", "a virus")
          .doesNotContain("ann@example.org");
      assertThat(InProcess.run("queue", "list", "--data", data.toString()).out())
          .isEqualTo("Nothing is under way.\n");
      assertThat(server.admin().get("/status").path("queued").asLong(-1)).isZero();
      assertThat(InProcess.run(data, "status").out())
          .contains(" 2 users, 0 in the queue, 2 in repositories\n");
      assertThat(repository("show", "quarantine", "--reason", "spam").out())
          .isEqualTo("Nothing is in it.\n");

      Path files = data.resolve("files");
      assertThat(repository("export", "quarantine", "--to", files.toString()).out())
          .contains("2 mails written");
      assertThat(files).isDirectoryContaining("glob:**.eml");

      assertThat(repository("delete", "quarantine", "", "--yes").err()).contains("MAIL is empty: ");
      assertThat(repository("delete", "quarantine", "--reason", "", "--yes").err())
          .contains("--reason is empty: ");

      assertThat(repository("run", "quarantine").err()).contains("--processor");
      assertThat(repository("run", "quarantine", "--processor", "nowhere").err())
          .contains("There is no processor nowhere", "local");
      assertThat(
              repository(
                      "run",
                      "quarantine",
                      "--recipient",
                      "ann",
                      "--processor",
                      "local",
                      "--dry-run")
                  .out())
          .isEqualTo("1 recipient would be run again.\n");
      String id =
          repository("show", "quarantine", "--recipient", "ann").out().lines().toList().getLast();
      assertThat(repository("show", "quarantine", id.split(" ", -1)[0]).out())
          .contains("ann@example.org")
          .doesNotContain("bob@example.org");
      for (String order : List.of("drop", "hold", "release", "retry")) {
        assertThat(InProcess.run(data, "queue", order, id.split(" ", -1)[0]).out())
            .contains(
                ": it is in the repository quarantine. See  posthorn repository show quarantine\n");
      }
      assertThat(InProcess.run(data, "queue", "show", id.split(" ", -1)[0]).out())
          .contains("see       posthorn repository show quarantine");
      assertThat(repository("show", "dead-letters", id.split(" ", -1)[0]).out())
          .isEqualTo("Nothing is in it.\n");
      assertThat(
              repository("run", "quarantine", id.split(" ", -1)[0], "--processor", "local").out())
          .isEqualTo("1 recipient run again.\n");
      JourneyTest.awaitMessages(server, "ann", "INBOX", 1);

      InProcess.Result delivered =
          repository("export", "quarantine", id.split(" ", -1)[0], "--to", files.toString());
      assertThat(delivered.status()).isEqualTo(3);
      assertThat(delivered.err()).contains("is not in quarantine");
      assertThat(repository("show", "quarantin").out())
          .isEqualTo("Nothing is in it; see  posthorn repository list\n");
      assertThat(repository("delete", "quarantin", "--yes").out())
          .isEqualTo(
              "0 recipients thrown away. Nothing is in quarantin; see  posthorn repository list\n");

      assertThat(repository("expire", "quarantine").err()).contains("--older-than");
      assertThat(repository("expire", "quarantine", "--older-than", "1d", "--yes").out())
          .isEqualTo("0 recipients thrown away.\n");
      assertThat(repository("delete", "quarantine", "--yes").out())
          .isEqualTo("1 recipient thrown away.\n");
      assertThat(repository("show", "quarantine").out()).isEqualTo("Nothing is in it.\n");
      assertThat(repository("list", "--json").out()).contains("\"keepSeconds\" : 2592000");
    }
  }

  private static void send(TestServer server, String to) throws IOException {
    try (WireClient smtp = server.connect("mx")) {
      smtp.reply();
      smtp.smtp("EHLO mx.example.net");
      assertThat(
              smtp.deliver(
                  "a@example.net",
                  to + "@example.org",
                  "X-Virus: yes\r\nSubject: x\r\n\r\nHello\r\n"))
          .startsWith("250");
    }
  }

  private void awaitBoth() {
    String shown = "";
    for (int tries = 0; !shown.contains("ann@") || !shown.contains("bob@"); tries++) {
      assertThat(tries).as("what is in the quarantine: " + shown).isLessThan(600);
      LockSupport.parkNanos(50_000_000);
      shown = repository("show", "quarantine").out();
    }
  }

  private InProcess.Result repository(String... arguments) {
    List<String> all = new ArrayList<>(List.of("repository"));
    all.addAll(Arrays.asList(arguments));
    all.addAll(List.of("--data", data.toString()));
    return InProcess.run(all.toArray(String[]::new));
  }
}
