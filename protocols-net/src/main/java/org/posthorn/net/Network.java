package org.posthorn.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/// A range of addresses, as `192.0.2.0/24` or `2001:db8::/32` name it.
public final class Network {
  private final byte[] prefix;
  private final int prefixBits;

  private Network(byte[] prefix, int prefixBits) {
    this.prefix = prefix;
    this.prefixBits = prefixBits;
  }

  /// Without a slash, one address.
  public static Network of(String text) {
    int slash = text.indexOf('/');
    byte[] address = address(slash < 0 ? text : text.substring(0, slash)).getAddress();
    int bits = slash < 0 ? address.length * 8 : bits(text, slash + 1);
    if (bits > address.length * 8) {
      throw notANetwork(text);
    }
    return new Network(masked(address, bits), bits);
  }

  /// A literal address; no name is looked up.
  static InetAddress address(String text) {
    return InetAddress.ofLiteral(text);
  }

  public boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == prefix.length && Arrays.equals(masked(bytes, prefixBits), prefix);
  }

  /// Whom limits take for one client: an IPv4 address, or an IPv6 network of 64 bits, which is what
  /// one customer has.
  static InetAddress client(InetAddress address) {
    byte[] bytes = address.getAddress();
    try {
      return bytes.length == 4 ? address : InetAddress.getByAddress(masked(bytes, 64));
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] masked(byte[] address, int bits) {
    byte[] masked = address.clone();
    for (int i = 0; i < masked.length; i++) {
      int kept = Math.clamp(bits - i * 8L, 0, 8);
      masked[i] &= (byte) (0xff << (8 - kept));
    }
    return masked;
  }

  private static int bits(String text, int start) {
    try {
      int bits = Integer.parseInt(text, start, text.length(), 10);
      if (bits >= 0) {
        return bits;
      }
    } catch (NumberFormatException _) {
      // Told below.
    }
    throw notANetwork(text);
  }

  private static IllegalArgumentException notANetwork(String text) {
    return new IllegalArgumentException(
        "'" + text + "' is no network; write it like 192.0.2.0/24 or 2001:db8::/32");
  }
}
