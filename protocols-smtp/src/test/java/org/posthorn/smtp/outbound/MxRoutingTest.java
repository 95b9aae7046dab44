package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.posthorn.smtp.outbound.Loads.MESSAGE;
import static org.posthorn.smtp.outbound.Loads.load;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.DnsServer;

/// Where mail goes (RFC 5321 §5.1, RFC 7505), by a real DNS.
final class MxRoutingTest {
  private static final String TAKES_MAIL =
      """
      S: 220 mx
      C: EHLO client.example
      S: 250 mx
      C: MAIL FROM:<ann@example.org>
      S: 250 ok
      C: RCPT TO:<bob@%1$s>
      S: 250 ok
      C: DATA
      S: 354 go
      DATA
      S: 250 %2$s
      """;

  private DnsServer dns;

  @BeforeEach
  void start() throws IOException {
    dns =
        DnsServer.with(
            """
            two.example      IN MX 20 second.example.
            two.example      IN MX 10 first.example.
            first.example    IN A 127.0.0.2
            second.example   IN A 127.0.0.3
            several.example  IN MX 10 multi.example.
            multi.example    IN A 127.0.0.4
            multi.example    IN A 127.0.0.3
            implicit.example IN A 127.0.0.3
            alias.example    IN CNAME two.example.
            null.example     IN MX 0 .
            null.example     IN A 127.0.0.3
            empty.example    IN TXT "no mail here"
            dangling.example IN MX 10 nowhere.example.
            dangling.example IN MX 20 empty.example.
            half.example     IN MX 10 broken.example.
            half.example     IN MX 20 nowhere.example.
            backup.example   IN MX 10 nowhere.example.
            backup.example   IN MX 20 second.example.
            inside.example   IN MX 10 printer.example.
            printer.example  IN A 192.168.1.9
            printer.example  IN AAAA fd00::9
            printer.example  IN A 127.0.0.1
            client.example   IN A 127.0.0.3
            loop.example     IN MX 10 client.example.
            loop.example     IN MX 20 second.example.
            we-back.example  IN MX 10 second.example.
            we-back.example  IN MX 20 client.example.
            we-back.example  IN MX 30 multi.example.
            circle.example   IN CNAME circle2.example.
            circle2.example  IN CNAME circle.example.
            """);
  }

  @AfterEach
  void stop() {
    dns.close();
  }

