package org.posthorn.senderauth.spf;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Dns.Answer;

/// The questions of one check, and what it may still ask (RFC 7208 §4.6.4). Used by one thread.
final class SpfLookups {
  private static final int TERMS_MAX = 10;
  private static final int VOID_MAX = 2;
  private static final int EXCHANGERS_MAX = 10;
  private static final int NAMES_MAX = 10;
  private static final int NAME_MAX_CHARS = 253;
  private static final int LABEL_MAX_CHARS = 63;

  /// The DNS did not answer: the check's result is `temperror`.
  static final class Silence extends Exception {
    private static final long serialVersionUID = 1L;

    Silence(String why) {
      super(why, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    }

    String why() {
      String message = getMessage();
      return message == null ? "" : message;
    }
  }

  private final Dns dns;
  private final long untilNanos;
  private int terms;
  private int voids;

  SpfLookups(Dns dns, Duration limit) {
    this.dns = dns;
    this.untilNanos = System.nanoTime() + limit.toNanos();
  }

  /// A term is about to ask.
  void term(String written) throws SpfSyntax {
    if (++terms > TERMS_MAX) {
      throw new SpfSyntax(
          "'%s' would be look-up %d; %d are allowed".formatted(written, terms, TERMS_MAX));
    }
  }

  List<String> texts(String name) throws Silence {
    return isName(name) ? found(dns.texts(name)) : List.of();
  }

  /// The addresses of the client's kind.
  List<InetAddress> addresses(String name, InetAddress client) throws SpfSyntax, Silence {
    return notVoid(addressesOf(name, client));
  }

  /// Whether there is any IPv4 address, whatever the client comes by (§5.7).
  boolean exists(String name) throws SpfSyntax, Silence {
    return !notVoid(isName(name) ? found(dns.ipv4Addresses(name)) : List.of()).isEmpty();
  }

  List<Dns.Exchanger> exchangers(String name) throws SpfSyntax, Silence {
    List<Dns.Exchanger> all =
        notVoid(isName(name) ? found(dns.exchangers(name)) : List.<Dns.Exchanger>of());
    if (all.size() > EXCHANGERS_MAX) {
      throw new SpfSyntax(name + " has more than " + EXCHANGERS_MAX + " MX records");
    }
    return all;
  }

  /// One of a name's exchangers. That one has no address of the client's kind is no fault of the
  /// record, that there is none of this name is one.
  List<InetAddress> addressesOfExchanger(String name, InetAddress client)
      throws SpfSyntax, Silence {
    if (!isName(name)) {
      return List.of();
    }
    Answer<InetAddress> answer = ask(name, client);
    return answer instanceof Answer.NoSuchName<InetAddress> ? notVoid(List.of()) : found(answer);
  }

  /// The client's names that lead back to it, the first ten (§5.5). Whoever owns the address wrote
  /// them, not whose record it is: nothing about them is an error.
  List<String> namesOf(InetAddress client) {
    return outOfTime().isPresent()
        ? List.of()
        : dns.names(client).found().stream()
            .limit(NAMES_MAX)
            .filter(name -> leadsBack(name, client))
            .toList();
  }

  private boolean leadsBack(String name, InetAddress client) {
    try {
      return addressesOf(name, client).contains(client);
    } catch (Silence _) {
      return false;
    }
  }

  private List<InetAddress> addressesOf(String name, InetAddress client) throws Silence {
    return isName(name) ? found(ask(name, client)) : List.of();
  }

  private Answer<InetAddress> ask(String name, InetAddress client) throws Silence {
    inTime();
    return client instanceof Inet4Address ? dns.ipv4Addresses(name) : dns.ipv6Addresses(name);
  }

  private <T> List<T> notVoid(List<T> records) throws SpfSyntax {
    if (records.isEmpty() && ++voids > VOID_MAX) {
      throw new SpfSyntax("more than %d look-ups found nothing".formatted(VOID_MAX));
    }
    return records;
  }

  private <T> List<T> found(Answer<T> answer) throws Silence {
    if (answer instanceof Answer.Unknown<T>(var why)) {
      throw new Silence(why);
    }
    inTime();
    return answer.found();
  }

  private void inTime() throws Silence {
    Optional<String> late = outOfTime();
    if (late.isPresent()) {
      throw new Silence(late.get());
    }
  }

  private Optional<String> outOfTime() {
    return System.nanoTime() - untilNanos > 0
        ? Optional.of("the DNS took too long in all")
        : Optional.empty();
  }

  /// Whether a name can be asked for; one that cannot does not exist (§4.3).
  static boolean isName(String name) {
    String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    if (plain.isEmpty() || plain.length() > NAME_MAX_CHARS) {
      return false;
    }
    for (String label : plain.split("\\.", -1)) {
      if (label.isEmpty() || label.length() > LABEL_MAX_CHARS) {
        return false;
      }
    }
    return true;
  }

  /// A name that grew too long loses labels on its left (§7.3).
  static String cut(String name) {
    String cut = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    while (cut.length() > NAME_MAX_CHARS && cut.indexOf('.') >= 0) {
      cut = cut.substring(cut.indexOf('.') + 1);
    }
    return cut;
  }
}
