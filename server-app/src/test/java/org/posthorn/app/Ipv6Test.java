package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;

/// Clients that come by IPv6.
@Timeout(60)
class Ipv6Test {
  private static final InetAddress HERE = InetAddress.ofLiteral("::1");

  @TempDir Path data;

  @BeforeEach
  void needsIpv6() {
    try (var socket = new ServerSocket(0, 1, HERE)) {
      assumeTrue(socket.isBound());
    } catch (IOException e) {
      assumeTrue(false, "no ::1 here: " + e.getMessage());
    }
  }

  @Test
  void mailComesInAndIsRead() throws IOException {
    try (TestServer server = start("mx: []", "smtp.mx.host=::1", "imap.plain.host=::1")) {
      try (WireClient client = greeted(server)) {
        assertThat(client.deliver("a@example.net", "ann@example.org", "Subject: six\r\n\r\n"))
            .startsWith("250");
        assertThat(client.deliver("a@[IPv6:::1]", "ann@example.org", "Subject: literal\r\n\r\n"))
            .startsWith("250");
      }
      try (WireClient ann = WireClient.connect(HERE, server.port("imap"))) {
        ann.line();
        ann.imap("LOGIN ann@example.org secret");
        ann.imap("SELECT INBOX");
        assertThat(ann.imap("FETCH 1 BODY.PEEK[HEADER]").get(1))
            .contains("Received: from mx.example.net ([IPv6:::1])\r\n");
      }
    }
  }

  @Test
  void gatesSeeTheAddress() throws IOException {
    try (TestServer server =
        start(
            """
            mx:
              - {gate: AccessList, senders: ["@bad.example"], only-networks: ["::1"]}
              - {gate: AccessList, senders: ["@four.example"], only-networks: ["127.0.0.0/8"]}
              - {gate: AccessList, senders: ["@but.example"], except-networks: ["::/64"]}
              - {gate: HelloCheck}
              - {gate: RateLimit, per: address, count: 3}
            """,
            "smtp.mx.host=::1")) {
      try (WireClient client = greeted(server)) {
        assertThat(client.smtp("MAIL FROM:<x@bad.example>")).startsWith("550");
        assertThat(client.smtp("MAIL FROM:<x@four.example>")).startsWith("250");
        client.smtp("RSET");
        assertThat(client.smtp("EHLO [IPv6:2001:db8::1]")).startsWith("550");
        assertThat(client.smtp("EHLO [IPv6:0:0::1]")).startsWith("250");
        assertThat(client.smtp("MAIL FROM:<x@but.example>")).startsWith("250");
      }
      try (WireClient client = greeted(server)) {
        assertThat(client.smtp("MAIL FROM:<y@four.example>")).startsWith("250");
        client.smtp("RSET");
        assertThat(client.smtp("MAIL FROM:<y@four.example>")).startsWith("451 4.7.1");
      }
    }
  }

  /// A /64 is one client, to the listener and to gates; with a PROXY header, that of the header.
  @Test
  void aNetworkIsOneClient() throws IOException {
    try (TestServer server =
        start(
            "mx:\n  - {gate: RateLimit, per: address, count: 2}\n",
            "smtp.mx.host=::1",
            "smtp.mx.proxy-networks=[\"::1\"]",
            "smtp.mx.connections-per-address-max=2")) {
      try (WireClient first = proxied(server, "2001:db8:0:1::1", "220");
          WireClient second = proxied(server, "2001:db8:0:1:ffff::2", "220");
          WireClient _ = proxied(server, "2001:db8:0:1::3", "421");
          WireClient other = proxied(server, "2001:db8:0:2::1", "220")) {
        for (WireClient client : new WireClient[] {first, second}) {
          assertThat(client.smtp("EHLO mx.example.net")).startsWith("250");
          assertThat(client.smtp("MAIL FROM:<a@example.net>")).startsWith("250");
          client.smtp("RSET");
        }
        assertThat(second.smtp("MAIL FROM:<a@example.net>")).startsWith("451 4.7.1");
        other.smtp("EHLO mx.example.net");
        assertThat(other.deliver("a@example.net", "ann@example.org", "Subject: x\r\n\r\n"))
            .startsWith("250");
        assertReceivedFrom(server, "[IPv6:2001:db8:0:2::1]");
      }
    }
  }

  @Test
  void aProxySpeaksForWhoComesByIpv6() throws IOException {
    try (TestServer server =
        start(
            "mx:\n  - {gate: AccessList, clients: [\"2001:db8:bad::/48\"]}\n",
            "smtp.mx.host=::1",
            "smtp.extensions.xclient-networks=[\"::1\"]")) {
      try (WireClient client = greeted(server)) {
        assertThat(client.smtp("XCLIENT ADDR=IPV6:2001:db8:bad::7 NAME=[UNAVAILABLE]"))
            .startsWith("554");
      }
      String mail;
      try (WireClient client = greeted(server)) {
        assertThat(client.smtp("XCLIENT ADDR=IPV6:2001:db8::7 NAME=[UNAVAILABLE]"))
            .startsWith("220");
        client.smtp("EHLO mx.example.net");
        String answer = client.deliver("a@example.net", "ann@example.org", "Subject: x\r\n\r\n");
        assertThat(answer).startsWith("250");
        mail = answer.substring(answer.lastIndexOf(' ') + 1);
      }
      assertReceivedFrom(server, "[IPv6:2001:db8::7]");
      String story = "";
      for (int i = 0; i < 100 && !story.contains("2001:"); i++) {
        LockSupport.parkNanos(50_000_000); // It is told a little later.
        story = InProcess.run(data, "trace", mail).out();
      }
      assertThat(story).contains("2001:db8::7").doesNotContain("0:0:0");
    }
  }

  private TestServer start(String gates, String... more) throws IOException {
    Files.writeString(data.resolve("gates.yaml"), gates);
    Path config = Files.writeString(data.resolve("posthorn.yaml"), "gates-file: gates.yaml\n");
    return TestServer.start(data, Optional.of(config), more).withUsers("ann");
  }

  private static WireClient greeted(TestServer server) throws IOException {
    WireClient client = WireClient.connect(HERE, server.port("mx"));
    assertThat(client.reply()).startsWith("220");
    assertThat(client.smtp("EHLO mx.example.net")).startsWith("250");
    return client;
  }

  private static WireClient proxied(TestServer server, String from, String answer)
      throws IOException {
    WireClient client = WireClient.connect(HERE, server.port("mx"));
    client.send("PROXY TCP6 " + from + " ::1 4711 25");
    assertThat(client.reply()).startsWith(answer);
    return client;
  }

  private static void assertReceivedFrom(TestServer server, String address) throws IOException {
    JourneyTest.awaitMessages(server, "ann", "INBOX", 1);
    try (WireClient ann = server.imap("ann")) {
      ann.imap("SELECT INBOX");
      assertThat(ann.imap("FETCH 1 BODY.PEEK[HEADER]").get(1))
          .contains("Received: from mx.example.net (" + address + ")\r\n");
    }
  }
}
