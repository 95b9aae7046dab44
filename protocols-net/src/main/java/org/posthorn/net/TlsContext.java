package org.posthorn.net;

import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;

/// The server's certificates and how it speaks TLS: 1.2 and 1.3, sessions resumed. New connections
/// see a reload at once, old ones never. Safe for use by many threads.
public final class TlsContext {
  /// For clients that cannot keep their session themselves, in a ticket (RFC 8446 §4.6.1).
  private static final int SESSIONS_MAX = 2_000;

  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  private volatile Current current;

  private record Current(SSLContext context, Optional<ClientTrust> clients) {}

  private TlsContext(Current current) {
    this.current = current;
  }

  /// The first identity serves clients that name no server or an unknown one.
  public static TlsContext of(List<TlsIdentity> identities) {
    return of(identities, Optional.empty());
  }

  /// With `clients`, those may show certificates.
  public static TlsContext of(List<TlsIdentity> identities, Optional<ClientTrust> clients) {
    return new TlsContext(new Current(contextOf(identities, clients), clients));
  }

  /// Those of `identities` that a client may see that asks for a name (RFC 6066 §3), one for each
  /// kind of key; a name that none is for is served by the first.
  public static List<TlsIdentity> shownTo(String name, List<TlsIdentity> identities) {
    return new ServerKeys(identities).shownTo(name.toLowerCase(Locale.ROOT));
  }

  /// Serves other certificates from now on. When this throws, nothing has changed.
  public void reload(List<TlsIdentity> identities, Optional<ClientTrust> clients) {
    current = new Current(contextOf(identities, clients), clients);
  }

  /// Who judges certificates of clients.
  Optional<ClientTrust> clients() {
    return current.clients;
  }

  /// `asking`: for a certificate of the client, where there is somebody to judge it.
  SSLEngine newEngine(boolean asking) {
    Current now = current;
    SSLEngine engine = now.context.createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setUseCipherSuitesOrder(true);
    parameters.setWantClientAuth(asking && now.clients.isPresent());
    engine.setSSLParameters(parameters);
    return engine;
  }

  private static SSLContext contextOf(List<TlsIdentity> identities, Optional<ClientTrust> clients) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(
          new KeyManager[] {new ServerKeys(identities)},
          clients.map(trust -> new TrustManager[] {trust.inHandshake()}).orElse(null),
          null);
      context.getServerSessionContext().setSessionCacheSize(SESSIONS_MAX);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java has no TLS", e);
    }
  }
}
