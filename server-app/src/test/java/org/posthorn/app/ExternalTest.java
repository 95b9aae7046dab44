package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Logins by a certificate (SASL EXTERNAL), with a whole server.
@Timeout(120)
class ExternalTest {
  @TempDir private Path data;
  private final Authority ours = new Authority("CN=Ours");
  private TestServer server;

  @BeforeEach
  void start() throws IOException {
    Files.writeString(data.resolve("clients.pem"), ours.pem());
    server =
        TestServer.start(data, "tls.client-authorities=clients.pem", "imap.login-failure-delay=0s")
            .withUsers("ann", "bob");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aCertificateOfOursLetsItsOwnerIn() throws Exception {
    SSLContext ann = ours.client("ann@example.org", 60);
    try (WireClient imap = WireClient.connectTls(server.port("imaps"), ann)) {
      assertThat(imap.line()).contains("AUTH=EXTERNAL");
      assertThat(imap.tryImap("AUTHENTICATE EXTERNAL =").getLast()).contains("OK");
    }
    try (WireClient imap = WireClient.connectTls(server.port("imaps"), ann)) {
      imap.line();
      assertThat(imap.tryImap("AUTHENTICATE EXTERNAL " + encoded("bob@example.org")).getLast())
          .contains("NO [AUTHENTICATIONFAILED]");
      assertThat(imap.tryImap("AUTHENTICATE EXTERNAL " + encoded("ann@example.org")).getLast())
          .contains("OK");
    }
    try (WireClient pop3 = WireClient.connectTls(server.port("pop3s"), ann)) {
      pop3.line();
      pop3.send("AUTH EXTERNAL =");
      assertThat(pop3.line()).startsWith("+OK");
    }
    try (WireClient smtp = WireClient.connectTls(server.port("submissions"), ann)) {
      smtp.reply();
      smtp.smtp("EHLO client.example");
      assertThat(smtp.smtp("AUTH EXTERNAL =")).startsWith("235");
    }
  }

  @Test
  void othersAreServedAsIfTheyHadNone() throws Exception {
    assertIsNoHelp(TrustAll.context());
    assertIsNoHelp(new Authority("CN=Ours").client("ann@example.org", 60));
    assertIsNoHelp(ours.client("ann@example.org", -60));
    SSLContext stranger = ours.client("eve@example.org", 60);
    try (WireClient imap = WireClient.connectTls(server.port("imaps"), stranger)) {
      imap.line();
      assertThat(imap.tryImap("AUTHENTICATE EXTERNAL =").getLast()).contains("NO");
    }
  }

  private void assertIsNoHelp(SSLContext client) throws IOException {
    try (WireClient imap = WireClient.connectTls(server.port("imaps"), client)) {
      assertThat(imap.line()).doesNotContain("EXTERNAL");
      assertThat(imap.tryImap("AUTHENTICATE EXTERNAL =").getLast()).contains("NO [CANNOT]");
      assertThat(imap.tryImap("LOGIN ann@example.org secret").getLast()).contains("OK");
    }
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  /// Somebody who vouches for clients.
  private static final class Authority {
    private final KeyPair keys = keys();
    private final X500Name name;

    Authority(String name) {
      this.name = new X500Name(name);
    }

    String pem() {
      try {
        return "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(certificate(name, keys, "", 60).getEncoded())
            + "\n-----END CERTIFICATE-----\n";
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    /// With a certificate for an address, which is good for so many minutes.
    SSLContext client(String address, int minutes) throws Exception {
      KeyPair own = keys();
      X509Certificate certificate = certificate(new X500Name("CN=client"), own, address, minutes);
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("k", own.getPrivate(), new char[0], new Certificate[] {certificate});
      var factory = KeyManagerFactory.getInstance("SunX509");
      factory.init(store, new char[0]);
      return TrustAll.context(factory.getKeyManagers());
    }

    private X509Certificate certificate(X500Name subject, KeyPair of, String address, int minutes)
        throws Exception {
      Instant now = Instant.now();
      var builder =
          new JcaX509v3CertificateBuilder(
              name,
              BigInteger.valueOf(System.nanoTime()),
              Date.from(now.minusSeconds(7200)),
              Date.from(now.plusSeconds(minutes * 60L)),
              subject,
              of.getPublic());
      builder.addExtension(
          Extension.basicConstraints, true, new BasicConstraints(address.isEmpty()));
      if (!address.isEmpty()) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.rfc822Name, address)));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
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
}
