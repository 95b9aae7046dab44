package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.app.dmarc.DmarcReports;
import org.posthorn.app.dmarc.DmarcStatistics;
import org.posthorn.app.tlsreport.TlsReports;
import org.posthorn.app.tlsreport.TlsStatistics;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.DnsServer;
import org.posthorn.senderauth.dkim.DkimResult;
import org.posthorn.senderauth.dkim.DkimSignature;
import org.posthorn.senderauth.dkim.DkimVerifier;
import org.posthorn.spool.Spool;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.remember.Memories;

/// All that leaves a server with keys is signed, and its signatures hold where it arrives: over
/// real sockets, with keys in a real DNS.
@Timeout(180)
class SignedJourneyTest {
  /// Nobody listens at port 1.
  private static final String NOWHERE = "127.0.0.1:1";

  private static final String ZONE =
      """
      elsewhere.example. IN MX 10 mx.elsewhere.example.
      mx.elsewhere.example. IN A 127.0.0.1
      _dmarc.elsewhere.example. IN TXT "v=DMARC1; p=none; rua=mailto:bob@elsewhere.example"
      _smtp._tls.elsewhere.example. IN TXT "v=TLSRPTv1; rua=mailto:bob@elsewhere.example"
      """;

  @TempDir private Path data;
  private DnsServer dns;
  private TestServer there;
  private TestServer here;

  @BeforeEach
  void start() throws IOException {
    dns = DnsServer.with(ZONE);
    there =
        TestServer.start(data.resolve("there"), "hostname=mx.elsewhere.example")
            .withAccounts("bob@elsewhere.example", "bob@slow.example");
    Files.writeString(data.resolve("gates.yaml"), "mx:\n  - gate: SenderAuth\n");
    Path config = Files.writeString(data.resolve("posthorn.yaml"), "gates-file: gates.yaml\n");
    here =
        TestServer.start(
                data.resolve("here"),
                Optional.of(config),
                "hostname=mail.example.org",
                "outbound.dns.servers=" + dns.address(),
                "outbound.port=" + there.port("mx"),
                "outbound.allow-private-destinations=true",
                "outbound.static-routes={slow.example: \"" + NOWHERE + "\"}",
                "spool.relay-retries=[1s]",
                "spool.delay-notice-after=1s",
                "dmarc-reports.contact=dmarc@example.org",
                "tls-reports.contact=tls@example.org")
            .withUsers("ann");
    ShownRecords.publish(dns, run("dkim create example.org --selector old"));
    assertThat(run("dkim look example.org")).doesNotContain("waiting");
  }

  @AfterEach
  void stop() {
    here.close();
    there.close();
    dns.close();
  }

  @Test
  void bouncesAndDelayNotices() throws IOException {
    run("alias add lost@example.org nobody@elsewhere.example");
    run("alias add late@example.org bob@slow.example");
    fromOutside("bob@elsewhere.example", "lost@example.org");
    Arrived bounce = arrived("bob@elsewhere.example", "Action: failed");
    assertThat(bounce.text()).contains("Return-Path: <>", "nobody@elsewhere.example");
    assertThat(bounce.signers()).containsExactly("pass old-rsa", "pass old-ed25519");

    fromOutside("bob@elsewhere.example", "late@example.org");
    Arrived notice = arrived("bob@elsewhere.example", "Action: delayed");
    assertThat(notice.signers()).containsExactly("pass old-rsa", "pass old-ed25519");
  }

  @Test
  void reportsToOtherDomains() throws IOException {
    LocalDate day = LocalDate.ofInstant(Instant.now(), ZoneOffset.UTC);
    fromOutside("bob@elsewhere.example", "ann@example.org");
    fromAnn("bob@elsewhere.example", "first");
    var dmarc =
        new DmarcReports(
            room(DmarcStatistics.class),
            room(Memories.class),
            room(Dns.class),
            room(Spool.class),
            room(ContentStore.class));
    var tls =
        new TlsReports(
            room(TlsStatistics.class),
            room(Memories.class),
            room(Dns.class),
            room(Spool.class),
            room(ContentStore.class));
    while (dmarc.send(noonAfter(day), "dmarc@example.org", "mail.example.org")
            + dmarc.send(noonAfter(day.plusDays(1)), "dmarc@example.org", "mail.example.org")
        == 0) {
      pause();
    }
    while (tls.send(noonAfter(day), "tls@example.org", "mail.example.org")
            + tls.send(noonAfter(day.plusDays(1)), "tls@example.org", "mail.example.org")
        == 0) {
      pause();
    }
    for (String type : List.of("Content-Type: application/gzip", "application/tlsrpt+gzip")) {
      Arrived report = arrived("bob@elsewhere.example", type);
      assertThat(report.signers()).containsExactly("pass old-rsa", "pass old-ed25519");
      if (type.contains("tlsrpt")) {
        assertThat(report.text().replaceAll("\\s", ""))
            .contains(":tls-report-domain:tls-report-submitter;");
      }
    }
  }

