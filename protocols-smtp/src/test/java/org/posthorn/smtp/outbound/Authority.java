package org.posthorn.smtp.outbound;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// Somebody who vouches for the servers of the tests.
final class Authority {
  private static final X500Name NAME = new X500Name("CN=Authority of the tests");
  private static final Duration USUAL = Duration.ofHours(1);

  private final KeyPair keys = keys();
  private final X509Certificate own = issue(NAME, keys, Optional.empty(), USUAL);

  X509Certificate certificate() {
    return own;
  }

  String pem() {
    try {
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder().encodeToString(own.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// A server and its certificate.
  record Server(SSLContext tls, X509Certificate certificate) {}

  Server server(String name) {
    return server(name, USUAL);
  }

  /// Its certificate is good for so long; it also shows the authority's own.
  Server server(String name, Duration good) {
    return server(new X500Name("CN=server"), Optional.of(name), good);
  }

  /// Its certificate is for a subject such as `CN=mx.example`; it need not have another name.
  Server server(String subject, Optional<String> name) {
    return server(new X500Name(subject), name, USUAL);
  }

  private Server server(X500Name subject, Optional<String> name, Duration good) {
    try {
      KeyPair pair = keys();
      X509Certificate certificate = issue(subject, pair, name, good);
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("k", pair.getPrivate(), new char[0], new Certificate[] {certificate, own});
      KeyManagerFactory managers = KeyManagerFactory.getInstance("SunX509");
      managers.init(store, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return new Server(context, certificate);
    } catch (GeneralSecurityException | java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private X509Certificate issue(
      X500Name subject, KeyPair of, Optional<String> host, Duration good) {
    try {
      Instant now = Instant.now();
      var builder =
          new JcaX509v3CertificateBuilder(
              NAME,
              BigInteger.valueOf(System.nanoTime()),
              Date.from(now.minus(Duration.ofDays(1))),
              Date.from(now.plus(good)),
              subject,
              of.getPublic());
      builder.addExtension(
          Extension.basicConstraints, true, new BasicConstraints(subject.equals(NAME)));
      if (host.isPresent()) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.dNSName, host.get())));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
