package org.posthorn.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/// TLS for tests: a server with a certificate of its own, and a client that trusts every server.
public final class TestTls {
  static {
    // New keys after a megabyte, not after 137 GB: every larger test passes through a key update.
    Security.setProperty("jdk.tls.keyLimits", "AES/GCM/NoPadding KeyUpdate 2^20");
  }

  private TestTls() {}

  /// A server called `localhost`.
  public static TlsContext server() {
    return TlsContext.of(List.of(identity("localhost")));
  }

  /// One of the certificates that lie beside this class: `localhost`, `example` (also
  /// `*.example.org`), `rsa`.
  public static TlsIdentity identity(String name) {
    return TlsIdentity.fromPem(resource(name + ".cert.pem"), resource(name + ".key.pem"));
  }

  private static byte[] resource(String name) {
    try (var stream = TestTls.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(stream, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Puts TLS on a connected socket and shakes hands.
  public static SSLSocket client(Socket plain) throws IOException {
    var socket =
        (SSLSocket)
            clientContext()
                .getSocketFactory()
                .createSocket(plain, "localhost", plain.getPort(), true);
    socket.startHandshake();
    return socket;
  }

  public static SSLContext clientContext() {
    return clientContext(_ -> {});
  }

  /// Tells which certificates it is shown.
  static SSLContext clientContext(Consumer<X509Certificate> shown) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustEverybody(shown)}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class TrustEverybody extends X509ExtendedTrustManager {
    private final Consumer<X509Certificate> shown;

    TrustEverybody(Consumer<X509Certificate> shown) {
      this.shown = shown;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      shown.accept(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
