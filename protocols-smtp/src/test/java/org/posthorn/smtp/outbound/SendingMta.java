package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.posthorn.mailet.DnsServer;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.Domain;
import org.posthorn.message.report.KnownRefusal;
import org.posthorn.message.report.RecipientReport;
import org.posthorn.smtp.outbound.OutboundConfig.Connections;
import org.posthorn.smtp.outbound.OutboundConfig.Identity;
import org.posthorn.smtp.outbound.OutboundConfig.Resolvers;
import org.posthorn.smtp.outbound.OutboundConfig.Timeouts;
import org.posthorn.smtp.outbound.OutboundConfig.Trust;
import org.posthorn.spool.Carrier.Answer;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.remember.Memories;
import org.xbill.DNS.Message;

/// Our side of outgoing mail: a whole [SmtpCarrier], and what it finds in the world beside the
/// [ScriptedServer] that it sends to: a DNS, an authority that it trusts, policies of domains. All
/// of it is real, on loopback, and as usual but for what a test says:
///
/// ```java
/// @AutoClose private final SendingMta mta = SendingMta.in("mx.example IN A 127.0.0.5");
/// …
/// assertThat(mta.send(OutgoingMail.to("bob@mx.example"), "S: 220 mx\nEHLO\nMAIL bob@mx.example\nCLOSE"))
///     .startsWith("bob@mx.example: deferred 4.4.2");
/// ```
final class SendingMta implements AutoCloseable {
  static final String NAME = "client.example";

  /// Where the mail server of a zone is.
  static final String MX_ADDRESS = "127.0.0.5";

  private static final int NO_PORT = 1;

  /// What was noted of a connection (RFC 8460).
  record Session(Domain domain, TlsOutcomes.Policy policy, Optional<TlsOutcomes.Failure> failure) {}

  final Authority authority = new Authority();

  private final TlsClient tls =
      new TlsClient(Optional.of(authority.pem().getBytes(StandardCharsets.US_ASCII)));
  private final List<Session> sessions = new CopyOnWriteArrayList<>();
  private final boolean asksDns;
  private final DnsServer dns;
  private String zone;
  private Optional<PolicyServer> web = Optional.empty();
  private Optional<InMemoryEngine> memory = Optional.empty();
  private Instant now = Instant.now();

  private Identity identity = new Identity(Optional.of(NAME), List.of(), List.of());
  private Resolvers resolvers;
  private Timeouts timeouts = waiting(Duration.ofSeconds(60));
  private Connections connections = new Connections(Duration.ZERO, 10);
  private Trust trust = Trust.defaults();
  private boolean reachesInside;
  private List<OutboundRoute> routes = List.of();
  private Map<String, String> staticRoutes = Map.of();

