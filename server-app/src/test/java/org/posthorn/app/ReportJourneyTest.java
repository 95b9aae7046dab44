package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.app.reports.ReportPost;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Spool;
import org.posthorn.storage.content.ContentStore;

/// The server's reports arrive at servers that know few extensions, as most of the big ones do.
@Timeout(60)
class ReportJourneyTest {
  @TempDir private Path data;

  @Test
  void aServerWithoutDeliverByGetsReports() throws IOException {
    try (var remote = new FlakyRemote(1);
        TestServer here =
            TestServer.start(
                    data,
                    "outbound.static-routes={one.example: \"127.0.0.1:%d\"}"
                        .formatted(remote.port()))
                .withUsers("ann")) {
      remote.faults(0);
      new ReportPost(
              here.server().composition().room(Spool.class),
              here.server().composition().room(ContentStore.class),
              InstantSource.system(),
              "mail.example.org")
          .send(
              "tls-report",
              "Subject: Report\r\n\r\nx\r\n".getBytes(UTF_8),
              MailAddress.of("tls@example.org"),
              MailAddress.of("reports@one.example"));
      while (!isTaken(remote)) {
        String queue = InProcess.run(data, "queue", "list").out();
        assertThat(queue.contains("reports@one.example") || isTaken(remote))
            .as("given up before it was taken: %s", queue)
            .isTrue();
        LockSupport.parkNanos(50_000_000);
      }
    }
  }

  private static boolean isTaken(FlakyRemote remote) {
    return !remote.taken("reports@one.example").isEmpty();
  }
}
