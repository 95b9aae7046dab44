package org.posthorn.senderauth.iprev;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Optional;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Dns.Answer;
import org.posthorn.message.AddressText;
import org.posthorn.senderauth.results.MethodResult;

/// The name of a client's address, and whether that name has the address.
///
/// @param result `pass`, `fail`, `temperror`, or `permerror` where there is no name
/// @param name the one that leads back, or else the first
public record ReverseName(InetAddress client, String result, Optional<String> name) {
  private static final int NAMES_MAX = 5;

  /// Asks the DNS; the calling thread waits.
  public static ReverseName of(InetAddress client, Dns dns) {
    Answer<String> names = dns.names(client);
    if (names.found().isEmpty()) {
      String result = names.isUnknown() ? "temperror" : "permerror";
      return new ReverseName(client, result, Optional.empty());
    }
    boolean unknown = false;
    for (String name : names.found().stream().limit(NAMES_MAX).toList()) {
      Answer<InetAddress> addresses =
          client instanceof Inet4Address ? dns.ipv4Addresses(name) : dns.ipv6Addresses(name);
      if (addresses.found().contains(client)) {
        return new ReverseName(client, "pass", Optional.of(name));
      }
      unknown |= addresses.isUnknown();
    }
    return new ReverseName(
        client, unknown ? "temperror" : "fail", Optional.of(names.found().getFirst()));
  }

  /// For Authentication-Results (RFC 8601 §2.7.3).
  public MethodResult toMethodResult() {
    return MethodResult.of("iprev", result, "").with("policy", "iprev", AddressText.of(client));
  }
}
