package org.posthorn.smtp.outbound;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Carrier.Pace;

/// The operator's routes: the first that fits counts, and without one the MX. All that can be
/// worked out before a mail comes is, and routes are found by their domain: there may be thousands.
/// Safe for use by many threads.
final class Routes {
  private record Named(String rule, OutboundRoute route) {}

  /// What a mail needs to know of a route.
  private record Ready(Predicate<Optional<MailAddress>> ofSenders, Course course) {}

  private final List<Ready> routes = new ArrayList<>();

  /// The places of routes by their domain; of `*.example.org` by `.example.org`.
  private final Map<String, List<Integer>> byDomain = new HashMap<>();

  private final List<Integer> forAll = new ArrayList<>();
  private final boolean dependOnSender;
  private final Course.Manner usual;
  private final Course byMx;

  Routes(OutboundConfig config, String helloName) {
    usual =
        new Course.Manner(
            helloName,
            HostPort.sources(config.identity().sourceAddresses()),
            SmtpClient.RECIPIENTS_MAX,
            config.connections().mails(),
            /* tunnelsPriority= */ false);
    byMx = new Course("no route fits", new NextHop.ByMx(), usual, Pace.USUAL);
    List<Named> all = named(config);
    dependOnSender = all.stream().anyMatch(named -> !named.route().senders().isEmpty());
    all.forEach(this::add);
  }

  /// In the order in which they count.
  private static List<Named> named(OutboundConfig config) {
    List<Named> all = new ArrayList<>();
    for (int i = 0; i < config.routes().size(); i++) {
      OutboundRoute route = config.routes().get(i);
      all.add(new Named("outbound.routes[" + i + "] (" + words(route) + ")", route));
    }
    config
        .staticRoutes()
        .forEach((domain, host) -> {
          if (!domain.equals("*")) {
            all.add(staticRoute(domain, host));
          }
        });
    Optional.ofNullable(config.staticRoutes().get("*"))
        .ifPresent(host -> all.add(staticRoute("*", host)));
    return all;
  }

  private void add(Named named) {
    int place = routes.size();
    routes.add(new Ready(named.route().ofSenders(), course(named)));
    if (named.route().isForAll()) {
      forAll.add(place);
      return;
    }
    for (String pattern : named.route().recipients()) {
      String name =
          pattern.startsWith("*.")
              ? "." + Domain.of(pattern.substring(2)).ascii()
              : Domain.of(pattern).ascii();
      byDomain.computeIfAbsent(name, _ -> new ArrayList<>()).add(place);
    }
  }

  private static Named staticRoute(String domain, String host) {
    return new Named("outbound.static-routes." + domain, OutboundRoute.of(domain, host));
  }

  Course of(Optional<MailAddress> sender, Domain domain) {
    int first = first(forAll, sender, routes.size());
    if (!byDomain.isEmpty()) {
      String name = domain.ascii();
      first = first(byDomain.getOrDefault(name, List.of()), sender, first);
      for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        first = first(byDomain.getOrDefault(name.substring(dot), List.of()), sender, first);
      }
    }
    return first < routes.size() ? routes.get(first).course() : byMx;
  }

  /// The first of these places whose route is for the sender, if it comes before `limit`.
  private int first(List<Integer> places, Optional<MailAddress> sender, int limit) {
    for (int place : places) {
      if (place >= limit) {
        return limit;
      }
      if (routes.get(place).ofSenders().test(sender)) {
        return place;
      }
    }
    return limit;
  }

  /// The way of mail that a step of the chain, or an operator, has sent elsewhere.
  Course.Manner usual() {
    return usual;
  }

  boolean dependOnSender() {
    return dependOnSender;
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
