package org.posthorn.smtp.outbound;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.Domain;

/// Mail that leaves for other servers.
public record OutboundConfig(
    /// Who we are to other servers.
    Identity identity,
    /// Port that mail servers listen on: 25, but for tests.
    int port,
    /// Where questions to the DNS go.
    Resolvers dns,
    /// How long to wait for other servers.
    Timeouts timeouts,
    /// How connections are used again.
    Connections connections,
    /// Logins at smarthosts, by the name that a route, or the chain's `Relay` step, gives in
    /// `credentials`. Take the password from a file: `${file:smarthost.password}`. Taken over by
    /// `posthorn reload`.
    Map<String, Login> credentials,
    /// What servers of others have to prove.
    Trust trust,
    /// Whether mail may go to addresses of private networks and of this machine that the DNS names:
    /// off, since otherwise a stranger's DNS entry can make us talk to machines inside. Routes and
    /// smarthosts may always be inside.
    boolean allowPrivateDestinations,
    /// Which mail goes which way, instead of to the MX of its domain. The first entry that fits
    /// counts. A step of the chain that names a host, and `posthorn queue reroute`, go before all
    /// routes. `posthorn queue route ADDRESS` says which one an address takes. Taken over by
    /// `posthorn reload`.
    List<OutboundRoute> routes,
    /// The short form of routes: `domain: host:port`, or `*` for all others. They come after
    /// `routes`. IPv6 addresses in brackets. Taken over by `posthorn reload`.
    Map<String, String> staticRoutes) {

  /// How answers of the DNS are proven.
  public enum Dnssec {
    NONE,
    RESOLVER,
    OWN
  }

  /// Of 2017 and 2024 (https://data.iana.org/root-anchors/root-anchors.xml).
  private static final List<String> ROOT_KEYS =
      List.of(
          "20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
          "38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16");

  /// Whom we believe that a server is the right one.
  public record Trust(
      /// Whether the policies that domains publish by MTA-STS (RFC 8461) are fetched and obeyed:
      /// mail for a domain with one goes only to the servers that it names, under TLS and with a
      /// valid certificate.
      boolean mtaSts,
      /// How answers of the DNS are proven, for DANE (RFC 7672): `none` is without DANE; `resolver`
      /// believes the word (AD bit) of the DNS servers, which must validate, and be on this machine
      /// or reached by a way that nobody else can write to; `own` checks the signatures here, over
      /// any DNS servers that pass them on.
      Dnssec dnssec,
      /// For `dnssec: own`: the DS records of the root's keys.
      List<String> trustAnchors,
      /// A PEM file, in the data directory or by its full path, with authorities whose certificates
      /// are trusted beside those that Java trusts: for smarthosts with a certificate of your own,
      /// and for policies and mail servers inside.
      Optional<String> authoritiesFile,
      /// Whether the certificate of a smarthost must be valid and for its name. Without it, whoever
      /// sits in between can read the login.
      boolean verifySmarthosts) {
    public Trust {
      trustAnchors = List.copyOf(trustAnchors);
      for (String anchor : trustAnchors) {
        if (!anchor.matches("[0-9]{1,5} [0-9]{1,3} [0-9]{1,3} [0-9A-Fa-f ]{40,}")) {
          throw new IllegalArgumentException(
              "trust-anchors must be DS records such as '20326 8 2 E06D…', not '" + anchor + "'");
        }
      }
      if (dnssec == Dnssec.OWN && trustAnchors.isEmpty()) {
        throw new IllegalArgumentException("dnssec: own needs trust-anchors");
      }
    }

    public static Trust defaults() {
      return new Trust(true, Dnssec.NONE, ROOT_KEYS, Optional.empty(), true);
    }
  }

  /// A login at a smarthost.
  public record Login(
      /// User name.
      String login,
      /// Password.
      String password) {
    @Override
    public String toString() {
      return "Login[" + login + "]";
    }
  }

  /// Defaults are what RFC 5321 §4.5.3.2 asks for; shorter ones lose mail to slow servers.
  public record Timeouts(
      /// For the connection itself. 30s by default.
      Duration connect,
      /// For the greeting, and for each command but DATA. 5m by default.
      Duration command,
      /// For the go-ahead after DATA. 2m by default.
      Duration dataStart,
      /// For each piece of the message to be taken. 3m by default.
      Duration dataBlock,
      /// For the answer to the whole message. 10m by default.
      Duration dataEnd,
      /// For one connection and all its mails together, whatever the others allow. 1h by default.
      Duration connection) {
    public Timeouts {
      for (Duration each : List.of(connect, command, dataStart, dataBlock, dataEnd, connection)) {
        if (each.toMillis() < 10 || each.toHours() > 24) {
          throw new IllegalArgumentException("outbound timeouts must be 10ms to 24h");
        }
      }
    }

    public static Timeouts defaults() {
      return new Timeouts(
          Duration.ofSeconds(30),
          Duration.ofMinutes(5),
          Duration.ofMinutes(2),
          Duration.ofMinutes(3),
          Duration.ofMinutes(10),
          Duration.ofHours(1));
    }
  }

  /// Who we are to other servers.
  public record Identity(
      /// Name that we introduce ourselves with (EHLO). It should resolve to the address that we
      // send
      /// from, and that address back to it, or many servers refuse us. Default: the server's
      /// hostname.
      Optional<String> helloName,
      /// Other names that this server has in DNS: an MX that points to one of them is ourselves,
      // and
      /// mail is not sent in a circle.
      List<String> ownNames,
      /// Addresses of this machine that mail sets out from, at most one IPv4 and one IPv6 address
      /// (in brackets). Each should resolve to `hello-name`, and that to it. Default: the system
      /// chooses.
      List<String> sourceAddresses) {
    public Identity {
      ownNames = List.copyOf(ownNames);
      sourceAddresses = List.copyOf(sourceAddresses);
      helloName.ifPresent(name -> requireDomain("hello-name", name));
      ownNames.forEach(name -> requireDomain("own-names", name));
      HostPort.sources(sourceAddresses);
    }

    public static Identity defaults() {
      return new Identity(Optional.empty(), List.of(), List.of());
    }
  }

  /// Where questions to the DNS go.
  public record Resolvers(
      /// DNS servers, as `192.0.2.53`, `192.0.2.53:5353` or `[2001:db8::53]:53`. Default: those of
      /// the system.
      List<String> servers,
      /// How long one question may take, over all servers and tries. 1s to 2m.
      Duration timeout) {
    public Resolvers {
      servers = List.copyOf(servers);
      servers.forEach(server -> HostPort.parseAddress("servers", server, 53));
      if (timeout.toMillis() < 1_000 || timeout.toSeconds() > 120) {
        throw new IllegalArgumentException("timeout must be 1s to 2m");
      }
    }

    public static Resolvers defaults() {
      return new Resolvers(List.of(), Duration.ofSeconds(10));
    }
  }

  /// How connections are used again.
  public record Connections(
      /// How long a connection is kept open after a mail, in case there is another for the same
      /// server. 0s closes it at once, at most 1m.
      Duration keepIdle,
      /// How many mails go over one connection. 1 to 1000.
      int mails) {
    public Connections {
      if (keepIdle.isNegative() || keepIdle.toSeconds() > 60) {
        throw new IllegalArgumentException("keep-idle must be 0s to 1m");
      }
      if (mails < 1 || mails > 1_000) {
        throw new IllegalArgumentException("mails must be 1 to 1000");
      }
    }

    public static Connections defaults() {
      return new Connections(Duration.ofSeconds(5), 100);
    }
  }

  public OutboundConfig {
    credentials = Map.copyOf(credentials);
    routes = List.copyOf(routes);
    staticRoutes = Collections.unmodifiableMap(new LinkedHashMap<>(staticRoutes));
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("outbound port must be 1 to 65535, not " + port);
    }
    staticRoutes.forEach((domain, host) -> {
      if (!domain.equals("*")) {
        requireDomain("static-routes", domain);
      }
      HostPort.parse("static-routes", host, 25);
    });
    Routes.check(routes, credentials.keySet());
  }

  public static OutboundConfig defaults() {
    return new OutboundConfig(
        Identity.defaults(),
        25,
        Resolvers.defaults(),
        Timeouts.defaults(),
        Connections.defaults(),
        Map.of(),
        Trust.defaults(),
        false,
        List.of(),
        Map.of());
  }

  /// This one, but for the ways of mail and the logins that they need.
  OutboundConfig withRoutesOf(OutboundConfig other) {
    return new OutboundConfig(
        identity,
        port,
        dns,
        timeouts,
        connections,
        other.credentials,
        trust,
        allowPrivateDestinations,
        other.routes,
        other.staticRoutes);
  }

  /// Keys of earlier versions, and where they are now.
  public static Map<String, String> formerKeys() {
    return Map.of(
        "hello-name", "identity.hello-name",
        "own-names", "identity.own-names",
        "source-addresses", "identity.source-addresses",
        "dns-servers", "dns.servers",
        "dns-timeout", "dns.timeout",
        "keep-idle", "connections.keep-idle",
        "mails-per-connection", "connections.mails",
        "verify-smarthosts", "trust.verify-smarthosts");
  }

  private static void requireDomain(String key, String name) {
    if (Domain.parse(name).isEmpty()) {
      throw new IllegalArgumentException(
          key + " must be a domain name such as mx.example.org, not '" + name + "'");
    }
  }
}