  @ParameterizedTest
  @CsvSource({
    "two.example, first",
    "implicit.example, second",
    "alias.example, first",
    "backup.example, second",
    "we-back.example, second",
    "several.example, second",
  })
  void goesToTheBestServer(String domain, String server) throws Exception {
    try (ScriptedServer first =
            ScriptedServer.playingAt("127.0.0.2", 0, TAKES_MAIL.formatted(domain, "first"));
        ScriptedServer second =
            ScriptedServer.playingAt(
                "127.0.0.3", first.port(), TAKES_MAIL.formatted(domain, "second"))) {
      assertThat(carry(domain, first.port())).contains("delivered").endsWith("250 " + server);
      assertThat(second.messages().size() + first.messages().size()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CLOSE",
        "S: 421 busy",
        "S: 554 go away",
        "S: 220 mx\nC: EHLO client.example\nS: 250 mx\nC: MAIL FROM:<ann@example.org>\nS: 451 later",
        "S: 220 mx\nC: EHLO client.example\nS: 250 mx\nC: MAIL FROM:<ann@example.org>\nCLOSE",
      })
  void goesToTheNextServerWhenTheBestIsOfNoUse(String fault) throws Exception {
    try (ScriptedServer first = ScriptedServer.playingAt("127.0.0.2", 0, fault);
        ScriptedServer second =
            ScriptedServer.playingAt(
                "127.0.0.3", first.port(), TAKES_MAIL.formatted("two.example", "second"))) {
      assertThat(carry("two.example", first.port())).endsWith("250 second");
      second.assertPlayed();
    }
  }

  @Test
  void setsOutFromTheAddressThatTheOperatorWants() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playingAt("127.0.0.2", 0, TAKES_MAIL.formatted("two.example", "first"))) {
      OutboundConfig config = Loads.by(dns, server.port());
      Loads.carry(
          Loads.from(config, "127.0.0.9", "[::1]"),
          load("two.example", MESSAGE, "bob@two.example"));
      assertThat(server.clients()).containsExactly("127.0.0.9");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Loads.from(config, "127.0.0.9", "127.0.0.8"))
          .withMessageContaining("at most one IPv4");
      // An address of the documentation is none of ours.
      assertThat(
              Loads.carry(
                  Loads.from(config, "192.0.2.1"),
                  load("implicit.example", MESSAGE, "bob@implicit.example")))
          .contains("deferred 4.4.1");
    }
  }

  @Test
  void takesTheWordOfAServerThatKnowsTheRecipient() throws Exception {
    try (ScriptedServer first =
            ScriptedServer.playingAt(
                "127.0.0.2",
                0,
                """
                S: 220 mx
                C: EHLO client.example
                S: 250 mx
                C: MAIL FROM:<ann@example.org>
                S: 250 ok
                C: RCPT TO:<bob@two.example>
                S: 450 4.2.0 Greylisted
                C: RSET
                S: 250 ok
                C: QUIT
                S: 221 bye
                """);
        ScriptedServer second = ScriptedServer.playingAt("127.0.0.3", first.port(), "CLOSE")) {
      assertThat(carry("two.example", first.port()))
          .isEqualTo("bob@two.example: deferred 4.2.0 (first.example) 450 4.2.0 Greylisted");
      first.assertPlayed();
      assertThat(second.messages()).isEmpty();
    }
  }

  @Test
  void doesNotTrySomebodyElseWhenTheFirstMayHaveTheMail() throws Exception {
    String taken = TAKES_MAIL.formatted("two.example", "first").replace("S: 250 first", "CLOSE");
    try (ScriptedServer first = ScriptedServer.playingAt("127.0.0.2", 0, taken);
        ScriptedServer second =
            ScriptedServer.playingAt(
                "127.0.0.3", first.port(), TAKES_MAIL.formatted("two.example", "second"))) {
      assertThat(carry("two.example", first.port()))
          .startsWith("bob@two.example: deferred 4.4.2 (first.example) Lost the connection");
      assertThat(second.messages()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "none.example | failed 5.1.2 (-) There is no domain none.example",
        "empty.example | failed 5.1.2 (-) The domain empty.example has no mail server",
        "null.example | failed 5.1.10 (-) The domain null.example accepts no mail (null MX)",
        "dangling.example | failed 5.4.4 (-) The mail server empty.example has no address",
        "half.example | deferred 4.4.3 (-) the DNS could not answer for broken.example",
        "broken.example | deferred 4.4.3 (-) the DNS could not answer for broken.example",
        "silent.example | deferred 4.4.3 (-) no DNS server answered for silent.example",
        "circle.example | deferred 4.4.3 (-) the DNS could not answer for circle.example",
        "loop.example | failed 5.4.6 (-) The best mail server of loop.example is this server",
        "client.example | failed 5.4.6 (-) The best mail server of client.example is this server",
        "two.example | deferred 4.4.1 (-) Could not connect to second.example [127.0.0.3]",
        "[127.0.0.2] | deferred 4.4.1 (-) Could not connect to [127.0.0.2]",
      })
  void saysWhyThereIsNowhereToGo(String domain, String answer) throws IOException {
    try (ScriptedServer unused = ScriptedServer.playingAt("127.0.0.9", 0)) {
      assertThat(carry(domain, unused.port())).startsWith("bob@" + domain + ": " + answer);
    }
  }

  @Test
  void doesNotGoInsideWhateverTheDnsSays() throws IOException {
    OutboundConfig strict = Loads.config(25, List.of(dns.address()), Map.of(), false);

    assertThat(Loads.carry(strict, load("two.example", MESSAGE, "bob@two.example")))
        .startsWith("bob@two.example: failed 5.4.6");
    assertThat(Loads.carry(strict, load("inside.example", MESSAGE, "bob@inside.example")))
        .startsWith("bob@inside.example: failed 5.4.6");
    assertThat(Loads.carry(strict, load("[10.0.0.1]", MESSAGE, "bob@[10.0.0.1]")))
        .isEqualTo(
            "bob@[10.0.0.1]: failed 5.4.4 (-) The mail server [10.0.0.1] has only addresses inside"
                + " a private network");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.1.1",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:c0a8:1::1",
        "::192.168.0.1"
      })
  void knowsWhatIsInside(String address) {
    assertThat(OwnHosts.isInside(InetAddress.ofLiteral(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "192.0.2.1",
        "172.32.0.1",
        "100.128.0.1",
        "2001:db8::1",
        "64:ff9b::c000:201",
        "2002:c000:201::1"
      })
  void knowsWhatIsOutside(String address) {
    assertThat(OwnHosts.isInside(InetAddress.ofLiteral(address))).isFalse();
  }

  @Test
  void asksTheNextDnsServerWhenOneIsSilent() throws IOException {
    try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      OutboundConfig two =
          Loads.config(
              25, List.of("127.0.0.1:" + silent.getLocalPort(), dns.address()), Map.of(), true);

      assertThat(Loads.carry(two, load("null.example", MESSAGE, "bob@null.example")))
          .startsWith("bob@null.example: failed 5.1.10");
    }
  }

  @Test
  void followsStaticRoutesBeforeTheDns() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playingAt("127.0.0.5", 0, TAKES_MAIL.formatted("null.example", "routed"))) {
      OutboundConfig routed =
          Loads.config(
              25,
              List.of(dns.address()),
              Map.of("Null.example", "127.0.0.5:" + server.port()),
              false);
      assertThat(Loads.carry(routed, load("null.example", MESSAGE, "bob@null.example")))
          .endsWith("250 routed");
    }
  }

  @Test
  void refusesSettingsThatMakeNoSense() {
    for (String route : List.of("host:0", "host:99999", "a b:25", "::1", "")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Loads.config(25, List.of(), Map.of("x.example", route), false))
          .withMessageContaining("static-routes");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Loads.config(25, List.of("dns.example"), Map.of(), false))
        .withMessageContaining("servers");
    assertThat(new OutboundConfig.Login("ann", "secret").toString()).doesNotContain("secret");
  }

  private String carry(String domain, int port) {
    return Loads.carry(Loads.by(dns, port), load(domain, MESSAGE, "bob@" + domain));
  }
}
