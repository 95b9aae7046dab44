package org.posthorn.app.tlsreport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.app.Records;
import org.posthorn.app.reports.ReportPost;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.smtp.outbound.TlsOutcomes.Failure;
import org.posthorn.smtp.outbound.TlsOutcomes.Kind;
import org.posthorn.smtp.outbound.TlsOutcomes.Policy;
import org.posthorn.smtp.outbound.TlsOutcomes.Result;
import org.posthorn.spool.ServerName;
import org.posthorn.spool.Spool;
import org.posthorn.spool.SpoolConfig;
import org.posthorn.spool.returnpath.ForwardingConfig;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.Wishes;
import org.posthorn.storage.remember.Memories;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TlsReporterTest {
  private static final LocalDate DAY = LocalDate.parse("2026-11-26");
  private static final Policy STS =
      new Policy(
          Kind.STS,
          List.of("version: STSv1", "mode: enforce", "mx: *.example.com", "max_age: 86400"),
          List.of("*.example.com"));

  private final Engine engine = new InMemoryEngine();
  private final InMemoryContentStore contents = new InMemoryContentStore();
  private final QueueStore queue = new QueueStore(engine);
  private final Records dns = new Records();
  private final List<byte[]> posted = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch quickOnes = new CountDownLatch(1);
  private boolean webIsDown;
  private boolean hasKey = true;
  private Instant now = Instant.parse("2026-11-26T12:00:00Z");
  private final Memories memories = new Memories(engine, () -> now);
  private final TlsStatistics statistics = new TlsStatistics(memories, () -> now);

  @AfterEach
  void close() {
    contents.close();
    engine.close();
  }

  private TlsReporter reporter() {
    return reporter("mx.sender.example");
  }

  private TlsReporter reporter(String hostname) {
    var spool =
        new Spool(
            queue,
            contents,
            load -> {
              throw new IllegalStateException("Nothing is carried here: " + load.id());
            },
            new ReturnPaths(engine, () -> now, ForwardingConfig.defaults()),
            SpoolConfig.defaults(),
            new ServerName(hostname),
            () -> now);
    return new TlsReporter(
        new TlsReporter.Rooms(
            statistics,
            memories,
            dns,
            new ReportPost(spool, contents, () -> now, hostname),
            this::post,
            _ -> hasKey,
            () -> now),
        new TlsReportsConfig(
            Optional.of("tls@sender.example"), Optional.of("Sender & Söhne"), true),
        hostname);
  }

  private void post(URI target, String type, byte[] body, Duration limit) throws IOException {
    assertThat(limit).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(60));
    assertThat(type).isEqualTo("application/tlsrpt+gzip");
    if (webIsDown || (target.getHost().equals("slow.example") && !othersWereServed())) {
      throw new IOException("503");
    }
    posted.add(body);
    quickOnes.countDown();
  }

  private boolean othersWereServed() {
    try {
      return !queue.ids(Optional.empty(), 10).isEmpty() && quickOnes.await(1, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      return false;
    }
  }

  private void somethingHappened() {
    statistics.session(Domain.of("example.com"), STS, Optional.empty());
    statistics.session(
        Domain.of("example.com"),
        STS,
        Optional.of(
            new Failure(
                Result.CERTIFICATE_EXPIRED,
                Optional.of(InetAddress.ofLiteral("2001:db8::1")),
                Optional.of("mx1.example.com"),
                Optional.of(InetAddress.ofLiteral("192.0.2.25")),
                "its certificate has expired")));
    statistics.session(Domain.of("quiet.example"), Policy.NONE, Optional.empty());
  }

  @Test
  void sendsTheReportOfTheDayBeforeByMail() throws IOException {
    somethingHappened();
    dns.with("_smtp._tls.example.com", "v=TLSRPTv1; rua=mailto:reports@example.com");
    TlsReporter reporter = reporter();
    assertThat(reporter.sendWhatIsDue()).as("the day is not over").isZero();
    now = reporter.dueAt(DAY);
    assertThat(reporter.sendWhatIsDue()).isEqualTo(1);
    assertThat(reporter.fate(DAY, "example.com")).contains("sent");
    assertThat(reporter.fate(DAY, "quiet.example")).contains("not wanted");
    assertThat(reporter.fate(DAY, "other.example")).isEmpty();
    assertThat(reporter.sendWhatIsDue()).as("once").isZero();
    assertThat(reporter().sendWhatIsDue()).as("after a restart").isZero();

    QueuedMail mail = queue.find(queue.ids(Optional.empty(), 10).getFirst()).orElseThrow();
    assertThat(mail.form(0).sender()).contains(MailAddress.of("tls@sender.example"));
    assertThat(mail.recipients().getFirst().address())
        .isEqualTo(MailAddress.of("reports@example.com"));
    assertThat(mail.arrival().wishes().tls()).isEqualTo(Wishes.Tls.OPTIONAL);
    assertThat(mail.arrival().wishes().priority()).isNegative();
    assertThat(mail.arrival().wishes().triedUntil()).contains(now.plus(Duration.ofDays(1)));
    String text = text(mail);
    assertThat(text)
        .contains("TLS-Required: No\r\n")
        .contains("TLS-Report-Domain: example.com\r\n")
        .contains("TLS-Report-Submitter: sender.example\r\n")
        .contains(
            "Subject: Report Domain: example.com Submitter: sender.example"
                + " Report-ID: <2026-11-26.example.com.052cd554@sender.example>\r\n")
        .contains("Content-Type: multipart/report; report-type=\"tlsrpt\"")
        .contains("filename=\"sender.example!example.com!1795651200!1795737599!052cd554.json.gz\"")
        .doesNotContain("\n\n");
    check(report(attachment(text)));
  }

  /// RFC 8460 §5.1: two of one organization report about different mail, and whoever reads them
  /// would take them for one that came twice.
  @Test
  void eachServerHasReportsOfItsOwn() throws IOException {
    somethingHappened();
    dns.with("_smtp._tls.example.com", "v=TLSRPTv1; rua=https://reports.example.com/tls");
    for (String hostname : List.of("mx.sender.example", "mx2.sender.example")) {
      TlsReporter reporter = reporter(hostname);
      now = reporter.dueAt(DAY);
      webIsDown = true;
      assertThat(reporter.sendWhatIsDue()).isZero();
      assertThat(memories.find("tls-reports " + DAY, "example.com")).isEmpty();
      webIsDown = false;
      assertThat(reporter.sendWhatIsDue()).isEqualTo(1);
      memories.update(
          "tls-reports " + DAY, "example.com", Duration.ofDays(1), _ -> Optional.empty());
    }
    assertThat(posted.stream().map(TlsReporterTest::id).distinct()).hasSize(2);
  }

  private static String id(byte[] posted) {
    try {
      return report(posted).path("report-id").asString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// RFC 8460 §4.4.
  private static void check(JsonNode report) {
    assertThat(report.path("organization-name").asString()).isEqualTo("Sender & Söhne");
    assertThat(report.path("contact-info").asString()).isEqualTo("tls@sender.example");
    assertThat(report.path("date-range").path("start-datetime").asString())
        .isEqualTo("2026-11-26T00:00:00Z");
    assertThat(report.path("date-range").path("end-datetime").asString())
        .isEqualTo("2026-11-26T23:59:59Z");
    assertThat(report.path("policies")).hasSize(1);
    JsonNode policy = report.path("policies").get(0);
    assertThat(policy.path("policy").path("policy-type").asString()).isEqualTo("sts");
    assertThat(policy.path("policy").path("policy-domain").asString()).isEqualTo("example.com");
    assertThat(policy.path("policy").path("policy-string")).hasSize(4);
    assertThat(policy.path("policy").path("mx-host").get(0).asString()).isEqualTo("*.example.com");
    assertThat(policy.path("summary").path("total-successful-session-count").asInt()).isEqualTo(1);
    assertThat(policy.path("summary").path("total-failure-session-count").asInt()).isEqualTo(1);
    JsonNode detail = policy.path("failure-details").get(0);
    assertThat(detail.path("result-type").asString()).isEqualTo("certificate-expired");
    assertThat(detail.path("sending-mta-ip").asString()).isEqualTo("2001:db8::1");
    assertThat(detail.path("receiving-mx-hostname").asString()).isEqualTo("mx1.example.com");
    assertThat(detail.path("receiving-ip").asString()).isEqualTo("192.0.2.25");
    assertThat(detail.path("failed-session-count").asInt()).isEqualTo(1);
  }

  @Test
  void sendsByHttpsAndTriesAgainForADay() throws IOException {
    somethingHappened();
    dns.with(
        "_smtp._tls.example.com",
        "v=TLSRPTv1; rua=https://reports.example.com/,mailto:reports@example.com");
    TlsReporter reporter = reporter();
    now = reporter.dueAt(DAY);
    webIsDown = true;
    assertThat(reporter.sendWhatIsDue()).as("by mail").isEqualTo(1);
    assertThat(reporter.sendWhatIsDue()).isZero();
    now = now.plus(Duration.ofHours(20));
    webIsDown = false;
    assertThat(reporter.sendWhatIsDue()).isEqualTo(1);
    assertThat(reporter.sendWhatIsDue()).isZero();

    check(report(posted.getFirst()));
    assertThat(queue.ids(Optional.empty(), 10)).hasSize(1);
  }

  /// Neither mails nor other readers wait for it.
  @Test
  void aReaderThatIsSlowHoldsUpNobodyElse() {
    somethingHappened();
    dns.with("_smtp._tls.example.com", "v=TLSRPTv1; rua=https://slow.example/");
    dns.with(
        "_smtp._tls.quiet.example",
        "v=TLSRPTv1; rua=https://quick.example/,mailto:reports@quiet.example");
    TlsReporter reporter = reporter();
    now = reporter.dueAt(DAY);
    assertThat(reporter.sendWhatIsDue()).isEqualTo(3);
    assertThat(posted).hasSize(2);
    assertThat(reporter.sendWhatIsDue()).as("once").isZero();
  }

  /// It would get others as many mails as it likes.
  @Test
  void aDomainThatSaysEachTimeSomethingElseGetsNoMoreThanOthers() {
    somethingHappened();
    dns.with("_smtp._tls.quiet.example", "v=TLSRPTv1; rua=https://reports.quiet.example/");
    webIsDown = true;
    TlsReporter reporter = reporter();
    now = reporter.dueAt(DAY);
    int sent = 0;
    for (int look = 0; look < 20; look++) {
      String target = "mailto:%%d-%d-%s@example.net".formatted(look, "x".repeat(60));
      dns.with(
          "_smtp._tls.example.com",
          "v=TLSRPTv1; rua=" + target.formatted(1) + "," + target.formatted(2));
      sent += reporter.sendWhatIsDue();
    }
    assertThat(sent).isEqualTo(ReportTarget.TARGETS_MAX);
    webIsDown = false;
    assertThat(reporter.sendWhatIsDue()).as("the other domain").isEqualTo(1);
  }

  @Test
  void theTroubleOfOneDomainIsNotThatOfOthers() {
    somethingHappened();
    dns.brokenFor("_smtp._tls.example.com");
    dns.with("_smtp._tls.quiet.example", "v=TLSRPTv1; rua=mailto:reports@quiet.example");
    TlsReporter reporter = reporter();
    now = reporter.dueAt(DAY);
    assertThat(reporter.sendWhatIsDue()).isEqualTo(1);
  }

  /// RFC 8460 §3: who gets one without a signature must ignore it; a smarthost may still sign.
  @Test
  void saysThatAReportWentOutUnsigned() {
    somethingHappened();
    dns.with("_smtp._tls.example.com", "v=TLSRPTv1; rua=https://reports.example.com/");
    dns.with("_smtp._tls.quiet.example", "v=TLSRPTv1; rua=mailto:reports@quiet.example");
    hasKey = false;
    TlsReporter reporter = reporter();
    now = reporter.dueAt(DAY);
    assertThat(reporter.sendWhatIsDue()).isEqualTo(2);
    assertThat(reporter.fate(DAY, "example.com")).as("by HTTPS nothing is signed").contains("sent");
    assertThat(reporter.fate(DAY, "quiet.example")).contains("sent unsigned");
    assertThat(reporter.sendWhatIsDue()).as("once").isZero();
  }

  @Test
  void givesUpAfterADay() {
    somethingHappened();
    dns.with("_smtp._tls.example.com", "v=TLSRPTv1; rua=https://reports.example.com/");
    TlsReporter reporter = reporter();
    now = reporter.dueAt(DAY).plus(Duration.ofDays(1));
    assertThat(reporter.sendWhatIsDue()).isZero();
    assertThat(posted).isEmpty();
  }

  @Test
  void asksAgainWhereTheDnsDoesNotAnswerAndNotWhereItSaysNo() {
    somethingHappened();
    dns.silentFor("_smtp._tls.example.com");
    TlsReporter reporter = reporter();
    now = reporter.dueAt(DAY);
    assertThat(reporter.sendWhatIsDue()).isZero();
    assertThat(reporter.done(DAY, "example.com")).isEmpty();
    assertThat(reporter.done(DAY, "quiet.example")).isNotEmpty();
  }

  @Test
  void eachServerHasItsOwnTime() {
    Instant midnight = Instant.parse("2026-11-27T00:00:00Z");
    assertThat(reporter().dueAt(DAY))
        .isBetween(midnight.plus(Duration.ofMinutes(30)), midnight.plus(Duration.ofHours(5)));
  }

  private String text(QueuedMail mail) {
    try (InputStream in = contents.open(mail.form(0).content(), 0, Long.MAX_VALUE)) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] attachment(String text) {
    String part = text.substring(text.indexOf("application/tlsrpt+gzip"));
    int start = part.indexOf("\r\n\r\n") + 4;
    return Base64.getMimeDecoder().decode(part.substring(start, part.indexOf("\r\n--", start)));
  }

  private static JsonNode report(byte[] gzipped) throws IOException {
    try (var in = new GZIPInputStream(new ByteArrayInputStream(gzipped))) {
      return JsonMapper.builder().build().readTree(in.readAllBytes());
    }
  }
}
