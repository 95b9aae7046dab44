package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.DnsServer;

/// Whoever may send as `good.example` tries to look like `bank.example`, over real sockets and with
/// a real DNS: such mail is refused, or what stands on top of it does not say that it is the
/// bank's.
@Timeout(180)
class ForgedAuthorJourneyTest {
  private static final String ZONE =
      """
      good.example. IN TXT "v=spf1 ip4:127.0.0.1 -all"
      _dmarc.good.example. IN TXT "v=DMARC1; p=reject"
      _dmarc.bank.example. IN TXT "v=DMARC1; p=reject"
      """;

  @TempDir private Path data;

  /// Header lines, each character a byte, and what becomes of the message.
  private static Map<String, String> attacks() {
    var attacks = new LinkedHashMap<String, String>();
    attacks.put("From: ann@bank.example", "550 5.7.26");
    attacks.put("From: \"eve@good.example\" <ann@bank.example>", "550 5.7.26");
    attacks.put("From:\r\n\tann@bank.example\r\n (eve@good.example)", "550 5.7.26");
    attacks.put("From: eve@good.example, ann@bank.example", "550 5.7.26");
    attacks.put("From: Bank: ann@bank.example, eve@good.example;", "550 5.7.26");
    attacks.put("From: <@good.example:ann@bank.example>", "550 5.7");
    attacks.put("From: \"eve@good.example \"@bank.example", "550 5.7.26");
    attacks.put("From: ann(eve@good.example)@(x)bank.example(y)", "550 5.7.26");
    attacks.put("From: \u00E9@bank.example", "550 5.7.26");
    attacks.put("From: ANN@BANK.EXAMPLE.", "550 5.7");
    attacks.put("From: eve@good.example\r\nFrom: ann@bank.example", "550 5.7.1");
    attacks.put("From: ann@bank.example\r\nfrom : eve@good.example", "550 5.7.1");
    attacks.put("From: eve@good.example\r\nno field\r\nFROM: ann@bank.example", "550 5.7.1");
    attacks.put("From: <ann@bank.example> <eve@good.example>", "550 5.7.1");
    attacks.put("From: ann@bank.example <eve@good.example>", "550 5.7.1");
    attacks.put("From: <eve@good.example", "550 5.7.1");
    attacks.put("From: ann@bank.example@good.example", "550 5.7.1");
    attacks.put("From: undisclosed:;", "550 5.7.1");
    attacks.put("From:", "550 5.7.1");
    attacks.put("X-From: ann@bank.example", "550 5.7.1");
    attacks.put("From: ann@bank.example\0 <eve@good.example>", "550 5.6.0");
    attacks.put("Fr\0om: ann@bank.example\r\nFrom: eve@good.example", "550 5.6.0");
    attacks.put("From: ann@bank.example\r <eve@good.example>", "5");
    attacks.put(
        "From: ann@b\u00E4nk.example",
        "dmarc=none reason=\"xn--bnk-qla.example publishes no policy\"");
    attacks.put("From: ann@bank.example.evil.example", "dmarc=none");
    attacks.put(
        "From: \"ann@bank.example\" <eve@good.example>", "dmarc=pass header.from=good.example");
    attacks.put(
        "From: =?utf-8?q?ann=40bank.example?= <eve@good.example>",
        "dmarc=pass header.from=good.example");
    return attacks;
  }

  @Test
  void nobodyPassesForTheBank() throws IOException {
    Files.writeString(data.resolve("gates.yaml"), "mx:\n  - gate: SenderAuth\n");
    Path config = Files.writeString(data.resolve("posthorn.yaml"), "gates-file: gates.yaml\n");
    try (DnsServer dns = DnsServer.with(ZONE);
        TestServer server =
            TestServer.start(
                    data,
                    Optional.of(config),
                    "outbound.dns.servers=" + dns.address(),
                    "hostname=mx.example.org")
                .withUsers("ann");
        WireClient box = server.imap("ann")) {
      int taken = 0;
      for (Map.Entry<String, String> attack : attacks().entrySet()) {
        String answer = hand(server, attack.getKey());
        if (attack.getValue().startsWith("dmarc=")) {
          assertThat(answer).as(attack.getKey()).startsWith("250");
          assertThat(delivered(box, ++taken))
              .as(attack.getKey())
              .contains(attack.getValue())
              .doesNotContainPattern("header\\.from=bank\\.example(?![.\\w])");
        } else {
          assertThat(answer).as(attack.getKey()).startsWith(attack.getValue());
        }
      }
    }
  }

  /// A connection each: one that has sent nonsense may be closed.
  private static String hand(TestServer server, String header) throws IOException {
    try (WireClient client = server.connect("mx")) {
      client.reply();
      client.smtp("EHLO mail.good.example");
      client.smtp("MAIL FROM:<eve@good.example> BODY=8BITMIME");
      client.smtp("RCPT TO:<ann@example.org>");
      client.smtp("DATA");
      client.sendBytes(header + "\r\nSubject: x\r\n\r\nText\r\n.\r\n");
      return client.reply();
    }
  }

  /// What stands on top of the newest message, unfolded, when there are `count`.
  private static String delivered(WireClient box, int count) throws IOException {
    while (!String.join("\n", box.imap("STATUS INBOX (MESSAGES)")).contains("MESSAGES " + count)) {
      LockSupport.parkNanos(20_000_000);
    }
    box.imap("SELECT INBOX");
    return String.join(
            "\n", box.imap("FETCH " + count + " BODY.PEEK[HEADER.FIELDS (Authentication-Results)]"))
        .replaceAll("\\s+", " ");
  }
}
