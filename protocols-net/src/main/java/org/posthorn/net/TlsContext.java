package org.posthorn.net;

import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/// The server's certificates and how it speaks TLS: 1.2 and 1.3, sessions resumed. New connections
/// see a reload at once, old ones never. Safe for use by many threads.
public final class TlsContext {
  /// For clients that cannot keep their session themselves, in a ticket (RFC 8446 §4.6.1).
  private static final int SESSIONS_MAX = 2_000;

  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  private volatile SSLContext context;

  private TlsContext(SSLContext context) {
    this.context = context;
  }

  /// The first identity serves clients that name no server or an unknown one.
  public static TlsContext of(List<TlsIdentity> identities) {
    return new TlsContext(contextOf(identities));
  }

  /// Serves other certificates from now on. When this throws, nothing has changed.
  public void reload(List<TlsIdentity> identities) {
    context = contextOf(identities);
  }

  SSLEngine newEngine() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setUseCipherSuitesOrder(true);
    engine.setSSLParameters(parameters);
    return engine;
  }

  private static SSLContext contextOf(List<TlsIdentity> identities) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {new ServerKeys(identities)}, null, null);
      context.getServerSessionContext().setSessionCacheSize(SESSIONS_MAX);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java has no TLS", e);
    }
  }
}
