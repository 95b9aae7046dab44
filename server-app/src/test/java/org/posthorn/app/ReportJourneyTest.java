package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.GZIPOutputStream;
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

  @Test
  void aReportThatComesByMailIsCounted() throws IOException {
    Path chain =
        Files.writeString(
            data.resolve("chain.yaml"),
            """
            root:
              steps:
                - match: RecipientIs(ann@example.org)
                  mailet: TakeDmarcReports
                - match: RecipientIsLocal
                  mailet: ToMailbox
              at-end: drop
            bounces: {steps: [{mailet: Bounce}], at-end: drop}
            dead-letters: {at-end: keep}
            """);
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      String report =
          """
          <feedback>
            <report_metadata>
              <org_name>Other</org_name><report_id>r1</report_id>
              <date_range><begin>%d</begin></date_range>
            </report_metadata>
            <policy_published><domain>example.org</domain></policy_published>
            <record><row><source_ip>192.0.2.1</source_ip><count>5</count></row></record>
          </feedback>
          """
              .formatted(Instant.now().getEpochSecond());
      gzip.write(report.getBytes(UTF_8));
    }
    String message =
        "From: reports@far.example\r\n"
            + "Content-Type: application/gzip\r\n"
            + "Content-Transfer-Encoding: base64\r\n\r\n"
            + Base64.getMimeEncoder().encodeToString(packed.toByteArray())
            + "\r\n";
    try (TestServer here = TestServer.start(data, "chain-file=" + chain).withUsers("ann");
        WireClient other = here.connect("mx")) {
      other.hello();
      assertThat(other.deliver("reports@far.example", "ann@example.org", message))
          .startsWith("250");
      JourneyTest.awaitMessages(here, "ann", "INBOX", 1);
      assertThat(InProcess.run(data, "dmarc", "reports", "example.org").out())
          .containsPattern("192\\.0\\.2\\.1 +5 ");
    }
  }

  private static boolean isTaken(FlakyRemote remote) {
    return !remote.taken("reports@one.example").isEmpty();
  }
}
