package org.posthorn.mailets.match;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.posthorn.mailet.ParameterException;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// A list of addresses in any case; `@example.org` stands for all of a domain.
record Addresses(Set<String> addresses, Set<Domain> domains) {
  static Addresses of(String parameter, List<String> texts) {
    Set<String> addresses = new HashSet<>();
    Set<Domain> domains = new HashSet<>();
    for (String text : texts) {
      if (text.startsWith("@")) {
        domains.add(Domain.parse(text.substring(1)).orElseThrow(() -> wrong(parameter, text)));
      } else {
        addresses.add(key(MailAddress.parse(text).orElseThrow(() -> wrong(parameter, text))));
      }
    }
    if (texts.isEmpty()) {
      throw new ParameterException("parameter '" + parameter + "' is missing");
    }
    return new Addresses(addresses, domains);
  }

  boolean contains(MailAddress address) {
    return domains.contains(address.domain()) || addresses.contains(key(address));
  }

  private static String key(MailAddress address) {
    return address.toString().toLowerCase(Locale.ROOT);
  }

  private static ParameterException wrong(String parameter, String text) {
    return new ParameterException(
        "parameter '%s' is '%s', but should be an address or @ with a domain"
            .formatted(parameter, text));
  }
}
