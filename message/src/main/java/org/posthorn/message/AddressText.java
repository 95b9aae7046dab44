package org.posthorn.message;

import java.net.InetAddress;

/// Addresses as people write them, everywhere where people read them: IPv6 shortened (RFC 5952),
/// and without the zone, which means nothing elsewhere.
public final class AddressText {
  private AddressText() {}

  public static String of(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == 4 ? address.getHostAddress() : ipv6(bytes);
  }

  /// A host and its port; the colons of an IPv6 address stand in brackets (RFC 3986 §3.2.2).
  public static String ofHost(String host, int port) {
    boolean bare = host.indexOf(':') >= 0 && !host.startsWith("[");
    return (bare ? "[" + host + "]" : host) + ":" + port;
  }

  private static String ipv6(byte[] bytes) {
    int[] groups = new int[8];
    for (int at = 0; at < 8; at++) {
      groups[at] = ((bytes[2 * at] & 0xFF) << 8) | (bytes[2 * at + 1] & 0xFF);
    }
    int from = 8;
    int longest = 1;
    for (int at = 0; at < 8; at++) {
      int zeros = 0;
      while (at + zeros < 8 && groups[at + zeros] == 0) {
        zeros++;
      }
      if (zeros > longest) {
        longest = zeros;
        from = at;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < 8; at++) {
      if (at == from) {
        text.append("::");
        at += longest - 1;
      } else {
        text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":");
        text.append(Integer.toHexString(groups[at]));
      }
    }
    return text.toString();
  }
}
