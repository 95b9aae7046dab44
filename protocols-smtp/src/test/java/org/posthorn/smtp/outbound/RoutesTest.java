package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.posthorn.smtp.outbound.OutgoingMail.MESSAGE;
import static org.posthorn.smtp.outbound.ScriptedServer.IN_CLEAR;

import java.io.IOException;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Carrier.Answer;
import org.posthorn.storage.queue.Wishes;

/// Which way the configuration sends mail, and how it is spoken to there.
final class RoutesTest {
  private static final OutgoingMail TO_THREE =
      OutgoingMail.to("a@example.net", "b@example.net", "c@example.net");

  @AutoClose private final SendingMta mta = SendingMta.in("").cautious();

  @ParameterizedTest
  @CsvSource({
    "ann@example.org, example.net, outbound.routes[0] (recipients example.net)",
    "ann@example.org, EXAMPLE.NET, outbound.routes[0] (recipients example.net)",
    "ann@example.org, a.example.net, outbound.routes[1] (recipients *.example.net)",
    "ann@example.org, b.a.example.net, outbound.routes[1] (recipients *.example.net)",
    "ann@example.org, badexample.net, no route fits",
    "ann@example.org, bücher.example, outbound.routes[2] (recipients xn--bcher-kva.example)",
    "news@example.org, x.example, outbound.routes[3] (senders news@example.org)",
    "bob@lists.example.org, x.example, outbound.routes[4] (senders *.example.org)",
    "'', x.example, outbound.routes[5] (senders <>)",
    "bob@only.example, both.example, outbound.routes[6] (recipients both.example; senders only.example)",
    "bob@other.example, both.example, no route fits",
    "bob@other.example, static.example, outbound.static-routes.static.example",
  })
  void theFirstThatFitsCounts(String sender, String domain, String rule) {
    mta.staticRoute("static.example", "127.0.0.1:25")
        .routes(
            to("127.0.0.1:1", List.of("example.net"), List.of()),
            to("127.0.0.1:2", List.of("*.example.net"), List.of()),
            to("127.0.0.1:3", List.of("xn--bcher-kva.example"), List.of()),
            to("mx", List.of(), List.of("news@example.org")),
            to("127.0.0.1:4", List.of(), List.of("*.example.org")),
            to("127.0.0.1:5", List.of(), List.of("<>")),
            to("refuse", List.of("both.example"), List.of("only.example")));

    assertThat(rule(new Routes(mta.config(25), SendingMta.NAME), sender, domain)).isEqualTo(rule);
  }

  /// They are found by the domain, wherever they stand.
  @Test
  void amongManyTheFirstThatFitsCounts() {
    List<OutboundRoute> many = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      many.add(to("127.0.0.1:1", List.of("x%d.example".formatted(i)), List.of("only.example")));
      many.add(to("127.0.0.1:2", List.of("y.example", "*.x%d.example".formatted(i)), List.of()));
      many.add(to("127.0.0.1:3", List.of("x%d.example".formatted(i)), List.of()));
    }
    many.add(300, to("127.0.0.1:4", List.of("*"), List.of("all@only.example")));
    mta.routes(many.toArray(OutboundRoute[]::new));
    var routes = new Routes(mta.config(25), SendingMta.NAME);

