package org.posthorn.smtp.outbound;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.posthorn.message.Domain;

/// Who we are in the DNS, and which addresses are none of the Internet's. Safe for use by many
/// threads.
final class OwnHosts {
  /// How long the addresses of interfaces are not asked for again: one may come late, or be another
  /// after a while (DHCP, SLAAC).
  private static final Duration KNOWN = Duration.ofMinutes(1);

  private final Set<String> names;
  private final boolean privateAllowed;
  private final Supplier<Optional<Set<InetAddress>>> interfaces;
  private final LongSupplier nanos;
  private volatile Seen seen;

  private record Seen(Set<InetAddress> addresses, long nanos) {}

  OwnHosts(List<String> names, boolean privateAllowed) {
    this(names, privateAllowed, OwnHosts::interfaceAddresses, System::nanoTime);
  }

  OwnHosts(
      List<String> names,
      boolean privateAllowed,
      Supplier<Optional<Set<InetAddress>>> interfaces,
      LongSupplier nanos) {
    this.names = names.stream().map(OwnHosts::known).collect(Collectors.toUnmodifiableSet());
    this.privateAllowed = privateAllowed;
    this.interfaces = interfaces;
    this.nanos = nanos;
    this.seen = new Seen(interfaces.get().orElse(Set.of()), nanos.getAsLong());
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
    return ownAddresses().contains(address);
  }

  private Set<InetAddress> ownAddresses() {
    Seen last = seen;
    long now = nanos.getAsLong();
    if (now - last.nanos() > KNOWN.toNanos()) {
      last = new Seen(interfaces.get().orElse(last.addresses()), now);
      seen = last;
    }
    return last.addresses();
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

  /// Empty where the system does not tell: then what it told before counts, and names do.
  private static Optional<Set<InetAddress>> interfaceAddresses() {
    try {
      return Optional.of(
          NetworkInterface.networkInterfaces()
              .flatMap(NetworkInterface::inetAddresses)
              .collect(Collectors.toUnmodifiableSet()));
    } catch (SocketException _) {
      return Optional.empty();
    }
  }
}
