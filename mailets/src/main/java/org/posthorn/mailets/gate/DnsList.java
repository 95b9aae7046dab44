package org.posthorn.mailets.gate;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.AddressText;
import org.posthorn.message.Domain;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks block and allow lists in the DNS (RFC 5782) about the client's address, or about a domain:
/// the sender's, the client's in EHLO or by its address. Each list that has it adds its weight, an
/// allow list a negative one. All are asked at once; one that does not answer counts nothing, and
/// is left alone for a minute with the same question. Postmasters hear from everybody.
final class DnsList implements Gate {
  private static final Logger log = LoggerFactory.getLogger(DnsList.class);

  /// What no list may have (RFC 5782 §5): a name that is reserved, for lists of domains, and
  /// addresses for others, which may know nothing but addresses: `127.0.0.1` and `::ffff:7f00:1`.
  private static final String NO_NAME = "invalid.";

  private static final String NO_IPV4 = "1.0.0.127.";
  private static final String NO_IPV6 = "1.0.0.0.0.0.f.7.f.f.f.f." + "0.".repeat(20);

  private static final Executor THREADS = task -> Thread.ofVirtual().name("dns-list").start(task);

  /// What the lists are asked about.
  enum About {
    ADDRESS,
    SENDER,
    HELO,
    CLIENT_NAME
  }

  private final Dns dns;
  private final About about;
  private final List<DnsZone> zones;
  private final Unanswered unanswered;

  /// Lists of which the operator was told that they have everybody.
  private final Set<String> broken = ConcurrentHashMap.newKeySet();

  private final int refuseAt;
  private final int tagAt;
  private final int acceptAt;

  private DnsList(Settings settings, Services services) {
    this.dns = services.dns();
    this.unanswered = new Unanswered(services.clock());
    this.about = settings.about;
    List<DnsZone> asked = new ArrayList<>();
    settings.zones.forEach((zone, weight) -> asked.add(DnsZone.of(zone, weight)));
    this.zones = List.copyOf(asked);
    this.refuseAt = settings.refuseAt;
    this.tagAt = settings.tagAt;
    this.acceptAt = -settings.acceptAt;
  }

  public record Settings(
      @Parameter(value = "What the lists are asked about.", otherwise = "address") About about,
      @Parameter(
              value =
                  "The lists, each with what being on it weighs; an allow list with a number below zero.",
              example = "{zen.spamhaus.org: 10}",
              min = 1)
          Map<String, Integer> zones,
      @Parameter(
              value = "From this sum on the mail is refused.",
              otherwise = "10",
              min = 1,
              max = 1_000_000)
          int refuseAt,
      @Parameter(value = "From this sum on it is noted.", otherwise = "1", min = 1, max = 1_000_000)
          int tagAt,
      @Parameter(
              value = "From so much below zero on it is accepted.",
              otherwise = "10",
              min = 1,
              max = 1_000_000)
          int acceptAt) {}

  public static final class Factory implements GateFactory<Settings> {
    @Override
    public String name() {
      return "DnsList";
    }

    @Override
    public String summary() {
      return "Asks block and allow lists in the DNS.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Gate create(Settings settings, Services services) {
      return new DnsList(settings, services);
    }
  }

  @Override
  public Verdict recipient(Visitor visitor, IncomingMail mail, Recipient recipient) {
    if (recipient.address().localPart().equalsIgnoreCase("postmaster")) {
      return Verdict.pass();
    }
    Optional<String> prefix =
        about == About.ADDRESS
            ? Optional.of(reversed(visitor.remote()))
            : domain(visitor, mail).map(name -> name + ".");
    List<String> nobodies = nobodies(visitor.remote());
    List<DnsZone> found = prefix.map(asked -> listed(asked, nobodies)).orElse(List.of());
    return found.isEmpty() ? Verdict.pass() : verdict(visitor, mail, found);
  }

  private List<String> nobodies(InetAddress client) {
    return about == About.ADDRESS
        ? List.of(client instanceof Inet6Address ? NO_IPV6 : NO_IPV4, NO_NAME)
        : List.of(NO_NAME);
  }

