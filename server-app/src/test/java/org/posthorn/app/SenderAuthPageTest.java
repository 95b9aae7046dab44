package org.posthorn.app;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.app.dmarc.OthersReports;
import org.posthorn.app.dmarc.ReceivedReports;
import org.posthorn.mailet.DnsServer;
import org.posthorn.message.Domain;
import org.posthorn.senderauth.dkim.Algorithm;
import org.posthorn.senderauth.dkim.DkimSigner;
import org.posthorn.senderauth.dkim.SigningKey;
import org.posthorn.spool.plugin.PluginSet;
import org.posthorn.storage.StorageConfig;

/// The examples of docs/sender-authentication.md are what the program takes and says.
@Timeout(180)
class SenderAuthPageTest {
  private static final Pattern YAML = Pattern.compile("(?s)```yaml\n(.*?)```");
  private static final Pattern TEXT = Pattern.compile("(?s)```text\n(.*?)```");
  private static final Pattern TRACED = Pattern.compile("`gate (SenderAuth: spf=fail [^`]*)`");
  private static final SigningKey KEY = SigningKey.generate("may", Algorithm.RSA_SHA256, 2048);

  @TempDir private Path data;
  private final String page;

  SenderAuthPageTest() throws IOException {
    page = Files.readString(Path.of("..", "docs", "sender-authentication.md"));
  }

  private List<String> blocks(Pattern kind) {
    return kind.matcher(page).results().map(found -> found.group(1)).toList();
  }

  @Test
  void whatIsToBeConfiguredIsTaken() throws IOException {
    List<String> examples = blocks(YAML);
    assertThat(examples).hasSize(4);
    Files.writeString(data.resolve("gates.yaml"), examples.get(0));
    String step = examples.get(3).strip().indent(4);
    Files.writeString(
        data.resolve("chain.yaml"),
        """
        root:
          steps: [{match: RecipientIsLocal, mailet: ToProcessor, processor: local}]
          at-end: drop
        %s  at-end: dead-letters
        bounces: {steps: [{mailet: Bounce}], at-end: drop}
        dead-letters: {at-end: keep}
        """
            .formatted(examples.get(1).replace("  steps:\n", "  steps:\n" + step)));
    Path file =
        Files.writeString(
            data.resolve("posthorn.yaml"),
            "gates-file: gates.yaml\nchain-file: chain.yaml\n" + examples.get(2));
    var source = new ConfigSource(Optional.of(file), List.of());
    ServerConfig config = source.read().config();
    assertThat(config.dmarcReports().contact()).contains("dmarc-reports@example.org");
    Composition composition = Composition.of(config.withStorage(StorageConfig.inMemory()), data);
    try (var plugins = PluginSet.none()) {
      assertThat(composition.gates(source, config, plugins).byPort()).isNotEmpty();
      composition.chain(source, config, plugins, () -> {}).retire();
    }
  }

  @Test
  void whatWasFoundStandsOnTop() throws IOException {
    String zone =
        """
        1.0.0.127.in-addr.arpa. IN PTR mail.good.example.
        mail.good.example. IN A 127.0.0.1
        good.example. IN TXT "v=spf1 ip4:127.0.0.0/24 -all"
        _dmarc.good.example. IN TXT "v=DMARC1; p=reject"
        bank.example. IN TXT "v=spf1 -all"
        _dmarc.bank.example. IN TXT "v=DMARC1; p=reject"
        may._domainkey.good.example. IN TXT "%s" "%s"
        """
            .formatted(KEY.record().substring(0, 200), KEY.record().substring(200));
    Files.writeString(data.resolve("gates.yaml"), "mx:\n  - gate: SenderAuth\n");
    Path config = Files.writeString(data.resolve("posthorn.yaml"), "gates-file: gates.yaml\n");
    try (DnsServer dns = DnsServer.with(zone);
        TestServer server =
            TestServer.start(
                    data,
                    Optional.of(config),
                    "outbound.dns.servers=" + dns.address(),
                    "hostname=mx.example.org")
                .withUsers("ann")) {
      assertThat(hand(server, "eve@good.example", signed())).startsWith("250");
      JourneyTest.awaitMessages(server, "ann", "INBOX", 1);
      assertThat(normal(onTop(server)))
          .isEqualTo(
              normal(blocks(TEXT).getFirst())
                  .replace("192.0.2.7", "127.0.0.1")
                  .replace("192.0.2.0/24", "127.0.0.0/24"));

      String forged = "From: eve@bank.example\r\nMessage-ID: <f@there>\r\n\r\nHello\r\n";
      assertThat(hand(server, "eve@bank.example", forged)).startsWith("550 5.7.26");
      MatchResult line = TRACED.matcher(page).results().findFirst().orElseThrow();
      assertThat(InProcess.run(data, "trace", "eve@bank.example").out()).contains(line.group(1));
    }
  }

  @Test
  void reportsOfOthersAreShown() throws IOException {
    String example = blocks(TEXT).getLast();
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      var received = server.server().composition().room(ReceivedReports.class);
      LocalDate today = LocalDate.ofInstant(Instant.now(), ZoneOffset.UTC);
      OthersReports.add(received, "example.org", today, "192.0.2.7", 3988, true, true);
      OthersReports.add(received, "example.org", today, "192.0.2.7", 132, true, false);
      long[] refused = {0, 0, 10, 0, 160, 37, 10};
      for (int day = 0; day < refused.length; day++) {
        LocalDate when = today.minusDays(13L - day);
        if (refused[day] > 0) {
          OthersReports.add(
              received, "example.org", when, "203.0.113.99", refused[day], false, false);
        }
      }
      String[] words = example.lines().findFirst().orElseThrow().split(" ", -1);
      InProcess.Result shown =
          InProcess.run(data, List.of(words).subList(2, words.length).toArray(String[]::new));
      assertThat(shown.out().strip()).isEqualTo(example.substring(example.indexOf('\n')).strip());
    }
  }

  private static String signed() throws IOException {
    String message = "From: eve@good.example\r\nSubject: x\r\n\r\nHello\r\n";
    var bytes = new ByteArrayInputStream(message.getBytes(US_ASCII));
    String value =
        DkimSigner.sign(bytes, Domain.of("good.example"), List.of(KEY), Instant.now()).getFirst();
    return "DKIM-Signature: " + value.replace(" ", "\r\n ") + "\r\n" + message;
  }

  private static String hand(TestServer server, String from, String message) throws IOException {
    try (WireClient client = server.connect("mx")) {
      client.reply();
      client.smtp("EHLO mail.good.example");
      return client.deliver(from, "ann@example.org", message);
    }
  }

  private static String onTop(TestServer server) throws IOException {
    try (WireClient ann = server.imap("ann")) {
      ann.imap("SELECT INBOX");
      return ann.imap("FETCH 1 BODY[HEADER.FIELDS (Authentication-Results)]").get(1);
    }
  }

  private static String normal(String field) {
    return field.replaceAll("header\\.b=\\S+", "header.b=…").replaceAll("\\s+", " ").strip();
  }
}
