package org.posthorn.smtp.outbound;

import java.util.Optional;
import org.posthorn.mailet.Smarthost;

/// A server that may take a mail. `anywhere`: the operator named it, so it may be inside our
/// network and may be ourselves. `preference` is that of its MX, 0 for a server without one.
record MailHost(
    String name,
    int port,
    int preference,
    boolean anywhere,
    Smarthost.Tls tls,
    Optional<String> credentials) {
  static MailHost ofMx(String name, int port, int preference) {
    return new MailHost(
        name, port, preference, false, Smarthost.Tls.OPPORTUNISTIC, Optional.empty());
  }

  static MailHost ofRoute(HostPort route) {
    return new MailHost(
        route.host(),
        route.port(),
        0,
        /* anywhere= */ true,
        Smarthost.Tls.OPPORTUNISTIC,
        Optional.empty());
  }

  static MailHost ofSmarthost(Smarthost smarthost) {
    return new MailHost(
        smarthost.host(),
        smarthost.port(),
        0,
        /* anywhere= */ true,
        smarthost.tls(),
        smarthost.credentials());
  }
}
