package org.posthorn.net;

import java.time.Duration;
import java.util.List;

/// An address that clients connect to, and the limits there.
public record ListenerConfig(
    /// Address to bind: an IPv4 or IPv6 address; `::` and `0.0.0.0` mean all.
    String host,
    /// Port to bind, 0 to 65535; 0 lets the system choose a free one.
    int port,
    /// Whether TLS starts with the first byte (ports 465, 993, 995).
    boolean tls,
    /// Connections that may be open at the same time, at least 1.
    int connectionsMax,
    /// Connections that one client address (IPv6: one /64 network) may have open at the same time,
    /// at least 1.
    int connectionsPerAddressMax,
    /// Networks of load balancers, such as `10.0.0.0/8`, that begin each connection with a PROXY
    /// header (version 1 or 2). From these the header is required, from all others it is none.
    List<String> proxyNetworks,
    /// How long a TLS handshake or a PROXY header may take.
    Duration handshakeTimeout,
    /// How long a client may take to receive 64 KiB before it is dropped.
    Duration writeTimeout) {

  public ListenerConfig {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port must be 0 to 65535, not " + port);
    }
    if (connectionsMax < 1) {
      throw new IllegalArgumentException("connections-max must be at least 1");
    }
    if (connectionsPerAddressMax < 1) {
      throw new IllegalArgumentException("connections-per-address-max must be at least 1");
    }
    if (handshakeTimeout.toMillis() < 1 || handshakeTimeout.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException("handshake-timeout must be more than 0 and at most 1h");
    }
    if (writeTimeout.toMillis() < 1 || writeTimeout.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException("write-timeout must be more than 0 and at most 1d");
    }
    proxyNetworks = List.copyOf(proxyNetworks);
    proxyNetworks.forEach(Network::of);
    Network.address(host);
  }

  /// Loopback, a free port, plain text at first.
  public static ListenerConfig defaults() {
    return new ListenerConfig(
        "127.0.0.1",
        0,
        false,
        10_000,
        1_000,
        List.of(),
        Duration.ofSeconds(30),
        Duration.ofMinutes(3));
  }

  public ListenerConfig withPort(int newPort) {
    return new ListenerConfig(
        host,
        newPort,
        tls,
        connectionsMax,
        connectionsPerAddressMax,
        proxyNetworks,
        handshakeTimeout,
        writeTimeout);
  }

  /// With TLS from the first byte.
  public ListenerConfig withTls() {
    return new ListenerConfig(
        host,
        port,
        true,
        connectionsMax,
        connectionsPerAddressMax,
        proxyNetworks,
        handshakeTimeout,
        writeTimeout);
  }
}
