package org.posthorn.smtp.outbound;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Carrier.Pace;

/// The operator's routes: the first that fits counts, and without one the MX. Safe for use by many
/// threads.
final class Routes {
  private record Named(String rule, OutboundRoute route) {}

  private final List<Named> routes = new ArrayList<>();
  private final Course.Manner usual;

  Routes(OutboundConfig config, String helloName) {
    usual =
        new Course.Manner(
            helloName,
            HostPort.sources(config.identity().sourceAddresses()),
            SmtpClient.RECIPIENTS_MAX,
            config.connections().mails(),
            /* tunnelsPriority= */ false);
    for (int i = 0; i < config.routes().size(); i++) {
      OutboundRoute route = config.routes().get(i);
      routes.add(new Named("outbound.routes[" + i + "] (" + words(route) + ")", route));
    }
    config
        .staticRoutes()
        .forEach((domain, host) -> {
          if (!domain.equals("*")) {
            routes.add(staticRoute(domain, host));
          }
        });
    Optional.ofNullable(config.staticRoutes().get("*"))
        .ifPresent(host -> routes.add(staticRoute("*", host)));
  }

  private static Named staticRoute(String domain, String host) {
    return new Named("outbound.static-routes." + domain, OutboundRoute.of(domain, host));
  }

  Course of(Optional<MailAddress> sender, Domain domain) {
    return routes.stream()
        .filter(named -> named.route().fits(sender, domain))
        .findFirst()
        .map(this::course)
        .orElseGet(() -> new Course("no route fits", new NextHop.ByMx(), usual, Pace.USUAL));
  }

  /// The way of mail that a step of the chain, or an operator, has sent elsewhere.
  Course.Manner usual() {
    return usual;
  }

  boolean dependOnSender() {
    return routes.stream().anyMatch(named -> !named.route().senders().isEmpty());
  }

  private Course course(Named named) {
    OutboundRoute route = named.route();
    var manner =
        new Course.Manner(
            route.helloName().orElse(usual.helloName()),
            route.sourceAddresses().isEmpty()
                ? usual.sources()
                : HostPort.sources(route.sourceAddresses()),
            route.limits().recipientsPerMail(),
            route.limits().mailsPerConnection().orElse(usual.mailsPerConnection()),
            route.tunnelPriority());
    return new Course(named.rule(), route.next(), manner, route.limits().pace());
  }

  private static String words(OutboundRoute route) {
    String to =
        route.recipients().isEmpty() ? "" : "recipients " + String.join(", ", route.recipients());
    String from = route.senders().isEmpty() ? "" : "senders " + String.join(", ", route.senders());
    return to.isEmpty() && from.isEmpty()
        ? "all mail"
        : to.isEmpty() || from.isEmpty() ? to + from : to + "; " + from;
  }

  /// Throws [IllegalArgumentException] where routes do not fit together.
  static void check(List<OutboundRoute> routes, Set<String> credentials) {
    Map<String, Pace> paces = new HashMap<>();
    for (int i = 0; i < routes.size(); i++) {
      OutboundRoute route = routes.get(i);
      requireCredentials("routes[" + i + "]", route, credentials);
      if (route.next() instanceof NextHop.Host host) {
        Pace pace = route.limits().pace();
        Pace other = paces.putIfAbsent(host.destination(), pace);
        if (other != null && !other.equals(pace)) {
          throw new IllegalArgumentException(
              "routes lead to %s with different limits: give them the same"
                  .formatted(host.destination()));
        }
      }
    }
    requireReach(routes);
  }

  private static void requireCredentials(String name, OutboundRoute route, Set<String> known) {
    if (route.credentials().isPresent() && !known.contains(route.credentials().get())) {
      throw new IllegalArgumentException(
          "%s: there are no outbound.credentials '%s'; %s"
              .formatted(
                  name,
                  route.credentials().get(),
                  known.isEmpty()
                      ? "add them"
                      : "there are " + String.join(", ", known.stream().sorted().toList())));
    }
  }

  /// What stands behind a route for all mail never counts: that is a slip.
  private static void requireReach(List<OutboundRoute> routes) {
    for (int i = 0; i < routes.size() - 1; i++) {
      OutboundRoute route = routes.get(i);
      boolean all = route.recipients().isEmpty() || route.recipients().contains("*");
      if (all && (route.senders().isEmpty() || route.senders().containsAll(List.of("*", "<>")))) {
        throw new IllegalArgumentException(
            "routes[%d] fits all mail, so those behind it never count: put it last".formatted(i));
      }
    }
  }
}
