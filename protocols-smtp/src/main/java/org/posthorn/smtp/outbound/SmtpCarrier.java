package org.posthorn.smtp.outbound;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Carrier;
import org.posthorn.storage.remember.Memories;
import org.xbill.DNS.Resolver;

/// Takes mail to other servers by SMTP. Safe for use by many threads.
public final class SmtpCarrier implements Carrier, AutoCloseable {
  private final OutboundConfig config;
  private final String helloName;
  private final TlsClient tls;
  private final MxLookup lookup;
  private final Policies policies;
  private volatile Ways ways;
  private final IdleConnections idle;
  private final TlsOutcomes outcomes;

  /// Where policies of others are kept, and the port where they are published.
  record Kept(Memories memories, InstantSource clock, int policyPort) {}

  /// `hostname` is the server's own name. Without a memory no domain has a policy.
  SmtpCarrier(
      OutboundConfig config,
      String hostname,
      DnsClient dns,
      TlsClient tls,
      Optional<Kept> kept,
      TlsOutcomes outcomes) {
    this.config = config;
    this.tls = tls;
    this.outcomes = outcomes;
    helloName = config.identity().helloName().orElse(hostname);
    List<String> ownNames = new ArrayList<>(config.identity().ownNames());
    ownNames.add(hostname);
    ownNames.add(helloName);
    OwnHosts ownHosts = new OwnHosts(ownNames, config.allowPrivateDestinations());
    lookup = new MxLookup(dns, ownHosts, config.port());
    policies =
        new Policies(
            kept.filter(_ -> config.trust().mtaSts())
                .map(place ->
                    new StsPolicies(
                        dns,
                        new StsFetch(dns, ownHosts::mayReach, tls, place.policyPort()),
                        place.memories(),
                        place.clock(),
                        outcomes)),
            proven(config).map(Dane::new));
    ways = ways(config);
    idle = new IdleConnections(config.connections().keepIdle());
  }

  /// What the configuration says of the ways of mail, exchanged as a whole.
  private record Ways(Routes routes, Greeting greeting) {}

  private Ways ways(OutboundConfig current) {
    return new Ways(new Routes(current, helloName), new Greeting(current, tls));
  }

  /// From now on mail takes the routes of `fresh`, and its logins; the rest of it counts at the
  /// next start.
  public void use(OutboundConfig fresh) {
    ways = ways(config.withRoutesOf(fresh));
  }

  /// The client of the DNS as configured.
  static DnsClient dns(OutboundConfig config) {
    return new DnsClient(servers(config), config.dns().timeout());
  }

  static ZoneDns zoneDns(OutboundConfig config) {
    return DnsClient.withoutMemory(servers(config), config.dns().timeout());
  }

  private static List<InetSocketAddress> servers(OutboundConfig config) {
    return config.dns().servers().stream()
        .map(server -> HostPort.parseAddress("servers", server, 53))
        .toList();
  }

  private static Optional<ProvenDns> proven(OutboundConfig config) {
    Resolver servers = DnsClient.resolver(servers(config), config.dns().timeout());
    // A chain of signatures takes more than one question.
    Duration limit = config.dns().timeout().multipliedBy(3);
    return switch (config.trust().dnssec()) {
      case NONE -> Optional.empty();
      case RESOLVER -> Optional.of(ProvenDns.byServers(servers, limit));
      case OWN ->
          Optional.of(ProvenDns.bySignatures(servers, limit, config.trust().trustAnchors()));
    };
  }

  @Override
  public Map<Recipient, Answer> carry(Load load) {
    Ways now = ways;
    return new Attempt(load, now.routes, lookup, policies, now.greeting, idle, outcomes).run();
  }

  @Override
  public Way way(Optional<MailAddress> sender, Domain domain) {
    return finder().way(sender, domain);
  }

  @Override
  public Itinerary itinerary(Optional<MailAddress> sender, Domain domain) {
    return finder().itinerary(sender, domain);
  }

  private WayFinder finder() {
    Ways now = ways;
    return new WayFinder(now.routes, lookup, policies, now.greeting);
  }

  @Override
  public boolean waysDependOnSender() {
    return ways.routes.dependOnSender();
  }

  /// From now on policies of others are kept fresh.
  public void start() {
    policies.sts().ifPresent(StsPolicies::start);
  }

  /// Closes the connections that wait for more mail. What is being carried is carried to its end.
  @Override
  public void close() {
    policies.sts().ifPresent(StsPolicies::close);
    idle.close();
  }
}
