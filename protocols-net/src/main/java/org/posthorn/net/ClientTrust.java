package org.posthorn.net;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/// Whose certificates clients may show, and whether one that was shown is good. A client with a bad
/// one is served like one without: the handshake proves only that it has the key. Immutable.
public final class ClientTrust {
  private final X509TrustManager authorities;

  private ClientTrust(X509TrustManager authorities) {
    this.authorities = authorities;
  }

  /// Reads the authorities' certificates from PEM. Throws `IllegalArgumentException` that says what
  /// is wrong.
  public static ClientTrust fromPem(byte[] pem) {
    try {
      var factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(authorities(pem));
      return new ClientTrust(
          Arrays.stream(factory.getTrustManagers())
              .filter(X509TrustManager.class::isInstance)
              .map(X509TrustManager.class::cast)
              .findFirst()
              .orElseThrow());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java cannot check certificates", e);
    }
  }

  /// The certificates of a PEM file as some to trust. Throws as [#fromPem] does.
  public static KeyStore authorities(byte[] pem) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int count = 0;
      for (var certificate :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))) {
        store.setCertificateEntry("authority" + count++, certificate);
      }
      if (count == 0) {
        throw new IllegalArgumentException("No certificates in PEM");
      }
      return store;
    } catch (CertificateException e) {
      throw new IllegalArgumentException("Not PEM certificates: " + e.getMessage(), e);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("This Java cannot check certificates", e);
    }
  }

  /// The client's certificate, when it has shown one that is good now.
  Optional<X509Certificate> certificate(SSLSession session) {
    try {
      if (!(session.getPeerCertificates() instanceof X509Certificate[] chain)
          || chain.length == 0) {
        return Optional.empty();
      }
      authorities.checkClientTrusted(chain, chain[0].getPublicKey().getAlgorithm());
      return Optional.of(chain[0]);
    } catch (SSLPeerUnverifiedException | CertificateException _) {
      return Optional.empty();
    }
  }

  /// Lets every certificate pass the handshake; [#certificate] judges it.
  TrustManager inHandshake() {
    return new Names();
  }

  private final class Names extends X509ExtendedTrustManager {
    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return authorities.getAcceptedIssuers();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("This is the server");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("This is the server");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("This is the server");
    }
  }
}