  @Test
  void mailThatWaitsWhileTheKeysAreRotated() throws IOException {
    fromAnn("bob@slow.example", "first");
    while (!run("queue list --state outgoing").contains("bob@slow.example")) {
      pause();
    }
    ShownRecords.publish(dns, run("dkim rotate example.org"));
    assertThat(run("dkim look example.org")).contains("resting").doesNotContain("waiting");
    fromAnn("bob@slow.example", "second");
    while (run("queue list --state outgoing").split("bob@slow.example", -1).length < 3) {
      pause();
    }
    assertThat(run("dns show example.org"))
        .as("the old records are still to be published")
        .contains("old-rsa._domainkey.example.org.", "old-ed25519._domainkey.example.org.");

    run("queue reroute --all --via 127.0.0.1:" + there.port("mx"));
    assertThat(arrived("bob@slow.example", "Subject: first").signers())
        .containsExactly("pass old-rsa", "pass old-ed25519");
    assertThat(arrived("bob@slow.example", "Subject: second").signers())
        .hasSize(2)
        .allMatch(signer -> signer.matches("pass [re]\\d{8}"));
  }

  @Test
  void copiesOfLists() throws IOException {
    run("list create team@example.org posting=anyone subject-tag=[team]");
    run("list subscribe team@example.org bob@elsewhere.example");
    fromOutside("eve@stranger.example", "team@example.org");
    Arrived copy = arrived("bob@elsewhere.example", "From: eve@stranger.example");
    assertThat(copy.text()).contains("Subject: [team] from outside");
    assertThat(copy.signers()).containsExactly("pass old-rsa", "pass old-ed25519");

    fromOutside("ann@example.org", "team@example.org");
    Arrived forged = arrived("bob@elsewhere.example", "X-Original-From: <ann@example.org>");
    assertThat(forged.text()).contains("From: \"ann via team\" <team@example.org>");
    fromAnn("team@example.org", "mine");
    Arrived own = arrived("bob@elsewhere.example", "Subject: [team] mine");
    assertThat(own.text()).contains("From: ann@example.org");
    assertThat(own.signers()).containsExactly("pass old-rsa", "pass old-ed25519");

    run("list set team@example.org rewrite-from=never subject-tag=[2]");
    fromOutside("ann@example.org", "team@example.org");
    assertThat(arrived("bob@elsewhere.example", "Subject: [2] from outside").signers()).isEmpty();
  }

  /// Some time of the day after, when its reports are due.
  private static InstantSource noonAfter(LocalDate day) {
    return InstantSource.fixed(day.plusDays(1).atTime(12, 0).toInstant(ZoneOffset.UTC));
  }

  private <T> T room(Class<T> type) {
    return here.server().composition().room(type);
  }

  private String run(String command) {
    InProcess.Result result = InProcess.run(data.resolve("here"), command.split(" ", -1));
    assertThat(result.isDone()).as("%s: %s", command, result.err()).isTrue();
    return result.out();
  }

  private void fromOutside(String from, String to) throws IOException {
    try (WireClient smtp = here.connect("mx").hello()) {
      assertThat(smtp.deliver(from, to, message(from, "from outside"))).startsWith("250");
    }
  }

  private void fromAnn(String to, String subject) throws IOException {
    try (WireClient smtp = here.submission("ann")) {
      String message = message("ann@example.org", subject);
      assertThat(smtp.deliver("ann@example.org", to, message)).startsWith("250");
    }
  }

  private static String message(String from, String subject) {
    return "From: %s\r\nSubject: %s\r\n\r\nHello\r\n".formatted(from, subject);
  }

  /// A message that has arrived, byte by byte.
  private record Arrived(String text, List<DkimResult> results) {
    /// What became of each signature of example.org, and the key.
    List<String> signers() {
      return results.stream()
          .map(result -> {
            DkimSignature claim = result.claim().orElseThrow();
            assertThat(claim.domain()).hasToString("example.org");
            return result.word() + " " + claim.selector();
          })
          .toList();
    }
  }

  /// The message with `part` in it, when it has come.
  private Arrived arrived(String user, String part) throws IOException {
    while (true) {
      for (String text : inbox(user)) {
        if (text.contains(part)) {
          var verifier = new DkimVerifier(room(Dns.class), InstantSource.system());
          return new Arrived(text, verifier.verify(new ByteArrayInputStream(text.getBytes(UTF_8))));
        }
      }
      pause();
    }
  }

  private List<String> inbox(String user) throws IOException {
    try (WireClient imap = there.connect("imap")) {
      imap.line();
      imap.imap("LOGIN " + user + " secret");
      imap.imap("SELECT INBOX");
      List<String> texts = new ArrayList<>();
      List<String> lines = imap.imap("UID FETCH 1:* BODY.PEEK[]");
      for (int i = 0; i + 1 < lines.size(); i++) {
        if (lines.get(i).matches("\\* \\d+ FETCH .*\\{\\d+}")) {
          texts.add(lines.get(i + 1));
        }
      }
      return texts;
    }
  }

  private static void pause() {
    LockSupport.parkNanos(50_000_000);
  }
}
