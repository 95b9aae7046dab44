package org.posthorn.smtp.outbound;

import java.util.Optional;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.Domain;

/// A server that may take a mail. `anywhere`: the operator named it, so it may be inside our
/// network and may be ourselves. `preference` is that of its MX, 0 for a server without one.
/// `lmtp`: it speaks LMTP (RFC 2033). A name of the operator's that begins with a slash is a socket
/// of this machine.
record MailHost(
    String name,
    int port,
    int preference,
    boolean anywhere,
    Smarthost.Tls tls,
    Optional<String> credentials,
    boolean lmtp,
    Proof proof) {
  static MailHost ofMx(String name, int port, int preference) {
    return new MailHost(
        name,
        port,
        preference,
        /* anywhere= */ false,
        Smarthost.Tls.OPPORTUNISTIC,
        Optional.empty(),
        /* lmtp= */ false,
        new Proof.Nothing());
  }

  static MailHost ofRoute(NextHop.Host host, boolean verified) {
    return named(host.name(), host.port(), host.tls(), host.login(), host.lmtp(), verified);
  }

  /// `verified`: unless the operator wants it in plain text, or tries whether there is TLS, it must
  /// prove its name.
  static MailHost ofSmarthost(Smarthost smarthost, boolean verified) {
    return named(
        smarthost.host(),
        smarthost.port(),
        smarthost.tls(),
        smarthost.credentials(),
        /* lmtp= */ false,
        verified);
  }

  private static MailHost named(
      String name,
      int port,
      Smarthost.Tls tls,
      Optional<String> credentials,
      boolean lmtp,
      boolean verified) {
    // As it is in the DNS and in certificates, however the operator has written it.
    String known = Domain.parse(name).map(Domain::ascii).orElse(name);
    boolean secured = tls == Smarthost.Tls.STARTTLS || tls == Smarthost.Tls.IMPLICIT;
    return new MailHost(
        known,
        port,
        0,
        /* anywhere= */ true,
        tls,
        credentials,
        lmtp,
        secured && verified
            ? new Proof.Certificate(Proof.Wanted.BY_OPERATOR)
            : new Proof.Nothing());
  }

  boolean isSocket() {
    return anywhere && name.startsWith("/");
  }

  /// The server, if it proves its name by its certificate.
  MailHost proving(Proof.Wanted wanted) {
    return proving(new Proof.Certificate(wanted));
  }

  MailHost proving(Proof needed) {
    return new MailHost(name, port, preference, anywhere, tls, credentials, lmtp, needed);
  }
}
