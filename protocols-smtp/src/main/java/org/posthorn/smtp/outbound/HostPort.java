package org.posthorn.smtp.outbound;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.Domain;

/// A host, by name or address (an IPv6 address without its brackets), and a port.
record HostPort(String host, int port) {
  /// Reads `host`, `host:port`, `[2001:db8::1]:port`. `key` is the setting that a complaint names.
  static HostPort parse(String key, String text, int defaultPort) {
    int colon = text.endsWith("]") ? -1 : text.lastIndexOf(':');
    String host = colon < 0 ? text : text.substring(0, colon);
    String port = colon < 0 ? Integer.toString(defaultPort) : text.substring(colon + 1);
    boolean brackets = host.startsWith("[") && host.endsWith("]");
    String name = brackets ? host.substring(1, host.length() - 1) : host;
    if (!port.matches("[0-9]{1,5}")
        || Integer.parseInt(port) < 1
        || Integer.parseInt(port) > 65_535
        || (address(name).isEmpty() && Domain.parse(name).isEmpty())
        || (name.contains(":") && !brackets)) {
      throw new IllegalArgumentException(
          key + " must be host:port, such as mail.example.org:25, not '" + text + "'");
    }
    return new HostPort(name, Integer.parseInt(port));
  }

  /// [#parse] for what must be an address.
  static InetSocketAddress parseAddress(String key, String text, int defaultPort) {
    HostPort read = parse(key, text, defaultPort);
    return address(read.host)
        .map(address -> new InetSocketAddress(address, read.port))
        .orElseThrow(() ->
            new IllegalArgumentException(
                key + " must be addresses such as 192.0.2.53, not '" + text + "'"));
  }

  /// Addresses of our own to set out from, at most one of each kind.
  static List<InetAddress> sources(List<String> texts) {
    List<InetAddress> sources =
        texts.stream().map(own -> parseAddress("source-addresses", own, 25).getAddress()).toList();
    if (sources.stream().map(own -> own.getAddress().length).distinct().count() < sources.size()) {
      throw new IllegalArgumentException(
          "source-addresses must be at most one IPv4 and one IPv6 address");
    }
    return sources;
  }

  /// The host's address, if it is one and no name.
  Optional<InetAddress> address() {
    return address(host);
  }

  private static Optional<InetAddress> address(String host) {
    try {
      return Domain.parse(host).isPresent()
          ? Optional.empty()
          : Optional.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
