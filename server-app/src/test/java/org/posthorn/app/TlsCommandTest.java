package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.message.Domain;
import org.posthorn.smtp.outbound.TlsOutcomes;

/// `posthorn tls reports` with a running server, over a restart.
class TlsCommandTest {
  @TempDir Path data;

  @Test
  void showsWhatHappened() throws IOException {
    String today = LocalDate.now(ZoneOffset.UTC).toString();
    try (PosthornServer server = start()) {
      assertThat(InProcess.run(data, "tls", "reports").out()).startsWith("No connections");
      TlsOutcomes outcomes = server.composition().room(TlsOutcomes.class);
      var policy =
          new TlsOutcomes.Policy(TlsOutcomes.Kind.STS, List.of("mode: enforce"), List.of());
      outcomes.session(Domain.of("example.com"), policy, Optional.empty());
      outcomes.session(Domain.of("example.com"), policy, Optional.of(expired()));
    }
    try (PosthornServer _ = start()) {
      InProcess.Result table = InProcess.run(data, "tls", "reports");
      assertThat(table.out())
          .containsPattern("(?m)^example\\.com +sts +1 +1 +certificate-expired \\(1\\) +-$");
      InProcess.Result one = InProcess.run(data, "tls", "reports", "Example.COM", "--day", today);
      assertThat(one.out())
          .contains("  mode: enforce")
          .contains("1 session with certificate-expired: mx.example.com (192.0.2.1): over");
      assertThat(InProcess.run(data, "tls", "reports", "--json").out())
          .contains("\"successfulSessions\" : 1");
      assertThat(InProcess.run(data, "tls", "reports", "--day", "2020-01-01").out())
          .startsWith("No connections to other servers on 2020-01-01");
      assertThat(InProcess.run(data, "tls", "reports", "--day", "soon").isDone()).isFalse();
    }
  }

  @Test
  void theStatusNamesCertificatesThatEndSoon() throws Exception {
    new Authority("CN=somebody")
        .write(data.resolve("soon.crt"), data.resolve("soon.key"), "mail.example.org", 60);
    try (TestServer _ = TestServer.start(data)) {
      assertThat(InProcess.run(data, "status").out()).doesNotContain("\ntls ");
    }
    try (TestServer _ =
        TestServer.start(data, "tls.certificates=[{certificate: soon.crt, key: soon.key}]")) {
      assertThat(InProcess.run(data, "status").out())
          .containsPattern("\ntls       soon.crt ends 20\\d\\d-.*Z\n");
      assertThat(InProcess.run(data, "status", "--json").out())
          .containsPattern("\"endingCertificates\" *: *\\{\\s*\"soon.crt\" *: *\"20");
    }
  }

  @Test
  void theStatusNamesCertificatesThatHaveEndedOrAreForAnotherName() throws Exception {
    new Authority("CN=somebody")
        .write(data.resolve("old.crt"), data.resolve("old.key"), "*.example.org", -1);
    String old = "tls.certificates=[{certificate: old.crt, key: old.key}]";
    String expired = "old.crt has EXPIRED: it ended 20";
    String other = "no certificate is for the hostname mx.example: old.crt is for *.example.org";
    InProcess.Result check =
        InProcess.run(data, "config", "check", "--set", old, "--set", "hostname=mail.example.org");
    assertThat(check.isDone()).isTrue();
    assertThat(check.out()).contains("Warning: " + expired).doesNotContain("hostname");
    try (TestServer _ = TestServer.start(data, old, "hostname=mx.example")) {
      assertThat(InProcess.run(data, "status").out())
          .contains("\ntls       " + expired, "\ntls       " + other + "\n");
      assertThat(InProcess.run(data, "status", "--json").out())
          .contains("\"certificateForAnotherName\"");
      assertThat(InProcess.run(data, "reload").out()).contains(other);
    }
  }

  @Test
  void showsHowMailCame() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      assertThat(InProcess.run(data, "tls", "received").out()).startsWith("No mail was taken");
      send(server.connect("mx"), "");
      send(
          WireClient.connectTls(server.port("submissions"), TrustAll.context()),
          Base64.getEncoder().encodeToString("\0ann@example.org\0secret".getBytes(UTF_8)));
    }
    try (TestServer _ = TestServer.start(data)) {
      assertThat(InProcess.run(data, "tls", "received").out())
          .containsPattern("(?m)^mx +in clear +- +1 +50%$")
          .containsPattern("(?m)^submission +TLSv1\\.3 +TLS_\\S+ +1 +50%$");
      assertThat(InProcess.run(data, "tls", "received", "--json").out()).contains("\"mails\" : 1");
    }
  }

  private static void send(WireClient connected, String login) throws IOException {
    try (WireClient client = connected) {
      client.reply();
      client.smtp("EHLO client.example");
      if (!login.isEmpty()) {
        assertThat(client.smtp("AUTH PLAIN " + login)).startsWith("235");
      }
      assertThat(client.deliver("ann@example.org", "ann@example.org", "Subject: x\r\n\r\nx\r\n"))
          .startsWith("250");
    }
  }

  private PosthornServer start() throws IOException {
    return PosthornServer.start(data, new ConfigSource(Optional.empty(), InProcess.settings()));
  }

  private static TlsOutcomes.Failure expired() {
    return new TlsOutcomes.Failure(
        TlsOutcomes.Result.CERTIFICATE_EXPIRED,
        Optional.empty(),
        Optional.of("mx.example.com"),
        Optional.of(InetAddress.ofLiteral("192.0.2.1")),
        "over");
  }
}
