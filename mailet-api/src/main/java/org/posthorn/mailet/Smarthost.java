package org.posthorn.mailet;

import java.util.Optional;

/// A server that takes all our mail. `tls`: `NONE`, `STARTTLS` (required), `IMPLICIT`.
/// `credentials` name an entry of the server's configuration, never the secret itself.
public record Smarthost(String host, int port, Tls tls, Optional<String> credentials) {
  public enum Tls {
    NONE,
    OPPORTUNISTIC,
    STARTTLS,
    IMPLICIT
  }
}
