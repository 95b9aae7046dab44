package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.app.cli.InProcess;
import org.slf4j.LoggerFactory;

/// A scanner that takes the message and never answers: the mail comes unscanned, and the operator
/// can see that it has.
@Timeout(60)
class SlowScannerTest {
  @TempDir Path data;

  /// Whichever of the two times ends first.
  @ParameterizedTest
  @CsvSource({"60s, 400ms, took more than 400 ms", "400ms, 60s, no answer in 400 ms"})
  void theLogSaysWhichMailWasNotScanned(String patience, String limit, String why)
      throws Exception {
    var log = (Logger) LoggerFactory.getLogger("org.posthorn.story");
    var told = new ListAppender<ILoggingEvent>();
    told.start();
    log.addAppender(told);
    try (var clamd = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Files.writeString(
          data.resolve("gates.yaml"),
          """
          mx:
            - gate: ClamAv
              clamd: 127.0.0.1:%d
              patience: %s
              time-limit: %s
          """
              .formatted(clamd.getLocalPort(), patience, limit));
      Path config = Files.writeString(data.resolve("posthorn.yaml"), "gates-file: gates.yaml\n");
      try (TestServer server = TestServer.start(data, Optional.of(config)).withUsers("ann");
          WireClient smtp = server.connect("mx")) {
        smtp.reply();
        smtp.smtp("EHLO mx.example.net");
        assertThat(
                smtp.deliver(
                    "x@example.net",
                    "ann@example.org",
                    "Message-ID: <1@example.net>\r\nSubject: x\r\n\r\nHello\r\n"))
            .startsWith("250");
        JourneyTest.awaitMessages(server, "ann", "INBOX", 1);
        assertThat(InProcess.run(data, "trace", "1@example.net").out()).contains("ClamAv", why);
      }
    } finally {
      log.detachAppender(told);
    }
    assertThat(told.list)
        .filteredOn(line -> line.getMessage().equals("gate-failed"))
        .singleElement()
        .satisfies(line -> {
          assertThat(line.getLevel()).isEqualTo(Level.WARN);
          assertThat(line.getKeyValuePairs().toString()).contains("ClamAv", why);
        });
  }
}
