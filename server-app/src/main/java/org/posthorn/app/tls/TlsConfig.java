package org.posthorn.app.tls;

import java.util.List;
import java.util.Optional;

/// The certificates that clients are shown.
public record TlsConfig(
    /// Certificates with their keys. The first is for clients that do not say which name they want;
    /// the others are chosen by name (SNI). Without any, one that is signed by itself is made in
    // the
    /// data directory. Files are read again when they change, and by `posthorn reload`.
    List<Certificate> certificates,
    /// A file in PEM with the certificates of authorities whose users may log in by a certificate
    /// (SASL EXTERNAL): the address in it is the login. Without it clients are not asked for one.
    Optional<String> clientAuthorities) {

  /// A certificate and its key.
  public record Certificate(
      /// A file in PEM: the server's certificate first, then those of the authorities between it
      // and
      /// the root.
      String certificate,
      /// A file in PEM with its private key: PKCS#8, PKCS#1 or SEC1, without a password.
      String key) {}

  public TlsConfig {
    certificates = List.copyOf(certificates);
  }

  public static TlsConfig defaults() {
    return new TlsConfig(List.of(), Optional.empty());
  }
}
