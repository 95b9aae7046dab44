package org.posthorn.mailets.match;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.posthorn.mailet.AddressPattern;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// A list of addresses in any case; `@example.org` stands for all of a domain.
record Addresses(Set<String> addresses, Set<Domain> domains) {
  static Addresses of(List<AddressPattern> patterns) {
    Set<String> addresses = new HashSet<>();
    Set<Domain> domains = new HashSet<>();
    for (AddressPattern pattern : patterns) {
      if (pattern.localPart().isPresent()) {
        addresses.add(key(pattern.toString()));
      } else {
        domains.add(pattern.domain());
      }
    }
    return new Addresses(addresses, domains);
  }

  boolean contains(MailAddress address) {
    return domains.contains(address.domain()) || addresses.contains(key(address.toString()));
  }

  private static String key(String address) {
    return address.toLowerCase(Locale.ROOT);
  }
}
