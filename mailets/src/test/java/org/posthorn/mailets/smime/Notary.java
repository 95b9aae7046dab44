package org.posthorn.mailets.smime;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/// Vouches for the people of the tests, and calls certificates back. Certificates are good around
/// the real time and the time of the tests' clock.
final class Notary {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration LONG = Duration.ofDays(3_650);

  private final X500Name name;
  private final KeyPair keys = keys("EC", 256);
  private final X509Certificate own;

  Notary(String name) {
    this.name = new X500Name("CN=" + name);
    this.own = issue(this.name, keys, "", LONG, KeyPurposeId.id_kp_emailProtection);
  }

  X509Certificate certificate() {
    return own;
  }

  /// Somebody with a key.
  record Person(KeyPair keys, X509Certificate certificate) {
    /// The key and the certificate in one file.
    Path pem(Path folder, String file) {
      return written(folder.resolve(file), keys.getPrivate(), certificate);
    }

    Path certificatePem(Path folder, String file) {
      return written(folder.resolve(file), certificate);
    }

    Path p12(Path folder, String file, String password) {
      try {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
            "me", keys.getPrivate(), password.toCharArray(), new Certificate[] {certificate});
        try (var out = Files.newOutputStream(folder.resolve(file))) {
          store.store(out, password.toCharArray());
        }
        return folder.resolve(file);
      } catch (GeneralSecurityException | IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  Person person(String address) {
    return person(address, "EC", 256);
  }

  Person person(String address, String algorithm, int bits) {
    KeyPair pair = keys(algorithm, bits);
    return new Person(
        pair,
        issue(
            new X500Name("CN=Somebody,O=Tests"),
            pair,
            address,
            LONG,
            KeyPurposeId.id_kp_emailProtection));
  }

  Person expired(String address) {
    KeyPair pair = keys("EC", 256);
    return new Person(
        pair,
        issue(
            new X500Name("CN=Old"),
            pair,
            address,
            Duration.ofDays(30),
            KeyPurposeId.id_kp_emailProtection));
  }

  /// Whose certificate is for servers.
  Person server(String address) {
    KeyPair pair = keys("EC", 256);
    return new Person(
        pair, issue(new X500Name("CN=Server"), pair, address, LONG, KeyPurposeId.id_kp_serverAuth));
  }

  /// For whoever has a name, in its own name or that of another.
  X509Certificate authority(String subject) {
    return issue(new X500Name("CN=" + subject), keys, "", LONG, KeyPurposeId.id_kp_emailProtection);
  }

  static Path pem(Path file, List<X509Certificate> certificates) {
    return written(file, certificates.toArray());
  }

  Path pem(Path folder) {
    return written(folder.resolve("authority.pem"), own);
  }

  /// The list of what was called back.
  Path revoking(Path folder, X509Certificate certificate) {
    try {
      var list = new JcaX509v2CRLBuilder(own, Date.from(START));
      list.setNextUpdate(Date.from(START.plus(LONG)));
      list.addCRLEntry(certificate.getSerialNumber(), Date.from(START), CRLReason.keyCompromise);
      return written(
          folder.resolve("revoked.pem"),
          list.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    } catch (OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  private X509Certificate issue(
      X500Name subject, KeyPair of, String address, Duration good, KeyPurposeId purpose) {
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              name,
              BigInteger.valueOf(System.nanoTime()),
              Date.from(START),
              Date.from(START.plus(good)),
              subject,
              of.getPublic());
      boolean authority = address.isEmpty();
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      if (!authority) {
        builder.addExtension(
            Extension.keyUsage,
            true,
            new KeyUsage(
                KeyUsage.digitalSignature | KeyUsage.keyEncipherment | KeyUsage.keyAgreement));
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.rfc822Name, address)));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair keys(String algorithm, int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      if (bits > 0) {
        generator.initialize(bits);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path written(Path file, Object... things) {
    var text = new StringWriter();
    try (var out = new JcaPEMWriter(text)) {
      for (Object each : things) {
        out.writeObject(
            each instanceof PrivateKey key ? new PemObject("PRIVATE KEY", key.getEncoded()) : each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      return Files.writeString(file, text.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
