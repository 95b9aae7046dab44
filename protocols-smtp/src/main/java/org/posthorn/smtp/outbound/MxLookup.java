package org.posthorn.smtp.outbound;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Dns;
import org.posthorn.message.Domain;

/// Finds the servers that take a domain's mail, best first (RFC 5321 §5.1), and their addresses.
/// Safe for use by many threads.
final class MxLookup {
  /// More servers and addresses than anybody needs are not tried.
  private static final int HOSTS_MAX = 10;

  private static final int ADDRESSES_MAX = 6;

  private final Dns dns;
  private final OwnHosts ownHosts;
  private final int port;

  MxLookup(Dns dns, OwnHosts ownHosts, int port) {
    this.dns = dns;
    this.ownHosts = ownHosts;
    this.port = port;
  }

  /// The servers of a domain, at least one. Throws [Trouble] if there is none to be tried.
  List<MailHost> hosts(Domain domain) throws Trouble {
    if (domain.isLiteral()) {
      return List.of(MailHost.ofMx(domain.ascii(), port, 0));
    }
    return switch (dns.exchangers(domain.ascii())) {
      case Dns.Answer.Records<Dns.Exchanger>(var exchangers) when exchangers.isEmpty() ->
          itself(domain);
      case Dns.Answer.Records<Dns.Exchanger>(var exchangers) -> inOrder(domain, exchangers);
      case Dns.Answer.NoSuchName<Dns.Exchanger> _ ->
          throw Trouble.failed("5.1.2", "There is no domain " + domain);
      case Dns.Answer.Unknown<Dns.Exchanger>(var why) -> throw Trouble.deferred("4.4.3", why);
    };
  }

  /// A domain without MX is its own server, if it has an address (RFC 5321 §5.1).
  private List<MailHost> itself(Domain domain) throws Trouble {
    if (ownHosts.isOurs(domain.ascii())) {
      throw loop(domain);
    }
    return switch (dns.addresses(domain.ascii())) {
      case Dns.Answer.Records<InetAddress>(var addresses) when !addresses.isEmpty() ->
          List.of(MailHost.ofMx(domain.ascii(), port, 0));
      case Dns.Answer.Unknown<InetAddress>(var why) -> throw Trouble.deferred("4.4.3", why);
      case Dns.Answer.Records<InetAddress> _, Dns.Answer.NoSuchName<InetAddress> _ ->
          throw Trouble.failed("5.1.2", "The domain " + domain + " has no mail server");
    };
  }

  private List<MailHost> inOrder(Domain domain, List<Dns.Exchanger> exchangers) throws Trouble {
    List<Dns.Exchanger> named =
        new ArrayList<>(exchangers.stream().filter(mx -> !mx.host().isEmpty()).toList());
    if (named.isEmpty()) {
      throw Trouble.failed("5.1.10", "The domain " + domain + " accepts no mail (null MX)");
    }
    int ours =
        named.stream()
            .filter(mx -> ownHosts.isOurs(mx.host()))
            .mapToInt(Dns.Exchanger::preference)
            .min()
            .orElse(Integer.MAX_VALUE);
    named.removeIf(mx -> mx.preference() >= ours);
    if (named.isEmpty()) {
      throw loop(domain);
    }
    Collections.shuffle(named);
    named.sort(Comparator.comparingInt(Dns.Exchanger::preference));
    return named.stream()
        .limit(HOSTS_MAX)
        .map(mx -> MailHost.ofMx(mx.host(), port, mx.preference()))
        .toList();
  }

  private static Trouble loop(Domain domain) {
    return Trouble.failed(
        "5.4.6",
        "The best mail server of "
            + domain
            + " is this server, so there is no other to send its mail to");
  }

  /// Where a server can be reached.
  sealed interface Reach {
    /// Addresses in the order to try them.
    record At(List<InetAddress> addresses) implements Reach {}

    /// The server is ourselves: it and all that are no better are to be left out.
    record Ourselves(Trouble trouble) implements Reach {}

    record Nowhere(Trouble trouble) implements Reach {}
  }

  Reach reach(MailHost host, Domain domain) {
    return switch (addresses(host)) {
      case Dns.Answer.Unknown<InetAddress>(var why) ->
          new Reach.Nowhere(Trouble.deferred("4.4.3", why));
      case Dns.Answer.NoSuchName<InetAddress> _ ->
          new Reach.Nowhere(unresolvable(host, "does not exist"));
      case Dns.Answer.Records<InetAddress>(var found) when found.isEmpty() ->
          new Reach.Nowhere(unresolvable(host, "has no address"));
      case Dns.Answer.Records<InetAddress>(var found) when host.anywhere() ->
          new Reach.At(found.stream().limit(ADDRESSES_MAX).toList());
      case Dns.Answer.Records<InetAddress>(var found)
          when found.stream().anyMatch(ownHosts::isOurs) ->
          new Reach.Ourselves(loop(domain));
      case Dns.Answer.Records<InetAddress>(var found) -> outside(host, found);
    };
  }

  private Reach outside(MailHost host, List<InetAddress> found) {
    List<InetAddress> outside =
        found.stream().filter(ownHosts::mayReach).limit(ADDRESSES_MAX).toList();
    return outside.isEmpty()
        ? new Reach.Nowhere(unresolvable(host, "has only addresses inside a private network"))
        : new Reach.At(outside);
  }

  /// What the operator named may be a slip that is put right soon, or a DNS that is being changed;
  /// what a stranger's DNS names is for that stranger to mend.
  private static Trouble unresolvable(MailHost host, String what) {
    String text = "The mail server " + host.name() + " " + what;
    return host.anywhere() ? Trouble.deferred("4.4.3", text) : Trouble.failed("5.4.4", text);
  }

  private Dns.Answer<InetAddress> addresses(MailHost host) {
    if (host.isSocket()) {
      return new Dns.Answer.Records<>(List.of(InetAddress.getLoopbackAddress()));
    }
    Optional<InetAddress> literal =
        Domain.parse(host.name())
            .flatMap(Domain::address)
            .or(() -> new HostPort(host.name(), host.port()).address());
    return literal
        .<Dns.Answer<InetAddress>>map(address -> new Dns.Answer.Records<>(List.of(address)))
        .orElseGet(() -> dns.addresses(host.name()));
  }
}
