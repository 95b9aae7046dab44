package org.posthorn.senderauth.dmarc;

import java.util.Locale;
import java.util.Optional;

/// What a domain wants to happen to mail that does not pass; each is stricter than those before it.
public enum DmarcPolicy {
  NONE,
  QUARANTINE,
  REJECT;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<DmarcPolicy> of(String word) {
    for (DmarcPolicy policy : values()) {
      if (policy.word().equals(word.toLowerCase(Locale.ROOT))) {
        return Optional.of(policy);
      }
    }
    return Optional.empty();
  }

  /// The next one that is less strict: of a domain that is only testing.
  DmarcPolicy milder() {
    return this == REJECT ? QUARANTINE : NONE;
  }
}
