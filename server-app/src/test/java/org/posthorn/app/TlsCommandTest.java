package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
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
          .contains("1 times certificate-expired: mx.example.com (192.0.2.1): over");
      assertThat(InProcess.run(data, "tls", "reports", "--json").out())
          .contains("\"successfulSessions\" : 1");
      assertThat(InProcess.run(data, "tls", "reports", "--day", "2020-01-01").out())
          .startsWith("No connections to other servers on 2020-01-01");
      assertThat(InProcess.run(data, "tls", "reports", "--day", "soon").isDone()).isFalse();
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
