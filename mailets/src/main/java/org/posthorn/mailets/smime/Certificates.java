package org.posthorn.mailets.smime;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.posthorn.mailet.AddressPattern;
import org.posthorn.message.MailAddress;

/// What RFC 8550 wants to know of a certificate.
final class Certificates {
  private static final int RFC822_NAME = 1;
  private static final int DIGITAL_SIGNATURE = 0;
  private static final int NON_REPUDIATION = 1;
  private static final int KEY_ENCIPHERMENT = 2;
  private static final int KEY_AGREEMENT = 4;
  private static final int RSA_MIN_BITS = 2048;
  private static final String EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
  private static final String ANY_USE = "2.5.29.37.0";

  private Certificates() {}

  /// The mail addresses that it is for, in small letters.
  static List<String> addresses(X509Certificate certificate) {
    List<String> found = new ArrayList<>();
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      for (List<?> name : names == null ? List.<List<?>>of() : names) {
        if (name.getFirst().equals(RFC822_NAME)) {
          found.add(name.get(1).toString().toLowerCase(Locale.ROOT));
        }
      }
    } catch (CertificateParsingException _) {
      // Then they are none.
    }
    try {
      String subject =
          certificate
              .getSubjectX500Principal()
              .getName("RFC2253", java.util.Map.of("1.2.840.113549.1.9.1", "EMAILADDRESS"));
      for (Rdn rdn : new LdapName(subject).getRdns()) {
        if (rdn.getType().equalsIgnoreCase("EMAILADDRESS")) {
          found.add(rdn.getValue().toString().toLowerCase(Locale.ROOT));
        }
      }
    } catch (InvalidNameException _) {
      // Nor here.
    }
    return found;
  }

  static boolean isFor(X509Certificate certificate, MailAddress address) {
    AddressPattern wanted = AddressPattern.of(address);
    return addresses(certificate).stream()
        .flatMap(text -> MailAddress.parse(text).stream())
        .anyMatch(wanted::fits);
  }

  /// Why it must not sign mail (RFC 8550 §4.4); absent if it may.
  static Optional<String> whyNotSigning(X509Certificate certificate) {
    boolean[] usage = certificate.getKeyUsage();
    if (usage != null && !usage[DIGITAL_SIGNATURE] && !usage[NON_REPUDIATION]) {
      return Optional.of("the certificate is not for signatures");
    }
    return whyNotMail(certificate);
  }

  static boolean isForEncryption(X509Certificate certificate) {
    boolean[] usage = certificate.getKeyUsage();
    return (usage == null || usage[KEY_ENCIPHERMENT] || usage[KEY_AGREEMENT])
        && whyNotMail(certificate).isEmpty();
  }

  private static Optional<String> whyNotMail(X509Certificate certificate) {
    try {
      List<String> uses = certificate.getExtendedKeyUsage();
      if (uses != null && !uses.contains(EMAIL_PROTECTION) && !uses.contains(ANY_USE)) {
        return Optional.of("the certificate is not for mail");
      }
    } catch (CertificateParsingException _) {
      return Optional.of("the certificate does not say clearly what it is for");
    }
    return certificate.getPublicKey() instanceof RSAPublicKey key
            && key.getModulus().bitLength() < RSA_MIN_BITS
        ? Optional.of("the key has only %d bits".formatted(key.getModulus().bitLength()))
        : Optional.empty();
  }

  /// For people, such as `CN=Ann, O=Example`.
  static String subject(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().toString();
  }
}
