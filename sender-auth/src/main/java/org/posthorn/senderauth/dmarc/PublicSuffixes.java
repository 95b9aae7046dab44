package org.posthorn.senderauth.dmarc;

import com.google.common.net.InternetDomainName;
import java.util.Optional;

/// Names under which anybody can have a domain, by the list of publicsuffix.org, as it was when the
/// program was built.
final class PublicSuffixes {
  private PublicSuffixes() {}

  /// The domain that somebody has of those above `domain`: `example.co.uk` for `a.example.co.uk`.
  /// Empty for a suffix itself, and for names that are none.
  static Optional<String> registered(String domain) {
    try {
      InternetDomainName name = InternetDomainName.from(domain);
      if (name.isUnderPublicSuffix()) {
        return Optional.of(name.topPrivateDomain().toString());
      }
      return name.isPublicSuffix() || name.parts().size() < 2
          ? Optional.empty()
          : Optional.of(lastTwo(domain));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /// A top-level domain that the list does not know has no rules but the first.
  private static String lastTwo(String domain) {
    int dot = domain.lastIndexOf('.');
    return domain.substring(domain.lastIndexOf('.', dot - 1) + 1);
  }
}
