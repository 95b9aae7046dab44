package org.posthorn.app.dmarc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.app.Records;
import org.posthorn.app.reports.ReportPost;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailId;
import org.posthorn.senderauth.dmarc.Authors;
import org.posthorn.senderauth.dmarc.Dmarc;
import org.posthorn.senderauth.dmarc.DmarcObserver;
import org.posthorn.senderauth.dmarc.DmarcPolicy;
import org.posthorn.senderauth.dmarc.DmarcResult;
import org.posthorn.senderauth.results.MethodResult;
import org.posthorn.spool.ServerName;
import org.posthorn.spool.Spool;
import org.posthorn.spool.SpoolConfig;
import org.posthorn.spool.returnpath.ForwardingConfig;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.ForwardingContents;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.remember.Memories;

class DmarcReporterTest {
  private static final LocalDate DAY = LocalDate.parse("2026-11-26");
  private static final String POLICY = "v=DMARC1; p=reject; rua=mailto:reports@example.com";

  private final Engine engine = new InMemoryEngine();
  private final InMemoryContentStore contents = new InMemoryContentStore();
  private final QueueStore queue = new QueueStore(engine);
  private final Records dns = new Records();
  private Instant now = Instant.parse("2026-11-26T12:00:00Z");
  private final Memories memories = new Memories(engine, () -> now);
  private final DmarcStatistics statistics = new DmarcStatistics(memories, () -> now, true);

  @AfterEach
  void close() {
    contents.close();
    engine.close();
  }

  private DmarcReporter reporter() {
    return reporter("mx.receiver.example", memories, contents);
  }

  private DmarcReporter reporter(String hostname, Memories noted, ContentStore store) {
    var spool =
        new Spool(
            queue,
            store,
            load -> {
              throw new IllegalStateException("Nothing is carried here: " + load.id());
            },
            new ReturnPaths(engine, () -> now, ForwardingConfig.defaults()),
            SpoolConfig.defaults(),
            new ServerName(hostname),
            () -> now);
    return new DmarcReporter(
        new DmarcReporter.Rooms(
            statistics, noted, dns, new ReportPost(spool, store, () -> now, hostname), () -> now),
        new DmarcReportsConfig(
            Optional.of("dmarc@receiver.example"), Optional.of("Receiver & Söhne"), true),
        hostname);
  }

  private void judge(String client, boolean passes) {
    Optional<String> spf = passes ? Optional.of("example.com") : Optional.empty();
    var result =
        new Dmarc(dns, () -> 0)
            .check(
                Authors.of(List.of(new HeaderField("From", "ann@example.com"))),
                new Dmarc.Passed(spf, List.of()));
    statistics.judged(
        new DmarcObserver.Judged(
            InetAddress.ofLiteral(client),
            passes ? "example.com" : "evil.example",
            result,
            List.of(
                MethodResult.of("spf", passes ? "pass" : "fail", "")
                    .with("smtp", "mailfrom", passes ? "example.com" : "evil.example"),
                MethodResult.of("dkim", "fail", "")
                    .with("header", "d", "<&>.example")
                    .with("header", "s", "may")),
            passes ? DmarcPolicy.NONE : DmarcPolicy.REJECT,
            DmarcObserver.Exemption.NO));
  }

