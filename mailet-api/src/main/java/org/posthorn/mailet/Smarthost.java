package org.posthorn.mailet;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/// A server that takes all our mail. `host` is a name or an address; `credentials` name an entry of
/// the server's configuration, never the secret itself.
public record Smarthost(String host, int port, Tls tls, Optional<String> credentials) {
  public Smarthost {
    requireNonNull(tls, "tls");
    requireNonNull(credentials, "credentials");
    if (host.isBlank() || port < 1 || port > 65_535) {
      throw new IllegalArgumentException(
          "A smarthost has a name and a port from 1 to 65535, not '%s' and %d"
              .formatted(host, port));
    }
  }

  /// How the way there is protected.
  public enum Tls {
    /// Not at all.
    NONE,
    /// If the server offers it, with any certificate.
    OPPORTUNISTIC,
    /// Required, with a certificate that is good for the host's name.
    STARTTLS,
    /// The same, from the first byte.
    IMPLICIT
  }
}