  private SendingMta(boolean asksDns, String zone) {
    this.asksDns = asksDns;
    this.zone = zone;
    reachesInside = asksDns;
    try {
      dns = DnsServer.with(zone);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    resolvers = new Resolvers(List.of(dns.address()), Duration.ofSeconds(3));
  }

  /// All mail goes to one server, whatever its domain.
  static SendingMta direct() {
    return new SendingMta(false, "");
  }

  /// Mail goes where the DNS says (RFC 1035 §5). `PORT` in the zone is that of the mail servers.
  static SendingMta in(String zone) {
    return new SendingMta(true, zone);
  }

  /// From now on the DNS knows this, and nothing else.
  SendingMta zone(String other) throws IOException {
    zone = other;
    dns.become(zone);
    return this;
  }

  SendingMta signing(Consumer<Message> by) {
    dns.signing(by);
    return this;
  }

  /// Asks other DNS servers before its own.
  SendingMta asking(String... first) {
    List<String> all = new ArrayList<>(List.of(first));
    all.add(dns.address());
    resolvers = new Resolvers(all, Duration.ofSeconds(10));
    return this;
  }

  /// From now on a web server publishes the policy, with a certificate of the authority.
  SendingMta publishing(String host, String policy) {
    return publishing(authority.server(host), policy);
  }

  SendingMta publishing(Authority.Server certified, String policy) {
    web.ifPresent(PolicyServer::close);
    web = Optional.of(new PolicyServer(certified.tls()).publishing(policy));
    return this;
  }

  PolicyServer web() {
    return web.orElseThrow();
  }

  /// Keeps in mind what it heard, from one start to the next.
  SendingMta remembering() {
    memory = Optional.of(new InMemoryEngine());
    return this;
  }

  Memories memories() {
    return new Memories(memory.orElseGet(InMemoryEngine::new), this::now);
  }

  Instant now() {
    return now;
  }

  void later(Duration by) {
    now = now.plus(by);
  }

  /// Two seconds for everything.
  SendingMta impatient() {
    timeouts = waiting(Duration.ofSeconds(2));
    return this;
  }

  private static Timeouts waiting(Duration each) {
    return new Timeouts(each, each, each, each, each, Duration.ofSeconds(30));
  }

  /// Closes every connection after so long.
  SendingMta hurrying(Duration connection) {
    timeouts =
        new Timeouts(
            timeouts.connect(),
            timeouts.command(),
            timeouts.dataStart(),
            timeouts.dataBlock(),
            timeouts.dataEnd(),
            connection);
    return this;
  }

  SendingMta keepingConnections(Duration idle) {
    connections = new Connections(idle, connections.mails());
    return this;
  }

  SendingMta trusting(Trust other) {
    trust = other;
    return this;
  }

  /// Takes any certificate of a smarthost.
  SendingMta credulous() {
    return trusting(
        new Trust(
            trust.mtaSts(), trust.dnssec(), trust.trustAnchors(), trust.authoritiesFile(), false));
  }

  SendingMta from(String... addresses) {
    identity = new Identity(identity.helloName(), identity.ownNames(), List.of(addresses));
    return this;
  }

  /// Does not go to addresses of private networks that the DNS names.
  SendingMta cautious() {
    reachesInside = false;
    return this;
  }

  SendingMta routes(OutboundRoute... all) {
    routes = List.of(all);
    return this;
  }

  SendingMta staticRoute(String domain, String host) {
    staticRoutes = Map.of(domain, host);
    return this;
  }

  DnsClient dnsClient() {
    return SmtpCarrier.dns(config(NO_PORT));
  }

  TlsClient tls() {
    return tls;
  }

  /// `port`: that of the mail servers.
  OutboundConfig config(int port) {
    return new OutboundConfig(
        identity,
        port,
        resolvers,
        timeouts,
        connections,
        Map.of("relay", new OutboundConfig.Login("ann", "secret")),
        trust,
        reachesInside,
        routes,
        asksDns ? staticRoutes : Map.of("*", "127.0.0.1:" + port));
  }

  /// Sends it to a server that plays `scripts`, each to its end: what came of it, with a line for
  /// each recipient as `bob@example.net: failed 5.1.1 (mx.example.net) 550 …`.
  String send(OutgoingMail mail, String... scripts) throws Exception {
    try (ScriptedServer server = remote(scripts)) {
      return send(server, mail);
    }
  }

  String send(OutgoingMail mail, Authority.Server certified, String... scripts) throws Exception {
    try (ScriptedServer server = remote(scripts).certified(certified.tls())) {
      return send(server, mail);
    }
  }

  /// Sends one after the other.
  String send(ScriptedServer server, OutgoingMail... mails) throws Exception {
    String answers = carry(server.port(), mails);
    server.assertPlayed();
    return answers;
  }

  private ScriptedServer remote(String... scripts) throws IOException {
    return asksDns
        ? ScriptedServer.playingAt(MX_ADDRESS, 0, scripts)
        : ScriptedServer.playing(scripts);
  }

  /// The same, whatever the server is and does.
  String carry(int port, OutgoingMail... mails) throws IOException {
    Memories memories = memories();
    try (SmtpCarrier carrier = carrier(port, memories)) {
      return Arrays.stream(mails)
          .map(mail -> answers(mail, carrier.carry(mail.load())))
          .collect(Collectors.joining("\n"));
    } finally {
      memories.write();
    }
  }

  SmtpCarrier carrier(int port, Memories memories) throws IOException {
    dns.become(zone.replace("PORT", Integer.toString(port)));
    OutboundConfig config = config(port);
    int policyPort = web.map(PolicyServer::port).orElse(NO_PORT);
    return new SmtpCarrier(
        config,
        NAME,
        SmtpCarrier.dns(config),
        tls,
        Optional.of(new SmtpCarrier.Kept(memories, this::now, policyPort)),
        (domain, policy, failure) -> sessions.add(new Session(domain, policy, failure)));
  }

  private static String answers(OutgoingMail mail, Map<Recipient, Answer> answers) {
    return mail.recipients().stream()
        .map(recipient -> recipient.address() + ": " + text(answers, recipient))
        .collect(Collectors.joining("\n"));
  }

  private static String text(Map<Recipient, Answer> answers, Recipient recipient) {
    return switch (answers.get(recipient)) {
      case Answer.Delivered(var remote, var text, var passedOn, var _, var _, var stored) ->
          "delivered ("
              + remote
              + ") "
              + text
              + (passedOn ? " +dsn" : "")
              + (stored ? " +stored" : "");
      case Answer.Deferred(var status, var remote, var text, var _, var _) ->
          "deferred " + explained(status, remote, text);
      case Answer.Failed(var status, var remote, var text, var _, var _) ->
          "failed " + explained(status, remote, text);
      case null -> "no answer";
    };
  }

  /// Whatever we say in our own words, an operator is told what it means and what to do. That
  /// nobody could be connected to says so itself, and of a silent DNS its status is known; why mail
  /// is refused by a route an operator wrote down.
  private static String explained(String status, Optional<String> remote, String text) {
    String answer = status + " " + text;
    boolean isPlain =
        RecipientReport.isReply(text)
            || (remote.isEmpty()
                && (List.of("4.4.3", "5.7.1").contains(status)
                    || text.startsWith("Could not connect to ")));
    if (!isPlain && KnownRefusal.ofOurs(answer).or(() -> KnownRefusal.in(answer)).isEmpty()) {
      throw new AssertionError("What does this mean, and what is to be done? " + answer);
    }
    return status + " (" + remote.orElse("-") + ") " + text;
  }

  /// What was noted of all connections so far.
  List<Session> sessions() {
    return List.copyOf(sessions);
  }

  @Override
  public void close() {
    web.ifPresent(PolicyServer::close);
    dns.close();
  }
}