  @Test
  void sendsTheReportOfTheDayBefore() throws IOException {
    dns.with("_dmarc.example.com", POLICY);
    judge("192.0.2.1", true);
    judge("192.0.2.1", true);
    judge("2001:db8::1", false);
    DmarcReporter reporter = reporter();
    assertThat(reporter.sendWhatIsDue()).as("the day is not over").isZero();

    now = now.plus(Duration.ofHours(17));
    assertThat(reporter.sendWhatIsDue()).isEqualTo(1);
    assertThat(reporter.sendWhatIsDue()).as("once").isZero();
    assertThat(reporter().sendWhatIsDue()).as("after a restart").isZero();

    QueuedMail mail = queue.find(queue.ids(Optional.empty(), 10).getFirst()).orElseThrow();
    assertThat(mail.recipients().getFirst().address()).hasToString("reports@example.com");
    String text = text(mail);
    assertThat(text)
        .contains(
            "Subject: Report Domain: example.com Submitter: mx.receiver.example"
                + " Report-ID: <2026-11-26.example.com.19c52e4e>\r\n")
        .contains("filename=\"mx.receiver.example!example.com!1795651200!1795737599.xml.gz\"");
    assertThat(xml(text))
        .contains("<org_name>Receiver &amp; Söhne</org_name>")
        .contains("<begin>1795651200</begin><end>1795737599</end>")
        .contains("<domain>example.com</domain><p>reject</p><sp>reject</sp><np>reject</np>")
        .contains(
            "<source_ip>192.0.2.1</source_ip><count>2</count><policy_evaluated>"
                + "<disposition>pass</disposition><dkim>fail</dkim><spf>pass</spf>")
        .contains(
            "<source_ip>2001:db8::1</source_ip><count>1</count><policy_evaluated>"
                + "<disposition>reject</disposition><dkim>fail</dkim><spf>fail</spf>")
        .contains(
            "<envelope_from>evil.example</envelope_from><header_from>example.com</header_from>")
        .contains("<domain>&lt;&amp;&gt;.example</domain><selector>may</selector>")
        .endsWith("</feedback>");
  }

  /// Two of one organization report about different mail; whoever reads them knows by the id which
  /// came twice, and would throw one away.
  @Test
  void eachServerHasReportsOfItsOwn() throws IOException {
    dns.with("_dmarc.example.com", POLICY);
    judge("192.0.2.1", true);
    now = now.plus(Duration.ofHours(17));
    assertThat(reporter().sendWhatIsDue()).isEqualTo(1);
    try (Engine others = new InMemoryEngine()) {
      var noted = new Memories(others, () -> now);
      assertThat(reporter("mx2.receiver.example", noted, contents).sendWhatIsDue()).isEqualTo(1);
    }
    Set<String> ids = new HashSet<>();
    for (MailId id : queue.ids(Optional.empty(), 10)) {
      String text = text(queue.find(id).orElseThrow());
      ids.add(text.replaceFirst("(?s).*Report-ID: <([^>]*)>.*", "$1"));
      assertThat(xml(text)).contains("<report_id>2026-11-26.example.com");
    }
    assertThat(ids).hasSize(2);
  }

  /// The disk is full, and has room again.
  @Test
  void triesAgainWhatCouldNotBeWritten() {
    dns.with(
        "_dmarc.example.com", "v=DMARC1; p=none; rua=mailto:a@example.com,mailto:b@example.com");
    judge("192.0.2.1", true);
    now = now.plus(Duration.ofHours(17));
    var writes = new AtomicInteger();
    var store =
        new ForwardingContents(contents) {
          @Override
          public StoredContent write(InputStream bytes) throws IOException {
            if (writes.incrementAndGet() == 1) {
              throw new IOException("no space left on the device");
            }
            return below.write(bytes);
          }
        };
    DmarcReporter reporter = reporter("mx.receiver.example", memories, store);
    assertThatThrownBy(reporter::sendWhatIsDue).isInstanceOf(StorageUnavailable.class);
    assertThat(writes).as("no other was tried, which would be many lines of the log").hasValue(1);
    assertThat(reporter.sendWhatIsDue()).as("to both").isEqualTo(2);
    assertThat(reporter.sendWhatIsDue()).isZero();
  }

  @Test
  void sendsElsewhereOnlyWithConsent() {
    dns.with("_dmarc.example.com", "v=DMARC1; p=none; rua=mailto:x@analyst.example");
    judge("192.0.2.1", true);
    now = now.plus(Duration.ofHours(17));
    DmarcReporter reporter = reporter();

    assertThat(reporter.sendWhatIsDue()).isZero();

    now = now.minus(Duration.ofHours(17));
    dns.with("_dmarc.other.example.com", "v=DMARC1; p=none; rua=mailto:x@analyst.example");
    dns.with("_dmarc.example.net", "v=DMARC1; p=none; rua=mailto:x@analyst.example");
    dns.with("example.net._report._dmarc.analyst.example", "v=DMARC1");
    judgeAuthor("example.net");
    now = now.plus(Duration.ofHours(17));
    assertThat(reporter.sendWhatIsDue()).isEqualTo(1);
  }