  private Verdict verdict(Visitor visitor, IncomingMail mail, List<DnsZone> found) {
    int score = found.stream().mapToInt(DnsZone::weight).sum();
    String what =
        about == About.ADDRESS
            ? AddressText.of(visitor.remote())
            : domain(visitor, mail).orElse("");
    String reason =
        "score %d: %s on %s"
            .formatted(score, what, String.join(", ", found.stream().map(DnsZone::text).toList()));
    if (score >= refuseAt) {
      String subject = about == About.ADDRESS ? "Your address " + what : what;
      return Verdict.refuse(subject + " is on the list " + found.getFirst().name(), reason);
    }
    if (score <= acceptAt) {
      return new Verdict.Accept(reason);
    }
    return score >= tagAt
        ? Verdict.tag("dnslist.score", String.valueOf(score), reason)
        : Verdict.pass();
  }

  /// The domain that the lists are asked about; there may be none.
  private Optional<String> domain(Visitor visitor, IncomingMail mail) {
    Optional<String> name =
        switch (about) {
          case ADDRESS -> Optional.empty();
          case SENDER -> mail.sender().map(sender -> sender.domain().ascii());
          case HELO -> visitor.helo();
          case CLIENT_NAME -> Optional.ofNullable(mail.attributes().get("rdns.name"));
        };
    return name.map(text -> text.replaceFirst("\\.$", ""))
        .flatMap(Domain::parse)
        .filter(domain -> !domain.isLiteral())
        .map(Domain::ascii)
        .filter(text -> text.contains("."));
  }

  /// The lists that have the name that begins so, those with the most weight first.
  private List<DnsZone> listed(String prefix, List<String> nobodies) {
    Map<String, CompletableFuture<List<InetAddress>>> asked = new LinkedHashMap<>();
    for (DnsZone zone : zones) {
      asked.computeIfAbsent(
          zone.name(),
          name ->
              unanswered.has(prefix + name)
                  ? CompletableFuture.completedFuture(List.of())
                  : CompletableFuture.supplyAsync(() -> ask(prefix + name), THREADS));
    }
    List<DnsZone> found = new ArrayList<>();
    for (DnsZone zone : zones) {
      if (answers(asked, zone.name()).stream().anyMatch(zone::isOnList)
          && !hasEverybody(zone, nobodies)) {
        found.add(zone);
      }
    }
    found.sort(Comparator.comparingInt(DnsZone::weight).reversed());
    return found;
  }

  /// Whether it even has one of those that are on no list, as one that was given up and answers all
  /// that is asked: it would refuse all mail, or let all in.
  private boolean hasEverybody(DnsZone zone, List<String> nobodies) {
    boolean has =
        nobodies.stream()
            .map(nobody -> nobody + zone.name())
            .filter(name -> !unanswered.has(name))
            .anyMatch(name -> ask(name).stream().anyMatch(zone::isOnList));
    if (!has) {
      broken.remove(zone.text());
    } else if (broken.add(zone.text())) {
      log.atWarn().addKeyValue("list", zone.text()).log("dns-list-has-everybody");
    }
    return has;
  }

  private List<InetAddress> ask(String name) {
    Dns.Answer<InetAddress> answer = dns.ipv4Addresses(name);
    if (answer.isUnknown()) {
      unanswered.add(name);
    }
    return answer.found();
  }

  private static List<InetAddress> answers(
      Map<String, CompletableFuture<List<InetAddress>>> asked, String name) {
    return Optional.ofNullable(asked.get(name)).map(CompletableFuture::join).orElse(List.of());
  }

  /// `4.3.2.1.`, or the nibbles of an IPv6 address (RFC 5782 §2.4).
  static String reversed(InetAddress address) {
    byte[] bytes = address.getAddress();
    var name = new StringBuilder();
    for (int i = bytes.length - 1; i >= 0; i--) {
      int value = bytes[i] & 0xff;
      if (bytes.length == 4) {
        name.append(value).append('.');
      } else {
        name.append(Character.forDigit(value & 15, 16)).append('.');
        name.append(Character.forDigit(value >> 4, 16)).append('.');
      }
    }
    return name.toString();
  }
}
