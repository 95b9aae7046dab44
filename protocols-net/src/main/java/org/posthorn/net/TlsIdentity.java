package org.posthorn.net;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A certificate with those that vouch for it (its own first), and its private key.
public record TlsIdentity(List<X509Certificate> chain, PrivateKey key) {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
  private static final byte[] PROBE = "Posthorn".getBytes(StandardCharsets.US_ASCII);
  private static final List<String> ALGORITHMS = List.of("EC", "RSA", "EdDSA");

  public TlsIdentity {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("A TLS identity needs a certificate");
    }
    X509Certificate own = chain.getFirst();
    if (!belong(key, own.getPublicKey())) {
      throw new IllegalArgumentException(
          "The private key (%s) does not belong to the certificate (%s, of %s): name the key that it was issued for; the server's own certificate must be the first in its file"
              .formatted(
                  key.getAlgorithm(),
                  own.getPublicKey().getAlgorithm(),
                  own.getSubjectX500Principal()));
    }
  }

  /// Whether what one has signed is good for the other: all that matters in a handshake.
  private static boolean belong(PrivateKey key, PublicKey certified) {
    if (!certified.getAlgorithm().equals(key.getAlgorithm())) {
      return false;
    }
    try {
      Signature signature =
          Signature.getInstance(
              switch (key.getAlgorithm()) {
                case "EC" -> "SHA256withECDSA";
                case "RSA" -> "SHA256withRSA";
                default -> key.getAlgorithm();
              });
      signature.initSign(key);
      signature.update(PROBE);
      byte[] signed = signature.sign();
      signature.initVerify(certified);
      signature.update(PROBE);
      return signature.verify(signed);
    } catch (GeneralSecurityException _) {
      // Such as two curves.
      return false;
    }
  }

  /// Reads PEM texts: certificates, and a key in PKCS#8 (`BEGIN PRIVATE KEY`). Throws
  /// `IllegalArgumentException` that says what is wrong.
  public static TlsIdentity fromPem(byte[] chainPem, byte[] keyPem) {
    return new TlsIdentity(certificates(chainPem), privateKey(keyPem));
  }

  private static List<X509Certificate> certificates(byte[] pem) {
    try {
      return CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(pem))
          .stream()
          .map(X509Certificate.class::cast)
          .toList();
    } catch (CertificateException e) {
      throw new IllegalArgumentException("Not PEM certificates: " + e.getMessage(), e);
    }
  }

  private static PrivateKey privateKey(byte[] pem) {
    Matcher found = KEY.matcher(new String(pem, StandardCharsets.US_ASCII));
    if (!found.find()) {
      throw new IllegalArgumentException(
          "No PKCS#8 private key; convert it with: openssl pkcs8 -topk8 -nocrypt");
    }
    var spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(found.group(1)));
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException _) {
        // The key is of another kind: the next one may fit.
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
    throw new IllegalArgumentException("The private key is none of " + ALGORITHMS);
  }

  /// Without the key.
  @Override
  public String toString() {
    return "TlsIdentity[" + chain.getFirst().getSubjectX500Principal() + "]";
  }
}
