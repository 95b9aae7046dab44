package org.posthorn.mailet;

import java.util.Locale;
import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// One address, or with `@example.org` all of a domain; in any case. `localPart` is absent for a
/// domain, otherwise in small letters.
public record AddressPattern(Optional<String> localPart, Domain domain) {
  /// Empty when it is neither.
  public static Optional<AddressPattern> parse(String text) {
    if (text.startsWith("@")) {
      return Domain.parse(text.substring(1))
          .map(domain -> new AddressPattern(Optional.empty(), domain));
    }
    return MailAddress.parse(text).map(AddressPattern::of);
  }

  /// The pattern that only this address fits.
  public static AddressPattern of(MailAddress address) {
    return new AddressPattern(
        Optional.of(address.localPart().toLowerCase(Locale.ROOT)), address.domain());
  }

  public boolean fits(MailAddress address) {
    return domain.equals(address.domain())
        && localPart.map(address.localPart()::equalsIgnoreCase).orElse(true);
  }

  @Override
  public String toString() {
    return localPart.orElse("") + "@" + domain;
  }
}
