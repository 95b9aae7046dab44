package org.posthorn.mailets.gate;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;

/// Asks block and allow lists in the DNS (RFC 5782) about the client's address. Each list that has
/// it adds its weight, an allow list a negative one. All are asked at once; one that does not
/// answer counts nothing. Postmasters hear from everybody.
final class DnsList implements Gate {
  private static final Executor THREADS = task -> Thread.ofVirtual().name("dns-list").start(task);

  private final Dns dns;
  private final Map<String, Integer> weights;
  private final int refuseAt;
  private final int tagAt;
  private final int acceptAt;

  private DnsList(Dns dns, Map<String, Integer> weights, int refuseAt, int tagAt, int acceptAt) {
    this.dns = dns;
    this.weights = weights;
    this.refuseAt = refuseAt;
    this.tagAt = tagAt;
    this.acceptAt = acceptAt;
  }

  public static final class Factory implements GateFactory {
    @Override
    public String name() {
      return "DnsList";
    }

    @Override
    public Gate create(Parameters parameters, Services services) {
      Map<String, Integer> weights = new LinkedHashMap<>();
      parameters.map("zones").forEach((zone, weight) -> weights.put(zone, weight(zone, weight)));
      if (weights.isEmpty()) {
        throw new ParameterException(
            "parameter 'zones' is missing: a block of lists and weights, such as"
                + " {zen.spamhaus.org: 10}");
      }
      return new DnsList(
          services.dns(),
          weights,
          parameters.number("refuse-at", 10, 1, 1_000_000),
          parameters.number("tag-at", 1, 1, 1_000_000),
          -parameters.number("accept-at", 10, 1, 1_000_000));
    }

    private static int weight(String zone, String text) {
      try {
        return Integer.parseInt(text.strip());
      } catch (NumberFormatException _) {
        throw new ParameterException(
            "the weight of the list %s is '%s', but should be a number".formatted(zone, text));
      }
    }
  }

  @Override
  public Verdict recipient(Visitor visitor, IncomingMail mail, Recipient recipient) {
    if (recipient.address().localPart().equalsIgnoreCase("postmaster")) {
      return Verdict.pass();
    }
    List<String> found = listed(visitor.remote());
    int score = found.stream().mapToInt(this::weight).sum();
    String reason = "score " + score + ": " + String.join(", ", found);
    if (score >= refuseAt) {
      String text =
          "Your address %s is on the list %s"
              .formatted(visitor.remote().getHostAddress(), found.getFirst());
      return Verdict.refuse(text, reason);
    }
    if (score <= acceptAt) {
      return new Verdict.Accept(reason);
    }
    return score >= tagAt
        ? Verdict.tag("dnslist.score", String.valueOf(score), reason)
        : Verdict.pass();
  }

  /// The lists that have the address, those with the most weight first.
  private List<String> listed(InetAddress remote) {
    String prefix = reversed(remote);
    Map<String, CompletableFuture<Boolean>> asked = new LinkedHashMap<>();
    for (String zone : weights.keySet()) {
      asked.put(zone, CompletableFuture.supplyAsync(() -> isListed(prefix + zone), THREADS));
    }
    List<String> found = new ArrayList<>();
    asked.forEach((zone, answer) -> {
      if (answer.join()) {
        found.add(zone);
      }
    });
    found.sort(Comparator.comparingInt(this::weight).reversed());
    return found;
  }

  private int weight(String zone) {
    return weights.getOrDefault(zone, 0);
  }

  /// RFC 5782 §2.1: an answer in 127/8; 127.0.0.1 and 127.255.255.x say that we may not ask.
  private boolean isListed(String name) {
    return dns.ipv4Addresses(name).found().stream().anyMatch(DnsList::isOnList);
  }

  private static boolean isOnList(InetAddress answer) {
    byte[] bytes = answer.getAddress();
    boolean error = bytes[1] == -1 && bytes[2] == -1;
    boolean itself = bytes[1] == 0 && bytes[2] == 0 && bytes[3] == 1;
    return bytes[0] == 127 && !error && !itself;
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
