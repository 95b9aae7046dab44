package org.posthorn.app;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.mailet.DnsServer;

/// Who mail is from is found out while the client waits, over real sockets and with a real DNS, and
/// told by `posthorn trace`.
@Timeout(120)
class SenderAuthJourneyTest {
  private static final String ZONE =
      """
      good.example. IN TXT "v=spf1 ip4:127.0.0.1" " -all"
      _dmarc.good.example. IN TXT "v=DMARC1; p=reject"
      strict.example. IN TXT "v=spf1 -all"
      _dmarc.strict.example. IN TXT "v=DMARC1; p=reject"
      _dmarc.mild.example. IN TXT "v=DMARC1; p=quarantine"
      1.0.0.127.in-addr.arpa. IN PTR mail.good.example.
      mail.good.example. IN A 127.0.0.1
      """;

  @TempDir private Path data;

  @Test
  void mailIsJudgedByItsAuthor() throws IOException {
    Files.writeString(data.resolve("gates.yaml"), "mx:\n  - gate: SenderAuth\n");
    Path config = Files.writeString(data.resolve("posthorn.yaml"), "gates-file: gates.yaml\n");
    try (DnsServer dns = DnsServer.with(ZONE);
        TestServer server =
            TestServer.start(
                    data,
                    Optional.of(config),
                    "outbound.dns.servers=" + dns.address(),
                    "hostname=mx.example.org")
                .withUsers("ann")) {
      try (WireClient client = server.connect("mx")) {
        client.reply();
        client.smtp("EHLO mail.good.example");
        String forged = "Authentication-Results: MX.example.org.;\r\n dkim=pass header.d=x\r\n";
        assertThat(hand(client, "bob@good.example", forged, "1")).startsWith("250");
        assertThat(hand(client, "eve@strict.example", "", "2")).startsWith("550 5.7.26");
        assertThat(hand(client, "eve@mild.example", "", "3")).startsWith("250");
      }
      until(() -> trace("1@there").contains("now: delivered into INBOX"));
      until(() -> trace("3@there").contains("now: delivered into Junk"));
      assertThat(trace("1@there")).contains("SenderAuth: spf=pass dkim=none dmarc=pass");
      assertThat(trace("3@there")).contains("dmarc=fail for mild.example", "quarantined");
      assertThat(trace("eve@strict.example"))
          .contains("refused: 550 5.7.26", "SenderAuth: spf=fail dkim=none dmarc=fail");
    }
  }

  @Test
  void aDryRunOnlyWritesDown() throws IOException {
    Files.writeString(data.resolve("gates.yaml"), "mx:\n  - gate: SenderAuth\n    dry-run: true\n");
    Path config = Files.writeString(data.resolve("posthorn.yaml"), "gates-file: gates.yaml\n");
    try (DnsServer dns = DnsServer.with(ZONE);
        TestServer server =
            TestServer.start(
                    data,
                    Optional.of(config),
                    "outbound.dns.servers=" + dns.address(),
                    "hostname=mx.example.org")
                .withUsers("ann")) {
      try (WireClient client = server.connect("mx")) {
        client.reply();
        client.smtp("EHLO mail.good.example");
        assertThat(hand(client, "bob@good.example", "", "1")).startsWith("250");
        assertThat(hand(client, "eve@strict.example", "", "2")).startsWith("250");
        assertThat(hand(client, "eve@mild.example", "", "3")).startsWith("250");
      }
      JourneyTest.awaitMessages(server, "ann", "INBOX", 3);
      assertThat(trace("1@there")).contains("would tag: spf=pass dkim=none dmarc=pass");
      assertThat(trace("2@there")).contains("would refuse: spf=fail dkim=none dmarc=fail");
      assertThat(trace("3@there")).contains("would tag: ", "dmarc=fail for mild.example");
      assertThat(header(server, "INBOX")).doesNotContain("Authentication-Results");
    }
  }

