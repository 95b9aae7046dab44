package org.posthorn.mailets.match;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.message.Domain;

/// Matchers that ask the DNS for the mail servers of a domain. When it cannot be asked the step
/// fails, and the mail comes back to it later.
final class DnsMatchers {
  private DnsMatchers() {}

  static List<MatcherFactory<?>> all() {
    return List.of(recipientHasMx(), senderHasMx());
  }

  record Hosts(
      @Parameter(
              value = "Mail servers; a name stands for all below it too. None: whichever.",
              example = "google.com")
          List<Domain> hosts) {}

  /// Recipients in a domain that takes mail, `RecipientHasMx`, or whose mail one of these servers
  /// takes: `RecipientHasMx(google.com)`.
  private static MatcherFactory<?> recipientHasMx() {
    return new Shipped<>(
        "RecipientHasMx",
        "Recipients in a domain that takes mail, or takes it on these servers.",
        Hosts.class,
        (settings, services) -> {
          Predicate<Domain> test = test(settings.hosts, services.dns());
          return mail -> {
            Map<Domain, Boolean> known = new HashMap<>();
            return mail.recipients().stream()
                .filter(
                    recipient -> known.computeIfAbsent(recipient.address().domain(), test::test))
                .toList();
          };
        });
  }

  /// Mail of a sender in a domain that takes mail, so that one can answer, `SenderHasMx`, or takes
  /// it on these servers: `SenderHasMx(google.com)`. Not mail without a sender.
  private static MatcherFactory<?> senderHasMx() {
    return new Shipped<>(
        "SenderHasMx",
        "Mail whose sender is in a domain that takes mail, or takes it on these servers.",
        Hosts.class,
        (settings, services) -> {
          Predicate<Domain> test = test(settings.hosts, services.dns());
          return Whole.matcher(
              mail -> mail.sender().filter(one -> test.test(one.domain())).isPresent());
        });
  }

  private static Predicate<Domain> test(List<Domain> hosts, Dns dns) {
    List<String> names = hosts.stream().map(Domain::ascii).toList();
    return names.isEmpty()
        ? domain -> domain.isLiteral() || takesMail(domain, dns)
        : domain ->
            !domain.isLiteral()
                && exchangers(domain, dns).stream()
                    .anyMatch(one -> names.stream().anyMatch(name -> isBelow(one.host(), name)));
  }

  /// Domains without MX take mail at their own address (RFC 5321 §5.1), those with the null MX none
  /// (RFC 7505).
  private static boolean takesMail(Domain domain, Dns dns) {
    List<Dns.Exchanger> exchangers = exchangers(domain, dns);
    return exchangers.isEmpty()
        ? !known(domain, dns.addresses(domain.ascii())).isEmpty()
        : exchangers.stream().anyMatch(one -> !one.host().isEmpty());
  }

  private static List<Dns.Exchanger> exchangers(Domain domain, Dns dns) {
    return known(domain, dns.exchangers(domain.ascii()));
  }

  private static <T> List<T> known(Domain domain, Dns.Answer<T> answer) {
    if (answer instanceof Dns.Answer.Unknown<T>(String why)) {
      throw new IllegalStateException(
          "The DNS does not tell the mail servers of %s: %s".formatted(domain, why));
    }
    return answer.found();
  }

  private static boolean isBelow(String host, String name) {
    String bare = host.toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
    return bare.equals(name) || bare.endsWith("." + name);
  }
}
