package org.posthorn.net;

/// Where a password may be sent without TLS.
public enum PlainTextLogins {
  /// From this machine only.
  LOOPBACK,
  /// Nowhere: TLS first.
  NEVER,
  /// Everywhere. Passwords can be read on the way.
  ALWAYS;

  /// Whether a client may send its password over this connection as it is now.
  public boolean allowedOn(Connection connection) {
    return connection.encrypted()
        || switch (this) {
          case LOOPBACK -> connection.remote().isLoopbackAddress();
          case NEVER -> false;
          case ALWAYS -> true;
        };
  }
}