  /// Two servers that write in the name of their domain: the one behind reads what the one before
  /// has written, and no name of ours that somebody else has used.
  @Test
  void whatAServerOfOursFoundIsTakenOver() throws IOException {
    Files.writeString(
        data.resolve("gates.yaml"),
        """
        mx:
          - gate: SenderAuth
            authserv-id: example.org
            relays: [127.0.0.1]
            relay-names: [example.org]
        """);
    Files.writeString(
        data.resolve("chain.yaml"),
        """
        root:
          steps:
            - {match: IsQuarantined, mailet: ToMailbox, folder: Junk}
            - match: Expression("result('dmarc') == 'pass'")
              mailet: ToMailbox
              folder: Proven
            - mailet: ToMailbox
          at-end: dead-letters
        bounces: {steps: [{mailet: Bounce}], at-end: drop}
        dead-letters: {at-end: keep}
        """);
    Path config =
        Files.writeString(
            data.resolve("posthorn.yaml"), "gates-file: gates.yaml\nchain-file: chain.yaml\n");
    try (TestServer server =
        TestServer.start(data, Optional.of(config), "hostname=mx.example.org").withUsers("ann")) {
      try (WireClient client = server.connect("mx")) {
        client.reply();
        client.smtp("EHLO mx2.example.org");
        String forged = "Authentication-Results: mx.example.org; dmarc=pass\r\n";
        String passed =
            "Authentication-Results: example.org; dmarc=pass header.from=good.example\r\n";
        String failed =
            "Authentication-Results: example.org; dmarc=fail header.from=strict.example"
                + " policy.dmarc=reject policy.disposition=quarantine\r\n";
        assertThat(hand(client, "bob@good.example", passed, "1")).startsWith("250");
        assertThat(hand(client, "eve@strict.example", failed + forged, "2")).startsWith("250");
        assertThat(hand(client, "eve@strict.example", forged, "3")).startsWith("250");
      }
      until(() -> trace("1@there").contains("now: delivered into"));
      until(() -> trace("2@there").contains("now: delivered into"));
      until(() -> trace("3@there").contains("now: delivered into"));
      assertThat(trace("1@there")).contains("now: delivered into Proven");
      assertThat(trace("2@there")).contains("now: delivered into Junk");
      assertThat(trace("3@there")).contains("now: delivered into INBOX");
      assertThat(header(server, "Proven"))
          .containsOnlyOnce("Authentication-Results")
          .contains("example.org; dmarc=pass header.from=good.example");
      assertThat(header(server, "Junk")).doesNotContain("mx.example.org; dmarc=pass");
    }
  }

  private static String header(TestServer server, String mailbox) throws IOException {
    try (WireClient ann = server.imap("ann")) {
      ann.imap("SELECT " + mailbox);
      return String.join("\n", ann.imap("FETCH 1 BODY.PEEK[HEADER]"));
    }
  }

  /// By the gates that count where nobody wrote others.
  @Test
  void usersCannotWriteOurResults() throws IOException {
    try (TestServer server = TestServer.start(data, "hostname=mx.example.org").withUsers("ann")) {
      try (WireClient client = server.connect("submission")) {
        client.reply();
        client.smtp("EHLO desk.example.org");
        String login = "\0ann@example.org\0secret";
        assertThat(
                client.smtp(
                    "AUTH PLAIN " + Base64.getEncoder().encodeToString(login.getBytes(US_ASCII))))
            .startsWith("235");
        String forged = "Authentication-Results: mx.example.org; dmarc=pass\r\nX-Mine: yes\r\n";
        assertThat(hand(client, "ann@example.org", forged, "4")).startsWith("250");
      }
      JourneyTest.awaitMessages(server, "ann", "INBOX", 1);
      try (WireClient ann = server.imap("ann")) {
        ann.imap("SELECT INBOX");
        assertThat(String.join("\n", ann.imap("FETCH 1 BODY[HEADER]")))
            .contains("X-Mine: yes")
            .doesNotContain("Authentication-Results");
      }
    }
  }

  private static String hand(WireClient client, String from, String header, String id)
      throws IOException {
    return client.deliver(
        from,
        "ann@example.org",
        header
            + "From: "
            + from
            + "\r\nMessage-ID: <"
            + id
            + "@there>\r\nSubject: x\r\n\r\nText\r\n");
  }

  private String trace(String what) {
    return InProcess.run(data, "trace", what).out();
  }

  private static void until(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      LockSupport.parkNanos(50_000_000);
    }
  }
}
