package org.posthorn.storage.directory;

import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.Optional;

/// Who is on the other side while somebody logs in, and what the connection can vouch for.
/// `certificate` is one that the client has shown and that was found good; closing `session` ends
/// it, from any thread and without waiting for its end.
public record Peer(
    Service service,
    InetAddress address,
    AutoCloseable session,
    Bindings bindings,
    Optional<X509Certificate> certificate) {
  /// Nobody who could be hung up on, without TLS.
  public Peer(Service service, InetAddress address) {
    this(service, address, () -> {}, Bindings.NONE, Optional.empty());
  }

  /// What ties a login to its TLS connection (RFC 5056).
  @FunctionalInterface
  public interface Bindings {
    Bindings NONE = _ -> Optional.empty();

    /// The data of a channel binding such as `tls-exporter`; empty when the connection has none of
    /// that type.
    Optional<byte[]> of(String type);
  }
}
