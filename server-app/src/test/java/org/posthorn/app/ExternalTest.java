package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Logins by a certificate (SASL EXTERNAL), with a whole server.
@Timeout(120)
class ExternalTest {
  @TempDir private Path data;
  private final Authority ours = new Authority("CN=Ours");
  private TestServer server;

  @BeforeEach
  void start() throws IOException {
    Files.writeString(data.resolve("clients.pem"), ours.pem());
    server =
        TestServer.start(data, "tls.client-authorities=clients.pem", "imap.login-failure-delay=0s")
            .withUsers("ann", "bob");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aCertificateOfOursLetsItsOwnerIn() throws Exception {
    SSLContext ann = ours.client("ann@example.org", 60);
    try (WireClient imap = WireClient.connectTls(server.port("imaps"), ann)) {
      assertThat(imap.line()).contains("AUTH=EXTERNAL");
      assertThat(imap.tryImap("AUTHENTICATE EXTERNAL =").getLast()).contains("OK");
    }
    try (WireClient imap = WireClient.connectTls(server.port("imaps"), ann)) {
      imap.line();
      assertThat(imap.tryImap("AUTHENTICATE EXTERNAL " + encoded("bob@example.org")).getLast())
          .contains("NO [AUTHENTICATIONFAILED]");
      assertThat(imap.tryImap("AUTHENTICATE EXTERNAL " + encoded("ann@example.org")).getLast())
          .contains("OK");
    }
    try (WireClient pop3 = WireClient.connectTls(server.port("pop3s"), ann)) {
      pop3.line();
      pop3.send("AUTH EXTERNAL =");
      assertThat(pop3.line()).startsWith("+OK");
    }
    try (WireClient smtp = WireClient.connectTls(server.port("submissions"), ann)) {
      smtp.reply();
      smtp.smtp("EHLO client.example");
      assertThat(smtp.smtp("AUTH EXTERNAL =")).startsWith("235");
    }
  }

  @Test
  void othersAreServedAsIfTheyHadNone() throws Exception {
    assertIsNoHelp(TrustAll.context());
    assertIsNoHelp(new Authority("CN=Ours").client("ann@example.org", 60));
    assertIsNoHelp(ours.client("ann@example.org", -60));
    SSLContext stranger = ours.client("eve@example.org", 60);
    try (WireClient imap = WireClient.connectTls(server.port("imaps"), stranger)) {
      imap.line();
      assertThat(imap.tryImap("AUTHENTICATE EXTERNAL =").getLast()).contains("NO");
    }
  }

  private void assertIsNoHelp(SSLContext client) throws IOException {
    try (WireClient imap = WireClient.connectTls(server.port("imaps"), client)) {
      assertThat(imap.line()).doesNotContain("EXTERNAL");
      assertThat(imap.tryImap("AUTHENTICATE EXTERNAL =").getLast()).contains("NO [CANNOT]");
      assertThat(imap.tryImap("LOGIN ann@example.org secret").getLast()).contains("OK");
    }
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