  @Test
  void theTroubleOfOneDomainIsNotThatOfOthers() {
    for (String domain : List.of("example.com", "example.net")) {
      dns.with("_dmarc." + domain, "v=DMARC1; p=none; rua=mailto:reports@" + domain);
      judgeAuthor(domain);
    }
    now = now.plus(Duration.ofHours(17));
    dns.brokenFor("_dmarc.example.com");
    DmarcReporter reporter = reporter();
    assertThat(reporter.sendWhatIsDue()).isEqualTo(1);
  }

  private void judgeAuthor(String domain) {
    var result =
        new Dmarc(dns, () -> 0)
            .check(
                Authors.of(List.of(new HeaderField("From", "ann@" + domain))),
                new Dmarc.Passed(Optional.empty(), List.of()));
    statistics.judged(
        new DmarcObserver.Judged(
            InetAddress.ofLiteral("192.0.2.1"),
            "",
            result,
            List.of(),
            DmarcPolicy.NONE,
            DmarcObserver.Exemption.NO));
  }

  @Test
  void asksAgainWhenTheDnsIsSilent() {
    dns.with("_dmarc.example.com", POLICY);
    judge("192.0.2.1", true);
    now = now.plus(Duration.ofHours(17));
    dns.silentFor("_dmarc.example.com");
    DmarcReporter reporter = reporter();

    assertThat(reporter.sendWhatIsDue()).isZero();
    assertThat(memories.find("dmarc-reports " + DAY, "example.com")).isEmpty();
  }

  @Test
  void countsNothingThatNobodyWants() {
    dns.with("_dmarc.example.com", "v=DMARC1; p=reject");
    judge("192.0.2.1", false);

    assertThat(statistics.domains(DAY)).isEmpty();
  }

  @Test
  void asksAgainWhenTheDnsIsSilentAboutConsent() {
    dns.with(
        "_dmarc.example.com",
        "v=DMARC1; p=none; rua=mailto:x@analyst.example,mailto:reports@example.com");
    dns.with("example.com._report._dmarc.analyst.example", "v=DMARC1");
    judge("192.0.2.1", true);
    now = now.plus(Duration.ofHours(17));
    dns.silentFor("example.com._report._dmarc.analyst.example");
    DmarcReporter reporter = reporter();

    assertThat(reporter.sendWhatIsDue()).as("to the one who is sure").isEqualTo(1);
    assertThat(reporter.sendWhatIsDue()).as("and once").isZero();
    dns.heardAgain();
    assertThat(reporter.sendWhatIsDue()).as("to the other").isEqualTo(1);
    assertThat(reporter().sendWhatIsDue()).isZero();
    assertThat(
            queue.ids(Optional.empty(), 10).stream()
                .map(id -> queue.find(id).orElseThrow().recipients().getFirst().address())
                .map(Object::toString))
        .containsExactlyInAnyOrder("reports@example.com", "x@analyst.example");
  }

  /// Whether it is in the same organization, and needs no consent.
  @Test
  void asksAgainWhenTheDnsIsSilentAboutWhoseTheTargetIs() {
    dns.with("_dmarc.example.com", "v=DMARC1; p=reject; rua=mailto:reports@post.example.com");
    dns.silentFor("_dmarc.post.example.com");
    judge("192.0.2.1", true);
    now = now.plus(Duration.ofHours(17));
    DmarcReporter reporter = reporter();
    assertThat(reporter.sendWhatIsDue()).isZero();

    dns.heardAgain();
    assertThat(reporter.sendWhatIsDue()).isEqualTo(1);
  }

