package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.posthorn.message.Domain;
import org.posthorn.net.ClientTrust;

/// TLS as a client. Between mail servers any certificate will do, where nobody says which is right:
/// any encryption is better than none (RFC 7435). Who has to prove its name needs one that an
/// authority vouches for. Safe for use by many threads.
final class TlsClient {
  private final SSLContext accepting;
  private final SSLContext verifying;
  private final X509TrustManager authoritative;

  /// `authorities`: in PEM, those that are trusted beside the ones that Java trusts.
  TlsClient(Optional<byte[]> authorities) {
    try {
      accepting = SSLContext.getInstance("TLS");
      accepting.init(null, new TrustManager[] {new AcceptsAll()}, null);
      verifying = SSLContext.getInstance("TLS");
      TrustManager[] trusted =
          authorities.isPresent() ? trusting(authorities.get()) : javas().getTrustManagers();
      verifying.init(null, trusted, null);
      authoritative = (X509TrustManager) trusted[0];
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java has no TLS", e);
    }
  }

  private static TrustManager[] trusting(byte[] pem) throws GeneralSecurityException {
    KeyStore all = ClientTrust.authorities(pem);
    for (TrustManager manager : javas().getTrustManagers()) {
      if (manager instanceof X509TrustManager known) {
        for (X509Certificate authority : known.getAcceptedIssuers()) {
          all.setCertificateEntry("java" + all.size(), authority);
        }
      }
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(all);
    return factory.getTrustManagers();
  }

  private static TrustManagerFactory javas() throws GeneralSecurityException {
    TrustManagerFactory javas = TrustManagerFactory.getInstance("PKIX");
    javas.init((KeyStore) null);
    return javas;
  }

  /// Why a connection that took any certificate would not have been made, had the server had to
  /// prove its name; nothing if it would.
  Optional<Exception> problem(SSLSession session, String host) {
    try {
      X509Certificate[] chain =
          Arrays.stream(session.getPeerCertificates())
              .map(X509Certificate.class::cast)
              .toArray(X509Certificate[]::new);
      authoritative.checkServerTrusted(chain, /* authType= */ "UNKNOWN");
      return DaneTrust.isFor(chain[0], Set.of(host.toLowerCase(Locale.ROOT)))
          ? Optional.empty()
          : Optional.of(new CertificateException("No name matching " + host + " found"));
    } catch (GeneralSecurityException | SSLPeerUnverifiedException problem) {
      return Optional.of(problem);
    }
  }

  private static SSLContext pinning(Proof.Pinned proof) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new DaneTrust(proof)}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("This Java has no TLS", e);
    }
  }

  /// TLS over a connected socket; the handshake has not begun.
  SSLSocket over(Socket plain, String name, Proof proof) throws IOException {
    SSLContext context =
        switch (proof) {
          case Proof.Nothing _ -> accepting;
          case Proof.Certificate _ -> verifying;
          case Proof.Pinned pinned -> pinning(pinned);
        };
    String host = proof instanceof Proof.Pinned pinned ? pinned.base() : name;
    SSLSocket secured =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(plain, host, plain.getPort(), /* autoClose= */ true);
    SSLParameters parameters = secured.getSSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    if (host.indexOf('_') < 0
        && Domain.parse(host).filter(domain -> !domain.isLiteral()).isPresent()) {
      parameters.setServerNames(List.of(new SNIHostName(host)));
    }
    if (proof instanceof Proof.Certificate) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    secured.setSSLParameters(parameters);
    return secured;
  }

  /// Why a handshake failed, for people: Java names the classes that found it out.
  static String reason(Exception failed) {
    String known = Greeting.reason(failed).replaceFirst("^\\([a-z_]+\\) ", "");
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      known =
          switch (cause) {
            case CertPathBuilderException _, CertPathValidatorException _ ->
                "no authority that is trusted here vouches for its certificate";
            case CertificateExpiredException _ -> "its certificate has expired";
            case CertificateNotYetValidException _ -> "its certificate is not valid yet";
            default -> known;
          };
    }
    return known;
  }

  private static final class AcceptsAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
