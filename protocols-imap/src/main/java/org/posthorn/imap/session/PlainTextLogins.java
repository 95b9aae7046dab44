package org.posthorn.imap.session;

import java.net.InetAddress;

/// Where a password may come over a connection without TLS.
public enum PlainTextLogins {
  /// Nowhere.
  NEVER,
  /// From this machine.
  LOOPBACK,
  /// From everywhere.
  ALWAYS;

  boolean allow(InetAddress from) {
    return switch (this) {
      case NEVER -> false;
      case LOOPBACK -> from.isLoopbackAddress();
      case ALWAYS -> true;
    };
  }
}
