package org.posthorn.senderauth.spf;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// A published policy, read (RFC 7208 §4.6).
record SpfRecord(
    List<Directive> directives, Optional<MacroString> redirect, Optional<MacroString> explanation) {
  SpfRecord {
    directives = List.copyOf(directives);
  }

  /// `-ip4:192.0.2.0/24`: what the result is if the mechanism matches.
  record Directive(SpfCode onMatch, Mechanism mechanism, String written) {}

  /// What a client is compared with (RFC 7208 §5). An absent domain is the one whose record this
  /// is.
  sealed interface Mechanism {
    record All() implements Mechanism {}

    record Include(MacroString domain) implements Mechanism {}

    record A(Optional<MacroString> domain, Prefixes prefixes) implements Mechanism {}

    record Mx(Optional<MacroString> domain, Prefixes prefixes) implements Mechanism {}

    record Ptr(Optional<MacroString> domain) implements Mechanism {}

    record Ip(InetAddress network, int prefixBits) implements Mechanism {}

    record Exists(MacroString domain) implements Mechanism {}
  }

  /// How many bits of an address count, for each kind.
  record Prefixes(int ipv4Bits, int ipv6Bits) {
    static final Prefixes WHOLE = new Prefixes(32, 128);

    boolean match(InetAddress one, InetAddress other) {
      return sameNetwork(one, other, one.getAddress().length == 4 ? ipv4Bits : ipv6Bits);
    }
  }

  /// Whether two addresses of one kind have their first bits in common.
  static boolean sameNetwork(InetAddress one, InetAddress other, int bits) {
    byte[] a = one.getAddress();
    byte[] b = other.getAddress();
    if (a.length != b.length) {
      return false;
    }
    for (int at = 0; at < bits; at += 8) {
      int mask = 0xFF << Math.max(0, 8 - (bits - at));
      if (((a[at / 8] ^ b[at / 8]) & mask & 0xFF) != 0) {
        return false;
      }
    }
    return true;
  }
}
