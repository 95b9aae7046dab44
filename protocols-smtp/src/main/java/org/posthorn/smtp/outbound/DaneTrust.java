package org.posthorn.smtp.outbound;

import java.io.ByteArrayInputStream;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Trusts the certificates that a server's TLSA records name (RFC 7672 §3.1), and no others; any,
/// where none of the records can be used: then only TLS is a must (§2.2). Safe for use by many
/// threads.
final class DaneTrust extends X509ExtendedTrustManager {
  private static final int DNS_NAME = 2;

  private final Proof.Pinned proof;

  /// A certificate that no record names.
  static final class Unnamed extends CertificateException {
    private static final long serialVersionUID = 1L;

    private Unnamed() {
      super("The certificate is not what the TLSA records name");
    }
  }

  DaneTrust(Proof.Pinned proof) {
    this.proof = proof;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    if (proof.pins().isEmpty()) {
      return;
    }
    boolean vouchedFor = false;
    for (TlsaPin pin : proof.pins()) {
      boolean fits = pin.isOfServer() ? pin.matches(chain[0]) : leads(chain, pin);
      if (fits && (pin.isOfServer() || named(chain[0]))) {
        return;
      }
      vouchedFor |= fits;
    }
    if (vouchedFor) {
      throw new CertificateException(
          "No name matching "
              + proof.base()
              + " found in the certificate of the authority that the TLSA records name");
    }
    if (proof.pins().stream().anyMatch(TlsaPin::isOfAuthority)) {
      chain[0].checkValidity();
    }
    throw new Unnamed();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    checkServerTrusted(chain, type);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    checkServerTrusted(chain, type);
  }

  /// Whether the chain leads to an authority that the pin names: one that the server shows, or that
  /// stands in the record itself.
  private static boolean leads(X509Certificate[] chain, TlsaPin pin) throws CertificateException {
    for (int i = 1; i < chain.length; i++) {
      if (pin.matches(chain[i]) && isValid(chain, i, chain[i])) {
        return true;
      }
    }
    Optional<X509Certificate> inRecord = inRecord(pin);
    for (int length = chain.length; inRecord.isPresent() && length > 0; length--) {
      if (isValid(chain, length, inRecord.get())) {
        return true;
      }
    }
    return false;
  }

  private static Optional<X509Certificate> inRecord(TlsaPin pin) {
    if (pin.matching() != 0 || pin.selector() != 0) {
      return Optional.empty();
    }
    try {
      byte[] bytes = HexFormat.of().parseHex(pin.data());
      return CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(bytes))
              instanceof X509Certificate certificate
          ? Optional.of(certificate)
          : Optional.empty();
    } catch (CertificateException _) {
      return Optional.empty();
    }
  }

  /// Whether the first `length` certificates lead to `authority`.
  private static boolean isValid(X509Certificate[] chain, int length, X509Certificate authority) {
    try {
      var parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
      parameters.setRevocationEnabled(false);
      var path =
          CertificateFactory.getInstance("X.509")
              .generateCertPath(Arrays.asList(chain).subList(0, length));
      CertPathValidator.getInstance("PKIX").validate(path, parameters);
      return true;
    } catch (CertPathValidatorException | CertificateException _) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java cannot check certificates", e);
    }
  }

  /// The name of its subject counts where it has no others (RFC 7672 §3.2.3): authorities of the
  /// operator's own still issue such.
  private boolean named(X509Certificate certificate) throws CertificateParsingException {
    List<String> names = names(certificate);
    return covers(names.isEmpty() ? subject(certificate) : names, proof.names());
  }

  /// Whether a certificate is for one of these names, in lower case.
  static boolean isFor(X509Certificate certificate, Set<String> wantedNames)
      throws CertificateParsingException {
    return covers(names(certificate), wantedNames);
  }

  private static List<String> names(X509Certificate certificate)
      throws CertificateParsingException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    return names == null
        ? List.of()
        : names.stream()
            .filter(name -> name.get(0).equals(DNS_NAME))
            .map(name -> name.get(1).toString().toLowerCase(Locale.ROOT))
            .toList();
  }

  /// The common name that is nearest to the subject, which the certificate has last.
  private static List<String> subject(X509Certificate certificate) {
    try {
      return new LdapName(certificate.getSubjectX500Principal().getName())
          .getRdns().reversed().stream()
              .filter(part -> part.getType().equalsIgnoreCase("CN"))
              .limit(1)
              .map(part -> part.getValue().toString().toLowerCase(Locale.ROOT))
              .toList();
    } catch (InvalidNameException _) {
      return List.of();
    }
  }

  private static boolean covers(List<String> names, Set<String> wantedNames) {
    return names.stream()
        .anyMatch(name -> wantedNames.stream().anyMatch(wanted -> covers(name, wanted)));
  }

  /// A star stands for one label.
  private static boolean covers(String name, String wanted) {
    int dot = wanted.indexOf('.');
    return name.equals(wanted) || (dot > 0 && name.equals("*" + wanted.substring(dot)));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("This is the client");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, type);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    checkClientTrusted(chain, type);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
