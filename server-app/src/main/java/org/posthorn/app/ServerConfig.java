package org.posthorn.app;

import org.posthorn.app.log.LogConfig;

/// All of `posthorn.yaml`. Every key may be left out.
public record ServerConfig(
    /// The server's own name: in greetings, `Received:` lines and Message-IDs. Must be a name that
    /// DNS knows, for a server that sends mail to others. `localhost` by default.
    String hostname,
    /// Certificates.
    TlsConfig tls,
    /// The server's log.
    LogConfig log) {

  public static ServerConfig defaults() {
    return new ServerConfig("localhost", TlsConfig.defaults(), LogConfig.defaults());
  }
}