    assertThat(rule(routes, "a@only.example", "x7.example")).startsWith("outbound.routes[21] ");
    assertThat(rule(routes, "a@other.example", "x7.example")).startsWith("outbound.routes[23] ");
    assertThat(rule(routes, "a@only.example", "c.b.x7.example")).startsWith("outbound.routes[22] ");
    assertThat(rule(routes, "all@only.example", "x200.example"))
        .startsWith("outbound.routes[300] ");
    assertThat(rule(routes, "all@only.example", "x7.example")).startsWith("outbound.routes[21] ");
    assertThat(rule(routes, "a@only.example", "x200.example")).startsWith("outbound.routes[601] ");
    assertThat(rule(routes, "a@only.example", "y.example")).startsWith("outbound.routes[1] ");
    assertThat(rule(routes, "a@only.example", "x300.example")).isEqualTo("no route fits");
  }

  @Test
  void aRouteToAnIpv6AddressIsNamedAsItIsWritten() {
    mta.routes(to("[::1]:2525", List.of("x.example"), List.of()));
    Course course =
        new Routes(mta.config(25), SendingMta.NAME).of(Optional.empty(), Domain.of("x.example"));
    assertThat(course.destination(Domain.of("x.example"))).isEqualTo("[::1]:2525");
  }

  /// What one of them is refused says nothing of the others.
  @Test
  void aHostIsComeToInAnotherWayByEachRouteThatSpeaksOtherwise() throws IOException {
    Optional<String> named = Optional.of("other.example");
    mta.routes(
        spoken("a.example", Optional.of(Smarthost.Tls.STARTTLS), Optional.empty(), List.of()),
        spoken("b.example", Optional.of(Smarthost.Tls.OPPORTUNISTIC), Optional.empty(), List.of()),
        spoken("c.example", Optional.of(Smarthost.Tls.STARTTLS), named, List.of()),
        spoken("d.example", Optional.of(Smarthost.Tls.STARTTLS), named, List.of("127.0.0.7")),
        spoken("e.example", Optional.of(Smarthost.Tls.STARTTLS), Optional.empty(), List.of()));
    try (SmtpCarrier carrier = mta.carrier(25, mta.memories())) {
      var doors =
          Stream.of("a", "b", "c", "d", "e")
              .map(name -> carrier.way(Optional.empty(), Domain.of(name + ".example")).door())
              .toList();
      assertThat(doors.subList(0, 4)).doesNotHaveDuplicates();
      assertThat(doors.getLast()).isEqualTo(doors.getFirst());
    }
  }

  private static OutboundRoute spoken(
      String recipients,
      Optional<Smarthost.Tls> tls,
      Optional<String> helloName,
      List<String> sources) {
    return new OutboundRoute(
        List.of(recipients),
        List.of(),
        "127.0.0.1:25",
        tls,
        Optional.empty(),
        Optional.empty(),
        helloName,
        sources,
        OutboundRoute.Limits.defaults(),
        false);
  }

  private static String rule(Routes routes, String sender, String domain) {
    return routes.of(MailAddress.parse(sender), Domain.of(domain)).rule();
  }

  /// In the DNS, in EHLO and in certificates names are in A-labels (RFC 5890 §2.3.2.1), in small
  /// letters and without the last dot.
  @ParameterizedTest
  @ValueSource(strings = {"mx.b\u00FCcher.example", "MX.xn--Bcher-kva.example."})
  void namesInTheConfigurationMayBeWrittenAsPeopleDo(String name) throws Exception {
    String spoken = "mx.xn--bcher-kva.example";
    try (SendingMta world = SendingMta.in(spoken + " IN A 127.0.0.5\n");
        ScriptedServer server =
            ScriptedServer.playingAt(
                    SendingMta.MX_ADDRESS,
                    0,
                    """
                    S: 220 mx
                    C: EHLO %1$s
                    S: 250-mx
                    S: 250 STARTTLS
                    STARTTLS
                    C: EHLO %1$s
                    S: 250 mx
                    MAIL bob@example.net
                    DATA
                    S: 250 taken
                    QUIT
                    """
                        .formatted(spoken))
                .certified(world.authority.server(spoken).tls())) {
      OutboundRoute usual = OutboundRoute.defaults();
      world.routes(
          new OutboundRoute(
              List.of("example.net"),
              List.of(),
              name + ":" + server.port(),
              Optional.of(Smarthost.Tls.STARTTLS),
              Optional.empty(),
              Optional.empty(),
              Optional.of(name),
              List.of(),
              usual.limits(),
              false));
      assertThat(world.send(server, OutgoingMail.to("bob@example.net")))
          .endsWith("delivered (" + spoken + ") 250 taken");
    }
    assertThat(new OwnHosts(List.of(name), /* privateAllowed= */ false).isOurs(spoken)).isTrue();
  }

  /// Such as by DHCP, after the start.
  @Test
  void anAddressThatThisMachineGetsLaterIsItsOwn() throws Exception {
    InetAddress later = InetAddress.ofLiteral("192.0.2.7");
    var interfaces = new HashSet<InetAddress>();
    var nanos = new AtomicLong(Long.MAX_VALUE - 5);
    var asked = new AtomicInteger();
    var own =
        new OwnHosts(
            List.of(),
            /* privateAllowed= */ false,
            () -> {
              asked.incrementAndGet();
              return Optional.of(Set.copyOf(interfaces));
            },
            nanos::get);
    assertThat(own.isOurs(later)).isFalse();
    interfaces.add(later);
    nanos.addAndGet(Duration.ofSeconds(61).toNanos());
    assertThat(own.isOurs(later)).isTrue();
    for (int i = 0; i < 100; i++) {
      assertThat(own.isOurs(later)).isTrue();
    }
    assertThat(asked).hasValueLessThanOrEqualTo(3);
  }

  @Test
  void aRouteHasItsOwnNameAddressAndNumberOfRecipientsAndMails() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.playing(
            """
            S: 220 mx
            C: EHLO news.example
            S: 250 mx
            MAIL a@example.net b@example.net
            DATA
            S: 250 one
            QUIT
            """,
            """
            S: 220 mx
            C: EHLO news.example
            S: 250 mx
            MAIL c@example.net
            DATA
            S: 250 two
            QUIT
            """)) {
      OutboundRoute route =
          new OutboundRoute(
              List.of(),
              List.of("example.org"),
              "127.0.0.1:" + server.port(),
              Optional.of(Smarthost.Tls.NONE),
              Optional.empty(),
              Optional.empty(),
              Optional.of("news.example"),
              List.of("127.0.0.9"),
              new OutboundRoute.Limits(
                  Optional.of(1),
                  Optional.empty(),
                  Duration.ofMinutes(1),
                  Duration.ZERO,
                  2,
                  Optional.of(1)),
              false);
      assertThat(mta.routes(route).send(server, TO_THREE))
          .contains("a@example.net: delivered (127.0.0.1) 250 one")
          .contains("c@example.net: delivered (127.0.0.1) 250 two");
      assertThat(server.clients())
          .as("one mail for each connection, be it in parts")
          .containsExactly("127.0.0.9", "127.0.0.9");
    }
  }

  /// RFC 6758 §3.
  @Test
  void thePriorityGoesInTheHeaderToATrustedServerThatDoesNotKnowIt() throws Exception {
    for (boolean tunnels : List.of(true, false)) {
      try (ScriptedServer server =
          ScriptedServer.playing(IN_CLEAR + "MAIL a@example.net\nDATA\nS: 250 one\nQUIT\n")) {
        OutboundRoute usual = to("127.0.0.1:" + server.port(), List.of("example.net"), List.of());
        var route =
            new OutboundRoute(
                usual.recipients(),
                usual.senders(),
                usual.to(),
                Optional.of(Smarthost.Tls.NONE),
                usual.credentials(),
                usual.reason(),
                usual.helloName(),
                usual.sourceAddresses(),
                usual.limits(),
                tunnels);
        assertThat(
                mta.routes(route)
                    .send(
                        server,
                        OutgoingMail.to("a@example.net")
                            .saying("MT-Priority: 4\r\n" + MESSAGE)
                            .wishing(
                                new Wishes(
                                    Wishes.Tls.USUAL, 3, Optional.empty(), Optional.empty()))))
            .contains("delivered");
        assertThat(server.messages().getFirst())
            .startsWith("MT-Priority: " + (tunnels ? 3 : 4) + "\r\n" + MESSAGE.substring(0, 9));
      }
    }
  }

  @Test
  void whatIsRefusedGoesBackWithoutAskingAnybody() throws IOException {
    OutboundRoute route =
        new OutboundRoute(
            List.of("example.net"),
            List.of(),
            "refuse",
            Optional.empty(),
            Optional.empty(),
            Optional.of("That firm is closed"),
            Optional.empty(),
            List.of(),
            OutboundRoute.Limits.defaults(),
            false);
    assertThat(mta.routes(route).carry(25, OutgoingMail.to("a@example.net")))
        .isEqualTo("a@example.net: failed 5.7.1 (-) That firm is closed");
    try (SmtpCarrier carrier = mta.carrier(25, mta.memories())) {
      assertThat(carrier.carry(OutgoingMail.to("a@example.net").load()).values())
          .noneMatch(Answer::tried);
    }
  }

  private static final String LMTP =
      """
      S: 220 store LMTP
      C: LHLO client.example
      S: 250-store
      S: 250 PIPELINING
      C: MAIL FROM:<ann@example.org>
      C: RCPT TO:<a@example.net>
      C: RCPT TO:<b@example.net>
      C: RCPT TO:<c@example.net>
      S: 250 ok
      S: 250 ok
      S: 550 5.1.1 nobody
      S: 250 ok
      C: DATA
      S: 354 go
      DATA
      S: 250 2.0.0 kept
      S: 452 4.2.2 full
      """;

  @Test
  void eachRecipientHasAnAnswerOfItsOwnByLmtp() throws Exception {
    try (ScriptedServer server = ScriptedServer.playing(LMTP + "QUIT")) {
      assertThat(byLmtp("lmtp:127.0.0.1:" + server.port()))
          .isEqualTo(
              """
              a@example.net: delivered (127.0.0.1) 250 2.0.0 kept +stored
              b@example.net: failed 5.1.1 (127.0.0.1) 550 5.1.1 nobody
              c@example.net: deferred 4.2.2 (127.0.0.1) 452 4.2.2 full\
              """);
      server.assertPlayed();
    }
  }

  /// It keeps no queue, so what it takes is there in time (RFC 2033 §1).
  @Test
  void whatMustBeInTimeGoesToAStoreThatDeliversThereAndThen() throws Exception {
    var deadline =
        new Wishes.DeliverBy(Instant.now().plusSeconds(600), /* returned= */ true, false);
    var inTime = new Wishes(Wishes.Tls.USUAL, 0, Optional.empty(), Optional.of(deadline));
    try (ScriptedServer server = ScriptedServer.playing(LMTP + "QUIT")) {
      mta.routes(to("lmtp:127.0.0.1:" + server.port(), List.of("example.net"), List.of()));
      assertThat(mta.send(server, TO_THREE.wishing(inTime)))
          .startsWith("a@example.net: delivered (127.0.0.1) 250 2.0.0 kept");
    }
    try (ScriptedServer server = ScriptedServer.playing(ScriptedServer.IN_CLEAR + "QUIT")) {
      mta.routes(to("127.0.0.1:" + server.port(), List.of("example.net"), List.of()));
      assertThat(mta.send(server, TO_THREE.wishing(inTime)))
          .startsWith("a@example.net: failed 5.3.3 (127.0.0.1) 127.0.0.1 does not know DELIVERBY");
    }
  }

  @Test
  void whoHasNoAnswerWhenTheLineBreaksIsTriedAgainByLmtp() throws Exception {
    String broken = LMTP.replace("S: 452 4.2.2 full\n", "CLOSE\n");
    try (ScriptedServer server = ScriptedServer.playing(broken)) {
      assertThat(byLmtp("lmtp:127.0.0.1:" + server.port()))
          .contains("a@example.net: delivered (127.0.0.1) 250 2.0.0 kept")
          .contains("c@example.net: deferred 4.4.2 (127.0.0.1) Lost the connection");
    }
  }

  /// What was kept would be kept twice, were its answer not heard.
  @Test
  void hearsAllAnswersByLmtpThoughOneSaysThatTheServerCloses() throws Exception {
    String closing =
        LMTP.replace(
            "S: 250 2.0.0 kept\nS: 452 4.2.2 full", "S: 421 4.3.2 busy\nS: 250 2.0.0 kept");
    try (ScriptedServer server = ScriptedServer.playing(closing)) {
      assertThat(byLmtp("lmtp:127.0.0.1:" + server.port()))
          .contains("a@example.net: deferred 4.3.2 (127.0.0.1) 421 4.3.2 busy")
          .contains("c@example.net: delivered (127.0.0.1) 250 2.0.0 kept");
    }
  }

  /// The first answer may be the go-ahead once more: then the next one is that of the one before.
  @Test
  void takesNoAnswerForThatToAnotherByLmtp() throws Exception {
    String twice = LMTP.replace("S: 250 2.0.0 kept", "S: 354 go\nS: 250 2.0.0 kept");
    try (ScriptedServer server = ScriptedServer.playing(twice)) {
      assertThat(byLmtp("lmtp:127.0.0.1:" + server.port()))
          .contains("a@example.net: deferred 4.5.0")
          .contains("c@example.net: deferred 4.5.0");
    }
  }

  /// The operator wants no TLS there; the sender goes before.
  @Test
  void mailThatRequiresTlsGoesUnderTlsAlsoOverARouteWithout() throws Exception {
    String name = "smart.example";
    try (SendingMta world = SendingMta.in(name + " IN A 127.0.0.5\n");
        ScriptedServer server =
            ScriptedServer.playingAt(
                    SendingMta.MX_ADDRESS,
                    0,
                    ScriptedServer.SHAKING_HANDS
                        + """
                        EHLO REQUIRETLS
                        MAIL REQUIRETLS bob@example.net
                        DATA
                        S: 250 taken
                        QUIT
                        """)
                .certified(world.authority.server(name).tls())) {
      OutgoingMail mail =
          OutgoingMail.to("bob@example.net")
              .wishing(Wishes.Tls.REQUIRED)
              .through(new Smarthost(name, server.port(), Smarthost.Tls.NONE, Optional.empty()));
      assertThat(world.send(server, mail)).endsWith("delivered (smart.example) 250 taken");
    }
  }

  @Test
  void speaksLmtpOverASocketOfThisMachine(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("lmtp");
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(file));
      Thread.ofVirtual().start(() -> answer(listener));
      assertThat(byLmtp("lmtp:" + file)).contains("a@example.net: delivered (localhost) 250 1");
      assertThat(byLmtp("lmtp:" + file)).contains("a@example.net: deferred 4.4.2");
    }
    assertThat(byLmtp("lmtp:" + file)).contains("a@example.net: deferred 4.4.1");
  }

  /// Takes one mail whatever is said, and is silent for ever to the next who comes.
  private static void answer(ServerSocketChannel listener) {
    try (SocketChannel first = listener.accept()) {
      var in = Channels.newInputStream(first);
      var out = Channels.newOutputStream(first);
      String replies =
          "220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 1\r\n250 2\r\n250 3\r\n221 x\r\n";
      out.write(replies.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      in.readAllBytes();
      listener.accept();
    } catch (IOException _) {
      // The test is over.
    }
  }

  private String byLmtp(String to) throws IOException {
    return mta.impatient().routes(to(to, List.of("example.net"), List.of())).carry(25, TO_THREE);
  }

  @Test
  void saysWhatIsWrongWithARoute() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> to("ftp:x", List.of(), List.of()))
        .withMessageContaining("mx, refuse, host:port");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> to("mx", List.of("a b"), List.of()))
        .withMessageContaining("*.example.org");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> to("mx", List.of(), List.of("@")))
        .withMessageContaining("senders must be addresses");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            mta.routes(to("mx", List.of(), List.of()), to("mx", List.of("x.example"), List.of()))
                .config(25))
        .withMessageContaining("routes[0] fits all mail");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            mta.routes(
                    new OutboundRoute(
                        List.of(),
                        List.of(),
                        "h.example",
                        Optional.empty(),
                        Optional.of("relais"),
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        OutboundRoute.Limits.defaults(),
                        false))
                .config(25))
        .withMessageContaining("there are no outbound.credentials 'relais'; there are relay");
  }

  @Test
  void aLoginMeansTlsUnlessTheOperatorSaysOtherwise() {
    assertThat(IntStream.of(587, 465, 25).mapToObj(port -> tls("h.example:" + port, true)))
        .containsExactly(Smarthost.Tls.STARTTLS, Smarthost.Tls.IMPLICIT, Smarthost.Tls.STARTTLS);
    assertThat(tls("h.example", false)).isEqualTo(Smarthost.Tls.OPPORTUNISTIC);
  }

  private static Smarthost.Tls tls(String to, boolean login) {
    NextHop hop =
        NextHop.parse(
            to, Optional.empty(), Optional.of("relay").filter(_ -> login), Optional.empty());
    return ((NextHop.Host) hop).tls();
  }

  private static OutboundRoute to(String to, List<String> recipients, List<String> senders) {
    return new OutboundRoute(
        recipients,
        senders,
        to,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        OutboundRoute.Limits.defaults(),
        false);
  }
}
