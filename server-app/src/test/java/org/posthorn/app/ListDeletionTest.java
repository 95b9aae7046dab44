package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.cli.InProcess;

/// What becomes of posts that wait when their list goes.
@Timeout(120)
final class ListDeletionTest {
  private static final String TEAM = "team@example.org";

  @TempDir Path data;

  private TestServer server;

  @BeforeEach
  void startWithAPostThatWaits() throws IOException {
    server =
        TestServer.start(data, "storage.engine=memory", TestServer.WITHOUT_DNS).withUsers("ann");
    assertThat(run("list", "create", TEAM, "tell-sender=no").isDone()).isTrue();
    try (WireClient smtp = server.connect("mx")) {
      smtp.reply();
      smtp.smtp("EHLO mx.example.net");
      assertThat(smtp.deliver("a@example.net", TEAM, "From: a@example.net\r\n\r\nHello\r\n"))
          .startsWith("250");
    }
    while (kept() == 0) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private InProcess.Result run(String... arguments) {
    return InProcess.run(data, arguments);
  }

  private long kept() {
    return server
        .admin()
        .get(AdminClient.path("repositories"))
        .valueStream()
        .filter(one -> one.path("name").asString().equals("held-posts"))
        .mapToLong(one -> one.path("recipients").asLong())
        .sum();
  }

  @Test
  void aListForWhichPostsWaitGoesOnlyWithThem() {
    InProcess.Result refused = run("list", "delete", TEAM, "--yes");
    assertThat(refused.isDone()).isFalse();
    assertThat(refused.err())
        .contains("1 post waits for the moderators of " + TEAM, "--reject-held");
    assertThat(run("list", "held", TEAM).out()).contains("a@example.net");
    assertThat(run("list", "delete", TEAM, "--yes", "--reject-held").isDone()).isTrue();
    assertThat(run("list", "show", TEAM).isDone()).isFalse();
    assertThat(kept()).isZero();
  }

  @Test
  void theyGoWithTheDomainOfTheirList() {
    assertThat(run("domain", "remove", "example.org", "--force", "--yes").isDone()).isTrue();
    assertThat(kept()).isZero();
  }
}