  /// A stranger's mail in the name of a domain, with signatures of his own.
  private void judgeForged(DmarcResult result, int number, List<MethodResult> signatures) {
    List<MethodResult> checks = new ArrayList<>(signatures);
    checks.addFirst(MethodResult.of("spf", "fail", "").with("smtp", "mailfrom", "evil.example"));
    statistics.judged(
        new DmarcObserver.Judged(
            InetAddress.ofLiteral("2001:db8::%x".formatted(number)),
            "evil.example",
            result,
            checks,
            DmarcPolicy.REJECT,
            DmarcObserver.Exemption.NO));
  }

  private DmarcResult forged() {
    return new Dmarc(dns, () -> 0)
        .check(
            Authors.of(List.of(new HeaderField("From", "ann@example.com"))),
            new Dmarc.Passed(Optional.empty(), List.of()));
  }

  private static MethodResult signature(String result, String domain) {
    return MethodResult.of("dkim", result, "").with("header", "d", domain).with("header", "s", "s");
  }

  @Test
  void keepsOfSignaturesThatFailedTheFirstAndTheAuthors() {
    dns.with("_dmarc.example.com", POLICY);
    judgeForged(
        forged(),
        1,
        List.of(
            signature("fail", "a.example"),
            signature("fail", "b.example"),
            signature("pass", "c.example"),
            signature("fail", "d.example"),
            signature("fail", "mail.example.com")));

    assertThat(statistics.rows(DAY, "example.com").getFirst().checks())
        .extracting(JudgedRow.Check::domain)
        .containsExactly("evil.example", "a.example", "c.example", "mail.example.com");
  }

  @Test
  void countsOnlySoManyKindsOfMailOfADomainAlsoAfterARestart() {
    dns.with("_dmarc.example.com", POLICY);
    DmarcResult result = forged();
    int max = DmarcStatistics.DOMAIN_ROWS_MAX;
    for (int i = 0; i < max + 10; i++) {
      judgeForged(result, i, List.of());
    }
    assertThat(statistics.rows(DAY, "example.com")).hasSize(max);

    var restarted = new DmarcStatistics(memories, () -> now, true);
    restarted.judged(
        new DmarcObserver.Judged(
            InetAddress.ofLiteral("192.0.2.1"),
            "evil.example",
            result,
            List.of(),
            DmarcPolicy.REJECT,
            DmarcObserver.Exemption.NO));
    assertThat(statistics.rows(DAY, "example.com")).hasSize(max);
  }

  @Test
  void givesUpAReportThatIsTooLarge() {
    // Whether the second wants it nobody can say: that is no reason to make it again and again.
    dns.with("_dmarc.example.com", POLICY + ",mailto:x@silent.example");
    dns.silentFor("example.com._report._dmarc.silent.example");
    DmarcResult result = forged();
    var random = new Random(5);
    for (int i = 0; i < 1_600; i++) {
      List<MethodResult> signatures = new ArrayList<>();
      for (int j = 0; j < 5; j++) {
        signatures.add(
            MethodResult.of("dkim", "pass", "")
                .with("header", "d", noise(random))
                .with("header", "s", noise(random)));
      }
      judgeForged(result, i, signatures);
    }
    now = now.plus(Duration.ofHours(17));

    assertThat(reporter().sendWhatIsDue()).isZero();
    assertThat(memories.find("dmarc-reports " + DAY, "example.com")).isPresent();
  }

  private static String noise(Random random) {
    return random
        .ints(250, 0, 36)
        .mapToObj(digit -> Integer.toString(digit, 36))
        .collect(Collectors.joining());
  }

  private String text(QueuedMail mail) throws IOException {
    try (InputStream bytes = contents.open(mail.form(0).content(), 0, Long.MAX_VALUE)) {
      return new String(bytes.readAllBytes(), UTF_8);
    }
  }

  private static String xml(String text) throws IOException {
    String part = text.substring(text.indexOf("Content-Type: application/gzip"));
    String base64 = part.substring(part.indexOf("\r\n\r\n") + 4, part.indexOf("--=_dmarc"));
    byte[] packed = Base64.getMimeDecoder().decode(base64);
    try (var gzip = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      return new String(gzip.readAllBytes(), UTF_8);
    }
  }
}
