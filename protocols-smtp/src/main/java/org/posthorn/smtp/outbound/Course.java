package org.posthorn.smtp.outbound;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.message.AddressText;
import org.posthorn.message.Domain;
import org.posthorn.spool.Carrier.Pace;
import org.posthorn.spool.Carrier.Way;

/// The way that some mail takes by the configuration. `rule` says in words which entry of it
/// counts.
record Course(String rule, NextHop next, Manner manner, Pace pace) {
  /// How we speak to servers on it: connections of different manners do not stand in for each
  /// other.
  record Manner(
      String helloName,
      List<InetAddress> sources,
      int recipientsMax,
      int mailsPerConnection,
      boolean tunnelsPriority) {
    /// Servers are told the name in A-labels (RFC 5321 §4.1.1.1).
    Manner {
      helloName = Domain.parse(helloName).map(Domain::ascii).orElse(helloName);
      sources = List.copyOf(sources);
    }

    /// Ours of the same kind, IPv4 or IPv6.
    Optional<InetAddress> sourceFor(InetAddress remote) {
      return sources.stream()
          .filter(own -> own.getAddress().length == remote.getAddress().length)
          .findFirst();
    }
  }

  /// What is tried and left alone together.
  String destination(Domain domain) {
    return switch (next) {
      case NextHop.Host host -> host.destination();
      case NextHop.ByMx _, NextHop.Refused _ -> domain.ascii();
    };
  }

  /// All that a host may let us in for, or not, before it hears of any mail. Empty where the domain
  /// says who its servers are.
  Optional<String> door() {
    return next instanceof NextHop.Host(_, _, var tls, var login, boolean lmtp)
        ? Optional.of(
            Way.doorWords(login, tls.name())
                + (lmtp ? ", LMTP" : "")
                + ", as "
                + manner.helloName()
                + manner.sources().stream()
                    .map(own -> ", from " + AddressText.of(own))
                    .collect(Collectors.joining()))
        : Optional.empty();
  }

  String where(Domain domain) {
    return switch (next) {
      case NextHop.Host host -> (host.lmtp() ? "LMTP at " : "") + host.destination();
      case NextHop.ByMx() -> "the mail servers of " + domain;
      case NextHop.Refused _ -> "nowhere: it is refused";
    };
  }
}
