package org.posthorn.smtp.outbound;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.posthorn.mailet.Dns;

/// Hands something over by HTTPS where a stranger's DNS says: not to machines inside our network,
/// without redirection, within bounds of time and size. Any certificate will do, since what is
/// handed over is the news that certificates are wrong (RFC 8460). Safe for use by many threads.
public final class HttpsPost {
  private static final int HTTPS = 443;
  private static final int LINE_MAX = 4_096;
  private static final int ADDRESSES_MAX = 3;
  private static final int CONNECT_MILLIS = 10_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Dns dns;
  private final OwnHosts ownHosts;
  private final TlsClient tls;

  HttpsPost(Dns dns, OwnHosts ownHosts, TlsClient tls) {
    this.dns = dns;
    this.ownHosts = ownHosts;
    this.tls = tls;
  }

  /// Returns when the other side has taken it. Throws otherwise, with what is wrong.
  public void post(URI target, String type, byte[] body) throws IOException {
    String host = Optional.ofNullable(target.getHost()).orElse("");
    List<InetAddress> addresses =
        dns.addresses(host).found().stream()
            .filter(ownHosts::mayReach)
            .limit(ADDRESSES_MAX)
            .toList();
    IOException trouble = new IOException(host + " has no address that we may go to");
    for (InetAddress address : addresses) {
      try {
        post(target, host, address, type, body);
        return;
      } catch (IOException failed) {
        trouble = failed;
      }
    }
    throw trouble;
  }

  private void post(URI target, String host, InetAddress address, String type, byte[] body)
      throws IOException {
    try (Socket plain = new Socket()) {
      var deadline =
          CompletableFuture.runAsync(
              () -> close(plain),
              CompletableFuture.delayedExecutor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
      try {
        int port = target.getPort() < 0 ? HTTPS : target.getPort();
        plain.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
        plain.setSoTimeout((int) PATIENCE.toMillis());
        SSLSocket secured = tls.over(plain, host, new Proof.Nothing());
        secured.startHandshake();
        OutputStream out = secured.getOutputStream();
        out.write(head(target, type, body.length).getBytes(StandardCharsets.US_ASCII));
        out.write(body);
        out.flush();
        String status = line(new BufferedInputStream(secured.getInputStream()));
        if (!status.matches("HTTP/1\\.[01] 2[0-9]{2}( .*)?")) {
          throw new IOException(host + " answers '" + status + "'");
        }
      } finally {
        deadline.cancel(false);
      }
    }
  }

  /// A URI in ASCII has no line breaks.
  private static String head(URI target, String type, int length) {
    URI ascii = URI.create(target.toASCIIString());
    String path = Optional.ofNullable(ascii.getRawPath()).filter(p -> !p.isEmpty()).orElse("/");
    String query = ascii.getRawQuery() == null ? "" : "?" + ascii.getRawQuery();
    return "POST %s%s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        .formatted(path, query, ascii.getRawAuthority(), type, length);
  }

  /// Closes the plain socket: to close the TLS socket could block behind a write.
  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is gone either way.
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0 || line.length() == LINE_MAX) {
        throw new IOException("The web server does not speak HTTP");
      }
      line.append((char) b);
    }
    return line.toString().strip();
  }
}
