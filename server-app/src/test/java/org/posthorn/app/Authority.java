package org.posthorn.app;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.KeyManager;
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
import org.jspecify.annotations.Nullable;

/// Somebody who vouches for clients and servers.
public final class Authority {
  private final KeyPair keys = keys();
  private final X500Name name;

  public Authority(String name) {
    this.name = new X500Name(name);
  }

  public String pem() {
    try {
      return pem("CERTIFICATE", certificate(name, keys, null, 60).getEncoded());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(String kind, byte[] encoded) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(kind, Base64.getMimeEncoder().encodeToString(encoded), kind);
  }

  /// With a certificate for an address, which is good for so many minutes.
  SSLContext client(String address, int minutes) throws Exception {
    return TrustAll.context(with(new GeneralName(GeneralName.rfc822Name, address), minutes));
  }

  /// With a certificate for an IP address, which is good for so many minutes.
  SSLContext server(String ip, int minutes) throws Exception {
    return context(new GeneralName(GeneralName.iPAddress, ip), minutes);
  }

  /// With a certificate for a name in the DNS, which is good for so many minutes.
  public SSLContext serverNamed(String host, int minutes) throws Exception {
    return context(new GeneralName(GeneralName.dNSName, host), minutes);
  }

  /// Writes a certificate for a name in the DNS, which is good for so many minutes, and its key.
  void write(Path certificate, Path key, String host, int minutes) throws Exception {
    write(certificate, key, host, minutes, keys());
  }

  /// The same, of a key of any kind.
  void write(Path certificate, Path key, String host, int minutes, KeyPair own) throws Exception {
    var owner = new GeneralName(GeneralName.dNSName, host);
    Files.writeString(
        certificate,
        pem(
            "CERTIFICATE",
            certificate(new X500Name("CN=" + host), own, owner, minutes).getEncoded()));
    Files.writeString(key, pem("PRIVATE KEY", own.getPrivate().getEncoded()));
  }

  private SSLContext context(GeneralName owner, int minutes) throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(with(owner, minutes), null, null);
    return context;
  }

  private KeyManager[] with(GeneralName owner, int minutes) throws Exception {
    KeyPair own = keys();
    X509Certificate certificate = certificate(new X500Name("CN=somebody"), own, owner, minutes);
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("k", own.getPrivate(), new char[0], new Certificate[] {certificate});
    var factory = KeyManagerFactory.getInstance("SunX509");
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }

  private X509Certificate certificate(
      X500Name subject, KeyPair of, @Nullable GeneralName owner, int minutes) throws Exception {
    Instant now = Instant.now();
    var builder =
        new JcaX509v3CertificateBuilder(
            name,
            BigInteger.valueOf(System.nanoTime()),
            Date.from(now.minusSeconds(7200)),
            Date.from(now.plusSeconds(minutes * 60L)),
            subject,
            of.getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(owner == null));
    if (owner != null) {
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(owner));
    }
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
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
