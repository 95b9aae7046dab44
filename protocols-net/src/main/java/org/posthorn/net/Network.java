package org.posthorn.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/// A range of addresses, as `192.0.2.0/24` or `2001:db8::/32` name it.
public final class Network {
  /// Without leading zeros, which some take for octal.
  private static final Pattern IPV4 =
      Pattern.compile("(?:0|[1-9][0-9]{0,2})(?:\\.(?:0|[1-9][0-9]{0,2})){3}");

  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*");
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

  /// An address as everybody writes it: four decimal numbers, or IPv6 without a zone. No name is
  /// looked up.
  public static InetAddress address(String text) {
    if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) {
      throw new IllegalArgumentException("'" + text + "' is no address");
    }
    return InetAddress.ofLiteral(text);
  }

  public static boolean isAddress(String text) {
    try {
      address(text);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  /// Whether the address is in one of these, written as for [#of].
  public static boolean contains(List<String> networks, InetAddress address) {
    return networks.stream().anyMatch(network -> of(network).contains(address));
  }

  public boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == prefix.length && Arrays.equals(masked(bytes, prefixBits), prefix);
  }

  /// Whom limits take for one client: an IPv4 address, or an IPv6 network of 64 bits, which is what
  /// one customer has.
  public static InetAddress client(InetAddress address) {
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
