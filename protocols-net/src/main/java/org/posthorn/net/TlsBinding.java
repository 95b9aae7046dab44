package org.posthorn.net;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/// What names a TLS connection, so that something that is said over it can be tied to it (RFC
/// 5056).
final class TlsBinding {
  private static final String EXPORTER = "EXPORTER-Channel-Binding";
  private static final int EXPORTER_BYTES = 32;
  private static final Pattern SIGNATURE = Pattern.compile("SHA(\\d+)WITH.*");

  private TlsBinding() {}

  static Optional<byte[]> of(String type, SSLSession session) {
    return switch (type) {
      case "tls-exporter" -> exporter(session);
      case "tls-server-end-point" -> serverEndPoint(session);
      default -> Optional.empty();
    };
  }

  /// RFC 9266. Of TLS 1.2 only handshakes with an extended master secret would do, which the JDK
  /// does not tell: so TLS 1.3 only.
  private static Optional<byte[]> exporter(SSLSession session) {
    if (!session.getProtocol().equals("TLSv1.3")
        || !(session instanceof ExtendedSSLSession extended)) {
      return Optional.empty();
    }
    try {
      return Optional.of(extended.exportKeyingMaterialData(EXPORTER, new byte[0], EXPORTER_BYTES));
    } catch (SSLException | UnsupportedOperationException _) {
      return Optional.empty();
    }
  }

  /// RFC 5929 §4.1: the server's certificate, hashed with the function of its signature; MD5 and
  /// SHA-1 count as SHA-256. For signatures without a function of their own there is none.
  private static Optional<byte[]> serverEndPoint(SSLSession session) {
    Certificate[] chain = session.getLocalCertificates();
    if (chain == null || !(chain[0] instanceof X509Certificate certificate)) {
      return Optional.empty();
    }
    try {
      Optional<String> function = function(certificate);
      return function.isEmpty()
          ? Optional.empty()
          : Optional.of(MessageDigest.getInstance(function.get()).digest(certificate.getEncoded()));
    } catch (GeneralSecurityException _) {
      return Optional.empty();
    }
  }

  private static Optional<String> function(X509Certificate certificate) {
    String signature = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
    Matcher named = SIGNATURE.matcher(signature);
    if (named.matches()) {
      return Optional.of(named.group(1).equals("1") ? "SHA-256" : "SHA-" + named.group(1));
    }
    return signature.startsWith("MD5") ? Optional.of("SHA-256") : Optional.empty();
  }
}
