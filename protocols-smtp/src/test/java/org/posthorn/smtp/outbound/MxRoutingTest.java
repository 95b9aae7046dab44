package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.posthorn.smtp.outbound.ScriptedServer.IN_CLEAR;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.message.Domain;
import org.posthorn.spool.Carrier.Answer;

/// Where mail goes (RFC 5321 §5.1, RFC 7505), by a real DNS.
final class MxRoutingTest {
  @AutoClose
  private final SendingMta mta =
      SendingMta.in(
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
          equals.example   IN MX 10 camera.example.
          equals.example   IN MX 10 first.example.
          better.example   IN MX 10 camera.example.
          better.example   IN MX 20 first.example.
          worse.example    IN MX 5 open.example.
          worse.example    IN MX 10 first.example.
          worse.example    IN MX 20 camera.example.
          open.example     IN A 192.0.2.77
          camera.example   IN A 192.168.1.10
          path.example     IN MX 10 /run/x.
          circle.example   IN CNAME circle2.example.
          circle2.example  IN CNAME circle.example.
          """);

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
    try (ScriptedServer first = ScriptedServer.playingAt("127.0.0.2", 0, takes(domain, "first"));
        ScriptedServer second =
            ScriptedServer.playingAt("127.0.0.3", first.port(), takes(domain, "second"))) {
      assertThat(mta.carry(first.port(), to(domain)))
          .contains("delivered")
          .endsWith("250 " + server);
      assertThat(second.messages().size() + first.messages().size()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CLOSE",
        "S: 421 busy",
        "S: 554 go away",
        IN_CLEAR + "C: MAIL FROM:<ann@example.org>\nS: 451 later",
        IN_CLEAR + "C: MAIL FROM:<ann@example.org>\nCLOSE",
      })
  void goesToTheNextServerWhenTheBestIsOfNoUse(String fault) throws Exception {
    try (ScriptedServer first = ScriptedServer.playingAt("127.0.0.2", 0, fault);
        ScriptedServer second =
            ScriptedServer.playingAt("127.0.0.3", first.port(), takes("two.example", "second"))) {
      assertThat(mta.carry(first.port(), to("two.example"))).endsWith("250 second");
      second.assertPlayed();
    }
  }

  /// Nobody here named that server, so nobody here can change its mind.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "S: 554 5.7.0 go away",
        IN_CLEAR + "C: MAIL FROM:<ann@example.org>\nS: 530 5.7.0 go away",
      })
  void sendsTheMailBackWhereTheServersOfADomainWantNothing(String refusal) throws Exception {
    try (ScriptedServer server = ScriptedServer.playingAt("127.0.0.3", 0, refusal)) {
      assertThat(mta.carry(server.port(), to("implicit.example"))).contains("failed 5.7.0");
    }
  }

  @Test
  void setsOutFromTheAddressThatTheOperatorWants() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playingAt("127.0.0.2", 0, takes("two.example", "first"))) {
      mta.from("127.0.0.9", "[::1]").carry(server.port(), to("two.example"));
      assertThat(server.clients()).containsExactly("127.0.0.9");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> mta.from("127.0.0.9", "127.0.0.8"))
          .withMessageContaining("at most one IPv4");
      // An address of the documentation is none of ours.
      assertThat(mta.from("192.0.2.1").carry(server.port(), to("implicit.example")))
          .contains("deferred 4.4.1");
      try (SmtpCarrier carrier = mta.carrier(server.port(), mta.memories())) {
        assertThat(carrier.carry(to("implicit.example").load()).values()).noneMatch(Answer::tried);
      }
    }
  }

  /// Else one sender whom the best server defers would make the whole domain one that nobody can
  /// reach.
  @Test
  void whatAServerSaidCountsThoughTheNextIsNotThere() throws Exception {
    try (ScriptedServer first =
        ScriptedServer.playingAt(
            "127.0.0.2",
            0,
            IN_CLEAR + "C: MAIL FROM:<ann@example.org>\nS: 451 4.7.1 Too much of you")) {
      assertThat(mta.carry(first.port(), to("two.example")))
          .isEqualTo("bob@two.example: deferred 4.7.1 (first.example) 451 4.7.1 Too much of you");
    }
  }

  @Test
  void takesTheWordOfAServerThatKnowsTheRecipient() throws Exception {
    try (ScriptedServer first =
            ScriptedServer.playingAt(
                "127.0.0.2",
                0,
                IN_CLEAR
                    + """
                    C: MAIL FROM:<ann@example.org>
                    S: 250 ok
                    C: RCPT TO:<bob@two.example>
                    S: 450 4.2.0 Greylisted
                    C: RSET
                    S: 250 ok
                    QUIT
                    """);
        ScriptedServer second = ScriptedServer.playingAt("127.0.0.3", first.port(), "CLOSE")) {
      assertThat(mta.carry(first.port(), to("two.example")))
          .isEqualTo("bob@two.example: deferred 4.2.0 (first.example) 450 4.2.0 Greylisted");
      first.assertPlayed();
      assertThat(second.messages()).isEmpty();
    }
  }

  @Test
  void doesNotTrySomebodyElseWhenTheFirstMayHaveTheMail() throws Exception {
    String taken = takes("two.example", "first").replace("S: 250 first", "CLOSE");
    try (ScriptedServer first = ScriptedServer.playingAt("127.0.0.2", 0, taken);
        ScriptedServer second =
            ScriptedServer.playingAt("127.0.0.3", first.port(), takes("two.example", "second"))) {
      assertThat(mta.carry(first.port(), to("two.example")))
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
        "path.example | failed 5.4.4 (-) The mail server /run/x does not exist",
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
      assertThat(mta.carry(unused.port(), to(domain))).startsWith("bob@" + domain + ": " + answer);
    }
  }

  @Test
  void doesNotGoInsideWhateverTheDnsSays() throws IOException {
    mta.cautious();
    assertThat(mta.carry(25, to("two.example"))).startsWith("bob@two.example: failed 5.4.6");
    assertThat(mta.carry(25, to("inside.example"))).startsWith("bob@inside.example: failed 5.4.6");
    assertThat(mta.carry(25, to("[10.0.0.1]")))
        .isEqualTo(
            "bob@[10.0.0.1]: failed 5.4.4 (-) The mail server [10.0.0.1] has only addresses inside"
                + " a private network");
  }

  /// RFC 5321 §5.1: a server that is ourselves is left out with its equals, whatever their order.
  @Test
  void doesNotTryTheEqualsOfAServerThatIsOurselvesByItsAddress() throws IOException {
    mta.cautious();
    for (int i = 0; i < 20; i++) {
      assertThat(mta.carry(25, to("equals.example")))
          .startsWith(
              "bob@equals.example: failed 5.4.6 (-) The best mail server of equals.example");
    }
    assertThat(mta.carry(25, to("better.example")))
        .startsWith("bob@better.example: failed 5.4.4 (-) The mail server camera.example");
    try (SmtpCarrier carrier = mta.carrier(25, mta.memories())) {
      assertThat(carrier.itinerary(Optional.empty(), Domain.of("equals.example")).stops())
          .as("what an operator is told of it")
          .allMatch(stop -> stop.problem().isPresent())
          .anyMatch(stop ->
              stop.host().equals("camera.example")
                  && stop.problem().orElse("").startsWith("left out"));
      assertThat(carrier.itinerary(Optional.empty(), Domain.of("worse.example")).stops())
          .extracting(stop -> stop.host() + " " + stop.problem().isEmpty())
          .containsExactly("open.example true", "first.example false", "camera.example false");
    }
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
      mta.asking("127.0.0.1:" + silent.getLocalPort());

      assertThat(mta.carry(25, to("null.example"))).startsWith("bob@null.example: failed 5.1.10");
    }
  }

  @Test
  void followsStaticRoutesBeforeTheDns() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playingAt("127.0.0.5", 0, takes("null.example", "routed"))) {
      mta.cautious().staticRoute("Null.example", "127.0.0.5:" + server.port());
      assertThat(mta.carry(25, to("null.example"))).endsWith("250 routed");
    }
  }

  @Test
  void refusesSettingsThatMakeNoSense() {
    for (String route : List.of("host:0", "host:99999", "a b:25", "::1", "")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> mta.staticRoute("x.example", route).config(25))
          .withMessageContaining("static-routes");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> mta.asking("dns.example"))
        .withMessageContaining("servers");
    assertThat(new OutboundConfig.Login("ann", "secret").toString()).doesNotContain("secret");
  }

  private static OutgoingMail to(String domain) {
    return OutgoingMail.to("bob@" + domain);
  }

  private static String takes(String domain, String answer) {
    return IN_CLEAR + "MAIL bob@%s\nDATA\nS: 250 %s\n".formatted(domain, answer);
  }
}
