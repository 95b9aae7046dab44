package org.posthorn.app;

import org.posthorn.app.log.LogConfig;
import org.posthorn.app.tls.TlsConfig;
import org.posthorn.storage.StorageConfig;

/// All of `posthorn.yaml`. Every key may be left out.
public record ServerConfig(
    /// The server's own name: in greetings, `Received:` lines and Message-IDs. Must be a name that
    /// DNS knows, for a server that sends mail to others. `localhost` by default.
    String hostname,
    /// Certificates.
    TlsConfig tls,
    /// How mail is kept.
    StorageConfig storage,
    /// The server's log.
    LogConfig log) {

  public static ServerConfig defaults() {
    return new ServerConfig(
        "localhost", TlsConfig.defaults(), StorageConfig.defaults(), LogConfig.defaults());
  }
}
