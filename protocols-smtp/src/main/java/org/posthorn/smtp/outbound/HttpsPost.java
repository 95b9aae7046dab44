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

  private final Dns dns;
  private final OwnHosts ownHosts;
  private final TlsClient tls;

  HttpsPost(Dns dns, OwnHosts ownHosts, TlsClient tls) {
    this.dns = dns;
    this.ownHosts = ownHosts;
    this.tls = tls;
  }

  /// Returns when the other side has taken it. Throws otherwise, with what is wrong, once the time
  /// is over at the latest. Each of its addresses gets a share of that.
  public void post(URI target, String type, byte[] body, Duration limit) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    String host = Optional.ofNullable(target.getHost()).orElse("");
    List<InetAddress> addresses =
        dns.addresses(host).found().stream()
            .filter(ownHosts::mayReach)
            .limit(ADDRESSES_MAX)
            .toList();
    IOException trouble = new IOException(host + " has no address that we may go to");
    for (int i = 0; i < addresses.size(); i++) {
      long share = (end - System.nanoTime()) / (addresses.size() - i);
      // None at all would stand for no limit.
      int millis = (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(share));
      try {
        post(target, host, addresses.get(i), type, body, millis);
        return;
      } catch (IOException failed) {
        trouble = failed;
      }
    }
    throw trouble;
  }

  private void post(
      URI target, String host, InetAddress address, String type, byte[] body, int millis)
      throws IOException {
    try (Socket plain = new Socket()) {
      var deadline =
          CompletableFuture.runAsync(
              () -> close(plain), CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS));
      try {
        int port = target.getPort() < 0 ? HTTPS : target.getPort();
        plain.connect(new InetSocketAddress(address, port), Math.min(CONNECT_MILLIS, millis));
        plain.setSoTimeout(millis);
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
