package org.posthorn.app;

import org.posthorn.net.ConnectionHandler;
import org.posthorn.net.ListenerConfig;

/// A listener to be opened: its name in the configuration and in `posthorn status`, where, whether
/// plain-text connections may become TLS, and who serves.
record Port(String name, ListenerConfig listener, ConnectionHandler handler) {
  /// The web knows no STARTTLS.
  static final String WEB = "web";

  String tls() {
    if (listener.tls()) {
      return "implicit";
    }
    return name.equals(WEB) ? "none" : "starttls";
  }
}
