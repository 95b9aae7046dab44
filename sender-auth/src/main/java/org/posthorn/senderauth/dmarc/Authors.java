package org.posthorn.senderauth.dmarc;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.message.Domain;
import org.posthorn.message.HeaderField;

/// The domains of a message's authors, read from its `From` strictly (RFC 5322 §3.4, with the
/// groups of RFC 6854): what mail programs could read in two ways is malformed, for one of the ways
/// would be the forged one.
public record Authors(List<String> domains, String malformed) {
  private static final int DOMAINS_MAX = 5;
  private static final String ONE_WORD = "From has a domain of one word";

  public Authors {
    domains = List.copyOf(domains);
  }

  public boolean isMalformed() {
    return !malformed.isEmpty();
  }

  /// Whether it is read in one way only, but a domain is one word, such as `localhost`: of those
  /// the DNS knows nothing.
  public boolean isOfOneWord() {
    return malformed.equals(ONE_WORD);
  }

  private static Authors malformed(String why) {
    return new Authors(List.of(), why);
  }

  /// `header`: all fields of the message.
  public static Authors of(List<HeaderField> header) {
    List<HeaderField> from = header.stream().filter(field -> field.is("From")).toList();
    if (from.size() != 1) {
      return malformed(from.isEmpty() ? "there is no From" : "there is more than one From");
    }
    Optional<List<String>> hosts = FromParser.hosts(from.getFirst().value());
    if (hosts.isEmpty()) {
      return malformed("From is not a list of addresses");
    }
    Set<String> domains = new LinkedHashSet<>();
    boolean isOneWord = false;
    for (String host : hosts.get()) {
      Optional<Domain> domain = Domain.parse(host);
      if (domain.isEmpty() || domain.get().isLiteral()) {
        return malformed("From has an address without a domain");
      }
      isOneWord |= host.indexOf('.') < 0;
      domains.add(domain.get().ascii());
    }
    if (isOneWord) {
      return malformed(ONE_WORD);
    }
    if (domains.isEmpty() || domains.size() > DOMAINS_MAX) {
      return malformed(domains.isEmpty() ? "From has no address" : "From has too many domains");
    }
    return new Authors(new ArrayList<>(domains), "");
  }
}
