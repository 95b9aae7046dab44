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
    Optional<String> credentials,
    Proof proof) {
  static MailHost ofMx(String name, int port, int preference) {
    return new MailHost(
        name,
        port,
        preference,
        /* anywhere= */ false,
        Smarthost.Tls.OPPORTUNISTIC,
        Optional.empty(),
        new Proof.Nothing());
  }

  static MailHost ofRoute(HostPort route) {
    return new MailHost(
        route.host(),
        route.port(),
        0,
        /* anywhere= */ true,
        Smarthost.Tls.OPPORTUNISTIC,
        Optional.empty(),
        new Proof.Nothing());
  }

  /// `verified`: unless the operator wants it in plain text, or tries whether there is TLS, it must
  /// prove its name.
  static MailHost ofSmarthost(Smarthost smarthost, boolean verified) {
    boolean secured =
        smarthost.tls() == Smarthost.Tls.STARTTLS || smarthost.tls() == Smarthost.Tls.IMPLICIT;
    return new MailHost(
        smarthost.host(),
        smarthost.port(),
        0,
        /* anywhere= */ true,
        smarthost.tls(),
        smarthost.credentials(),
        secured && verified
            ? new Proof.Certificate(Proof.Wanted.BY_OPERATOR)
            : new Proof.Nothing());
  }

  /// The server, if it proves its name by its certificate.
  MailHost proving(Proof.Wanted wanted) {
    return proving(new Proof.Certificate(wanted));
  }

  MailHost proving(Proof needed) {
    return new MailHost(name, port, preference, anywhere, tls, credentials, needed);
  }
}
