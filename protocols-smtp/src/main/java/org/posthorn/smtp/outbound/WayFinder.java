package org.posthorn.smtp.outbound;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.AddressText;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Carrier.Itinerary;
import org.posthorn.spool.Carrier.Itinerary.Stop;
import org.posthorn.spool.Carrier.Way;
import org.posthorn.storage.queue.Wishes;

/// Finds out how mail would go, without speaking to any mail server: the DNS and the policies of
/// the domain are asked as for a mail. Safe for use by many threads.
record WayFinder(Routes routes, MxLookup lookup, Policies policies, Greeting greeting) {
  private static final String LEFT_OUT =
      "left out: another mail server that is as good or better is this server";

  Way way(Optional<MailAddress> sender, Domain domain) {
    Course course = routes.of(sender, domain);
    return new Way(
        course.destination(domain),
        course.where(domain),
        course.rule(),
        course.pace(),
        course.next() instanceof NextHop.Host,
        course.manner().recipientsMax(),
        course.door());
  }

  Itinerary itinerary(Optional<MailAddress> sender, Domain domain) {
    Course course = routes.of(sender, domain);
    Way way = way(sender, domain);
    String name = course.manner().helloName();
    try {
      return new Itinerary(
          way, name, stops(hosts(course, domain), domain, course.manner()), Optional.empty());
    } catch (Trouble nowhere) {
      return new Itinerary(way, name, List.of(), Optional.of(words(nowhere)));
    }
  }

  private List<MailHost> hosts(Course course, Domain domain) throws Trouble {
    return switch (course.next()) {
      case NextHop.ByMx() -> lookup.hosts(domain);
      case NextHop.Host host -> List.of(greeting.routed(host));
      case NextHop.Refused(String reason) -> throw Trouble.failed("5.7.1", reason).untried();
    };
  }

  private List<Stop> stops(List<MailHost> hosts, Domain domain, Course.Manner manner) {
    Map<MailHost, MxLookup.Reach> reaches = new LinkedHashMap<>();
    hosts.forEach(host -> reaches.put(host, lookup.reach(host, domain)));
    // None that is as good as ourselves, or worse (RFC 5321 §5.1).
    int ours =
        hosts.stream()
            .filter(host -> reaches.get(host) instanceof MxLookup.Reach.Ourselves)
            .mapToInt(MailHost::preference)
            .min()
            .orElse(Integer.MAX_VALUE);
    List<Stop> stops = new ArrayList<>();
    reaches.forEach((host, reach) -> {
      boolean isLeftOut = host.preference() >= ours && !(reach instanceof MxLookup.Reach.Ourselves);
      stops.add(
          isLeftOut
              ? new Stop(
                  host.name(), host.port(), host.preference(), List.of(), "", Optional.of(LEFT_OUT))
              : stop(host, reach, domain, manner));
    });
    return stops;
  }

  private Stop stop(MailHost host, MxLookup.Reach reach, Domain domain, Course.Manner manner) {
    Optional<String> problem = Optional.empty();
    List<String> addresses = List.of();
    switch (reach) {
      case MxLookup.Reach.Nowhere(Trouble why) -> problem = Optional.of(words(why));
      case MxLookup.Reach.Ourselves(Trouble loop) -> problem = Optional.of(words(loop));
      case MxLookup.Reach.At(List<InetAddress> found) ->
          addresses = host.isSocket() ? List.of() : named(found, manner);
    }
    String tls = "";
    if (problem.isEmpty()) {
      try {
        tls = tls(policies.proving(host, domain, Wishes.Tls.USUAL));
      } catch (Trouble forbidden) {
        problem = Optional.of(words(forbidden));
      }
    }
    return new Stop(host.name(), host.port(), host.preference(), addresses, tls, problem);
  }

  private static List<String> named(List<InetAddress> addresses, Course.Manner manner) {
    return addresses.stream()
        .map(address ->
            manner
                .sourceFor(address)
                .map(own -> AddressText.of(address) + " from " + AddressText.of(own))
                .orElse(AddressText.of(address)))
        .toList();
  }

  private static String tls(MailHost host) {
    return switch (host.proof()) {
          case Proof.Pinned(var pins, _, _, _, _) ->
              pins.isEmpty()
                  ? "required (DANE); no usable record names the certificate"
                  : "required, with a certificate that the DNS names (DANE, %d records)"
                      .formatted(pins.size());
          case Proof.Certificate(Proof.Wanted wanted) ->
              "required, with a valid certificate for %s (%s)"
                  .formatted(
                      host.name(),
                      switch (wanted) {
                        case BY_DOMAIN -> "MTA-STS policy";
                        case BY_SENDER -> "REQUIRETLS";
                        case BY_OPERATOR -> host.tls().name().toLowerCase(Locale.ROOT);
                      });
          case Proof.Nothing() ->
              switch (host.tls()) {
                case NONE -> "none";
                case OPPORTUNISTIC ->
                    host.credentials().isPresent()
                        ? "required before the login, any certificate"
                        : "if the server offers it, any certificate";
                case STARTTLS, IMPLICIT -> "required, any certificate";
              };
        }
        + (host.tls() == Smarthost.Tls.IMPLICIT ? ", from the first byte" : "");
  }

  private static String words(Trouble trouble) {
    return (trouble.isPermanent() ? "failed " : "deferred ")
        + trouble.status()
        + " "
        + trouble.getMessage();
  }
}
