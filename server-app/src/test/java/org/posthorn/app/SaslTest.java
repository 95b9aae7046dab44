package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Logins by SASL with a whole server, by each protocol.
@Timeout(120)
class SaslTest {
  private static final byte[] NONE = {};
  private static TestServer server;

  /// How a protocol asks and answers.
  enum Protocol {
    IMAP("imaps", "a AUTHENTICATE %s", "+ ", "a OK", "a NO [AUTHENTICATIONFAILED]", "a BAD"),
    POP3("pop3s", "AUTH %s", "+ ", "+OK", "-ERR [AUTH]", "-ERR"),
    SMTP("submissions", "AUTH %s", "334 ", "235 2.7.0", "535 5.7.8", "501 5.5.2");

    private final String listener;
    private final String command;
    private final String goOn;
    private final String welcome;
    private final String refused;
    private final String malformed;

    Protocol(
        String listener,
        String command,
        String goOn,
        String welcome,
        String refused,
        String malformed) {
      this.listener = listener;
      this.command = command;
      this.goOn = goOn;
      this.welcome = welcome;
      this.refused = refused;
      this.malformed = malformed;
    }
  }

  @BeforeAll
  static void start(@TempDir Path data) throws IOException {
    server =
        TestServer.start(
                data,
                "storage.logins.mechanisms=[plain, login, scram-sha-256, scram-sha-1]",
                "smtp.limits.login-failure-delay=0s",
                "imap.login-failure-delay=0s",
                "storage.logins.wrong-tries-free=100")
            .withUsers("ann");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @EnumSource
  void theBestMechanismsAreOfferedFirst(Protocol protocol) throws IOException {
    try (WireClient client = connect(protocol)) {
      String offered =
          switch (protocol) {
            case IMAP -> client.imap("CAPABILITY").getFirst().replace("AUTH=", "");
            case POP3 -> offeredByPop3(client);
            case SMTP -> offeredBySmtp(client);
          };
      assertThat(offered)
          .contains("SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1 PLAIN LOGIN");
    }
  }

  private static String offeredByPop3(WireClient client) throws IOException {
    client.send("CAPA");
    String line = client.line();
    while (!line.startsWith("SASL")) {
      line = client.line();
    }
    return line;
  }

  private static String offeredBySmtp(WireClient client) throws IOException {
    client.send("EHLO client.example");
    String line = client.line();
    while (!line.contains("AUTH")) {
      line = client.line();
    }
    return line;
  }

  @ParameterizedTest
  @EnumSource
  void thePasswordStaysWithTheClient(Protocol protocol) throws IOException {
    try (WireClient client = connect(protocol)) {
      var scram = new ScramClient("256", "ann@example.org", "secret", "abc", "n,,", NONE);
      assertThat(run(client, protocol, "SCRAM-SHA-256", scram)).startsWith(protocol.welcome);
    }
    try (WireClient client = connect(protocol)) {
      var scram = new ScramClient("1", "ann@example.org", "secret", "abc", "n,,", NONE);
      assertThat(run(client, protocol, "SCRAM-SHA-1", scram)).startsWith(protocol.welcome);
    }
    try (WireClient client = connect(protocol)) {
      var scram = new ScramClient("256", "ann@example.org", "wrong", "abc", "n,,", NONE);
      assertThat(run(client, protocol, "SCRAM-SHA-256", scram)).startsWith(protocol.refused);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLoginIsBoundToTheConnection(Protocol protocol) throws Exception {
    try (WireClient client = connect(protocol)) {
      byte[] exported =
          client.session().exportKeyingMaterialData("EXPORTER-Channel-Binding", NONE, 32);
      assertThat(bound(client, protocol, "tls-exporter", exported)).startsWith(protocol.welcome);
    }
    try (WireClient client = connect(protocol)) {
      assertThat(bound(client, protocol, "tls-server-end-point", endPoint(client)))
          .startsWith(protocol.welcome);
    }
    try (WireClient other = connect(protocol);
        WireClient client = connect(protocol)) {
      byte[] exported =
          other.session().exportKeyingMaterialData("EXPORTER-Channel-Binding", NONE, 32);
      assertThat(bound(client, protocol, "tls-exporter", exported)).startsWith(protocol.malformed);
    }
  }

  @Test
  void withoutTlsThereIsNothingToBind() throws IOException {
    try (WireClient client = server.connect("imap")) {
      assertThat(client.line()).contains("AUTH=SCRAM-SHA-256 ").doesNotContain("PLUS");
      assertThat(client.tryImap("AUTHENTICATE SCRAM-SHA-256-PLUS").getLast())
          .contains("NO [CANNOT]");
    }
  }

  private static byte[] endPoint(WireClient client) throws IOException, GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256")
        .digest(client.session().getPeerCertificates()[0].getEncoded());
  }

  private static String bound(WireClient client, Protocol protocol, String type, byte[] binding)
      throws IOException {
    var scram =
        new ScramClient("256", "ann@example.org", "secret", "abc", "p=" + type + ",,", binding);
    return run(client, protocol, "SCRAM-SHA-256-PLUS", scram);
  }

  private static WireClient connect(Protocol protocol) throws IOException {
    WireClient client = WireClient.connectTls(server.port(protocol.listener), TrustAll.context());
    client.line();
    if (protocol == Protocol.SMTP) {
      client.smtp("EHLO client.example");
    }
    return client;
  }

  /// The last answer of the server; on the way it must show that it knows the password.
  private static String run(
      WireClient client, Protocol protocol, String mechanism, ScramClient scram)
      throws IOException {
    client.send(protocol.command.formatted(mechanism));
    assertThat(client.line()).isEqualTo(protocol.goOn.strip());
    String answer = exchange(client, scram.first());
    assertThat(answer).startsWith(protocol.goOn);
    answer = exchange(client, scram.last(decoded(answer, protocol)));
    if (answer.startsWith(protocol.goOn)) {
      assertThat(decoded(answer, protocol)).isEqualTo(scram.serverFinal());
      answer = exchange(client, "");
    }
    return answer;
  }

  private static String exchange(WireClient client, String text) throws IOException {
    client.send(Base64.getEncoder().encodeToString(text.getBytes(UTF_8)));
    return client.line();
  }

  private static String decoded(String answer, Protocol protocol) {
    return new String(Base64.getDecoder().decode(answer.substring(protocol.goOn.length())), UTF_8);
  }
}
