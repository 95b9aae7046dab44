package org.posthorn.mailets.smime;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CRL;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMParser;

/// Reads files of certificates and of lists of revoked ones: any number of them in PEM, with or
/// without words between them, or one in DER. What is thrown says what is wrong with the file.
final class Pem {
  private Pem() {}

  /// All in the file, in order; at least one.
  static List<X509Certificate> certificates(String file, byte[] bytes) throws IOException {
    List<X509Certificate> found = new ArrayList<>();
    for (Object each : objects(file, bytes)) {
      if (each instanceof X509CertificateHolder holder) {
        found.add(certificate(holder.getEncoded()));
      }
    }
    if (found.isEmpty()) {
      throw new IOException("there is no certificate in " + file);
    }
    return found;
  }

  static List<X509CRL> revoked(String file, byte[] bytes) throws IOException {
    List<X509CRL> found = new ArrayList<>();
    try {
      for (Object each : objects(file, bytes)) {
        if (each instanceof X509CRLHolder holder) {
          CRL list = x509().generateCRL(new ByteArrayInputStream(holder.getEncoded()));
          found.add((X509CRL) list);
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IOException("a list of revoked certificates in " + file + " cannot be read", e);
    }
    if (found.isEmpty()) {
      throw new IOException("there is no list of revoked certificates (CRL) in " + file);
    }
    return found;
  }

  static X509Certificate certificate(byte[] encoded) throws IOException {
    try {
      return (X509Certificate) x509().generateCertificate(new ByteArrayInputStream(encoded));
    } catch (GeneralSecurityException e) {
      throw new IOException("a certificate cannot be read: " + e.getMessage(), e);
    }
  }

  private static CertificateFactory x509() throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509");
  }

  /// What Bouncy Castle finds in the file.
  static List<Object> objects(String file, byte[] bytes) throws IOException {
    if (isDer(bytes)) {
      return List.of(der(file, bytes));
    }
    List<Object> found = new ArrayList<>();
    try (var parser =
        new PEMParser(new StringReader(new String(bytes, StandardCharsets.ISO_8859_1)))) {
      for (Object each = parser.readObject(); each != null; each = parser.readObject()) {
        found.add(each);
      }
    } catch (PEMException e) {
      throw new IOException("%s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
    return found;
  }

  static boolean isDer(byte[] bytes) {
    return bytes.length > 0 && bytes[0] == 0x30;
  }

  private static Object der(String file, byte[] bytes) throws IOException {
    try {
      return new X509CertificateHolder(bytes);
    } catch (IOException | IllegalArgumentException _) {
      try {
        return new X509CRLHolder(bytes);
      } catch (IOException | IllegalArgumentException e) {
        throw new IOException(file + " is neither PEM nor a certificate", e);
      }
    }
  }
}
