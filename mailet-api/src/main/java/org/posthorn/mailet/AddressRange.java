package org.posthorn.mailet;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;
import org.posthorn.message.AddressText;

/// A range of IP addresses such as `192.0.2.0/24` or `2001:db8::/32`; without a slash, one address.
/// The first `bits` of the address are the network's.
public record AddressRange(InetAddress address, int bits) {
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

  public AddressRange {
    int all = address.getAddress().length * 8;
    if (bits < 0 || bits > all) {
      throw new IllegalArgumentException(
          "An address of this kind has 0 to %d bits, not %d".formatted(all, bits));
    }
  }

  /// Empty when it is none. An IPv4 address has four numbers: where some are missing, programs do
  /// not agree which (`192.168` is 192.168.0.0 to some and 192.0.0.168 to others).
  public static Optional<AddressRange> parse(String text) {
    int slash = text.indexOf('/');
    String literal = slash < 0 ? text : text.substring(0, slash);
    if (literal.indexOf(':') < 0 && !IPV4.matcher(literal).matches()) {
      return Optional.empty();
    }
    try {
      InetAddress address = InetAddress.ofLiteral(literal);
      int bits =
          slash < 0 ? address.getAddress().length * 8 : Integer.parseInt(text.substring(slash + 1));
      return Optional.of(new AddressRange(address, bits));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /// Reads one for `parameter`. Throws [ParameterException].
  public static AddressRange of(String parameter, String text) {
    return parse(text)
        .orElseThrow(() ->
            new ParameterException(
                "parameter '%s' is '%s', but should be an IP address or a network such as 192.0.2.0/24"
                    .formatted(parameter, text)));
  }

  /// The network of `address`: its first `ipv4Bits` or `ipv6Bits`.
  public static AddressRange around(InetAddress address, int ipv4Bits, int ipv6Bits) {
    byte[] bytes = address.getAddress();
    int bits = bytes.length == 4 ? ipv4Bits : ipv6Bits;
    for (int bit = bits; bit < bytes.length * 8; bit++) {
      bytes[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
    }
    try {
      return new AddressRange(InetAddress.getByAddress(bytes), bits);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Never, for an address of the other kind.
  public boolean contains(InetAddress other) {
    byte[] ours = address.getAddress();
    byte[] theirs = other.getAddress();
    if (ours.length != theirs.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % 8);
      if (((ours[bit / 8] ^ theirs[bit / 8]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  /// As people write it: `192.0.2.0/24`, `2001:db8::/32`.
  @Override
  public String toString() {
    return AddressText.of(address) + "/" + bits;
  }
}
