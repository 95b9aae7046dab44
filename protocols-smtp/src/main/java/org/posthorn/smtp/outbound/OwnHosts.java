package org.posthorn.smtp.outbound;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.message.Domain;

/// Who we are in the DNS, and which addresses are none of the Internet's. Safe for use by many
/// threads.
final class OwnHosts {
  private final Set<String> names;
  private final Set<InetAddress> addresses;
  private final boolean privateAllowed;

  OwnHosts(List<String> names, boolean privateAllowed) {
    this.names = names.stream().map(OwnHosts::known).collect(Collectors.toUnmodifiableSet());
    this.addresses = interfaceAddresses();
    this.privateAllowed = privateAllowed;
  }

  boolean isOurs(String host) {
    return names.contains(known(host));
  }

  /// An address of one of our network interfaces. Loopback is ours too, unless it may be a
  /// destination.
  boolean isOurs(InetAddress address) {
    if (address.isLoopbackAddress() || address.isAnyLocalAddress()) {
      return !privateAllowed;
    }
    return addresses.contains(address);
  }

  /// As it is in the DNS.
  private static String known(String name) {
    return Domain.parse(name).map(Domain::ascii).orElseGet(() -> name.toLowerCase(Locale.ROOT));
  }

  boolean mayReach(InetAddress address) {
    return privateAllowed || !isInside(address);
  }

  /// Whether an address means something only inside a network (RFC 6890).
  static boolean isInside(InetAddress address) {
    if (address.isLoopbackAddress()
        || address.isAnyLocalAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || address.isMulticastAddress()) {
      return true;
    }
    byte[] bytes = address.getAddress();
    int first = bytes[0] & 0xFF;
    int second = bytes[1] & 0xFF;
    if (address instanceof Inet4Address) {
      return first == 0 || first >= 240 || (first == 100 && second >= 64 && second < 128);
    }
    return (first & 0xFE) == 0xFC || embedsInsideAddress(bytes);
  }

  /// An IPv4 address inside an IPv6 one: NAT64 (RFC 6052), IPv4-compatible (RFC 4291 §2.5.5.1),
  /// 6to4 (RFC 3056). A gateway would take it inside.
  private static boolean embedsInsideAddress(byte[] six) {
    boolean nat64 = startsWith(six, 0x00, 0x64, 0xFF, 0x9B);
    boolean compatible = startsWith(six, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    boolean sixToFour = startsWith(six, 0x20, 0x02);
    if (!nat64 && !compatible && !sixToFour) {
      return false;
    }
    byte[] four = new byte[4];
    System.arraycopy(six, sixToFour ? 2 : 12, four, 0, 4);
    try {
      return isInside(InetAddress.getByAddress(four));
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException("Four bytes are an address", e);
    }
  }

  private static boolean startsWith(byte[] bytes, int... start) {
    for (int i = 0; i < start.length; i++) {
      if ((bytes[i] & 0xFF) != start[i]) {
        return false;
      }
    }
    return true;
  }

  private static Set<InetAddress> interfaceAddresses() {
    Set<InetAddress> found = new HashSet<>();
    try {
      NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .forEach(found::add);
    } catch (SocketException _) {
      // Then only names tell that a server is ourselves.
    }
    return Set.copyOf(found);
  }
}
