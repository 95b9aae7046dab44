package org.posthorn.storage.login;

import java.util.List;
import java.util.Optional;
import org.posthorn.storage.directory.Peer;

/// Whether a login is for this TLS connection, or is led on by somebody in between (RFC 5056).
final class ChannelBinding {
  /// RFC 9266, RFC 5929.
  private static final List<String> TYPES = List.of("tls-exporter", "tls-server-end-point");

  private ChannelBinding() {}

  /// Where `tls-exporter` works: clients of TLS 1.2 would bind by `tls-unique`, which is broken
  /// (RFC 7627) and not for us.
  static boolean isOffered(Peer peer) {
    return peer.bindings().of(TYPES.getFirst()).isPresent();
  }

  static Optional<byte[]> of(String type, Peer peer) {
    return TYPES.contains(type) ? peer.bindings().of(type) : Optional.empty();
  }
}
