package org.posthorn.smtp.inbound;

import java.net.InetAddress;

/// Whether a password may be sent without TLS.
public enum PlainTextLogins {
  /// Never.
  NEVER,
  /// From this machine only.
  LOOPBACK,
  /// From everywhere: whoever is on the way can read the passwords.
  ALWAYS;

  boolean allow(InetAddress client) {
    return switch (this) {
      case NEVER -> false;
      case LOOPBACK -> client.isLoopbackAddress();
      case ALWAYS -> true;
    };
  }
}
