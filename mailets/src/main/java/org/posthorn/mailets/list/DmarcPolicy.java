package org.posthorn.mailets.list;

import java.util.Locale;
import java.util.Optional;
import org.posthorn.mailet.Dns;
import org.posthorn.message.Domain;

/// Whether the owner of a domain wants mail refused or put aside that others change on its way (RFC
/// 7489 §6.3): then a list cannot leave it in `From`. Asks for the domain and those above it.
final class DmarcPolicy {
  private static final int QUESTIONS_MAX = 5;

  private DmarcPolicy() {}

  /// Also true when nobody knows: with another From the mail arrives in any case.
  static boolean isStrict(Dns dns, Domain from) {
    String name = from.ascii();
    for (int i = 0; i < QUESTIONS_MAX && name.indexOf('.') > 0; i++) {
      Dns.Answer<String> answer = dns.texts("_dmarc." + name);
      if (answer.isUnknown()) {
        return true;
      }
      Optional<String> record =
          answer.found().stream().filter(text -> text.strip().startsWith("v=DMARC1")).findFirst();
      if (record.isPresent()) {
        return isStrict(policy(record.get(), i > 0));
      }
      name = name.substring(name.indexOf('.') + 1);
    }
    return false;
  }

  private static boolean isStrict(String policy) {
    return policy.equals("reject") || policy.equals("quarantine");
  }

  /// What is said for the domain itself, or for those below it.
  private static String policy(String record, boolean below) {
    String own = "none";
    Optional<String> forThoseBelow = Optional.empty();
    for (String tag : record.toLowerCase(Locale.ROOT).split(";", -1)) {
      String[] parts = tag.split("=", 2);
      if (parts.length == 2) {
        switch (parts[0].strip()) {
          case "p" -> own = parts[1].strip();
          case "sp" -> forThoseBelow = Optional.of(parts[1].strip());
          default -> {} // Reports and such.
        }
      }
    }
    return below ? forThoseBelow.orElse(own) : own;
  }
}
