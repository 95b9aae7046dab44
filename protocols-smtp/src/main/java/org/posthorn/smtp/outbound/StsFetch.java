package org.posthorn.smtp.outbound;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.net.ssl.SSLSocket;
import org.posthorn.mailet.Dns;

/// Fetches the policy of a domain over HTTPS (RFC 8461 §3.3): from `mta-sts.` and the domain, with
/// a valid certificate, without redirection, within bounds of time and size. Safe for use by many
/// threads.
///
/// Not by Java's own client: that asks another DNS than we do, and connects to wherever a
/// stranger's DNS says, also to machines inside our network.
///
/// @param mayReach the addresses that it goes to
record StsFetch(Dns dns, Predicate<InetAddress> mayReach, TlsClient tls, int port) {
  private static final int POLICY_MAX_BYTES = 64 * 1024;
  private static final int LINE_MAX = 4_096;
  private static final int HEADERS_MAX = 100;
  private static final int ADDRESSES_MAX = 3;
  private static final int CONNECT_MILLIS = 5_000;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  StsPolicy fetch(String domain) throws IOException {
    String host = "mta-sts." + domain;
    List<InetAddress> addresses =
        dns.addresses(host).found().stream().filter(mayReach).limit(ADDRESSES_MAX).toList();
    IOException trouble = new IOException(host + " has no address that we may go to");
    for (InetAddress address : addresses) {
      try {
        return StsPolicy.parse(fetch(host, address));
      } catch (IOException failed) {
        trouble = failed;
      }
    }
    throw trouble;
  }

  private String fetch(String host, InetAddress address) throws IOException {
    try (Socket plain = new Socket()) {
      var deadline =
          CompletableFuture.runAsync(
              () -> close(plain),
              CompletableFuture.delayedExecutor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
      try {
        plain.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
        plain.setSoTimeout((int) PATIENCE.toMillis());
        SSLSocket secured = tls.over(plain, host, new Proof.Certificate(Proof.Wanted.BY_DOMAIN));
        secured.startHandshake();
        secured
            .getOutputStream()
            .write(
                ("GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: "
                        + host
                        + "\r\nAccept: text/plain\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        return answer(new BufferedInputStream(secured.getInputStream()));
      } finally {
        deadline.cancel(false);
      }
    }
  }

  /// Closes the plain socket: to close the TLS socket could block behind a write.
  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is gone either way.
    }
  }

  private static String answer(InputStream in) throws IOException {
    String status = line(in);
    if (!status.matches("HTTP/1\\.[01] 200( .*)?")) {
      throw new IOException("Its web server answers '" + status + "', not 200");
    }
    Map<String, String> headers = headers(in);
    String type = headers.getOrDefault("content-type", "");
    if (!type.split(";", 2)[0].strip().equalsIgnoreCase("text/plain")) {
      throw new IOException("The policy is not text/plain but '" + type + "'");
    }
    byte[] body = body(in, headers);
    if (body.length > POLICY_MAX_BYTES) {
      throw new IOException("The policy is larger than " + POLICY_MAX_BYTES + " bytes");
    }
    return new String(body, StandardCharsets.UTF_8);
  }

  /// At most a byte more than is allowed.
  private static byte[] body(InputStream in, Map<String, String> headers) throws IOException {
    if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
      return chunks(in);
    }
    Optional<String> length = Optional.ofNullable(headers.get("content-length"));
    if (length.isEmpty()) {
      return in.readNBytes(POLICY_MAX_BYTES + 1);
    }
    int bytes = size(length.get(), 10);
    byte[] body = in.readNBytes(bytes);
    if (body.length < bytes) {
      throw new IOException("The policy ends before its end");
    }
    return body;
  }

  private static byte[] chunks(InputStream in) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = chunk(in); size > 0; size = chunk(in)) {
      byte[] chunk = in.readNBytes(size);
      if (chunk.length < size || !line(in).isEmpty()) {
        throw new IOException("The policy ends before its end");
      }
      body.write(chunk);
      if (body.size() > POLICY_MAX_BYTES) {
        break;
      }
    }
    return body.toByteArray();
  }

  private static int chunk(InputStream in) throws IOException {
    return size(line(in).split(";", 2)[0].strip(), 16);
  }

  private static int size(String digits, int radix) throws IOException {
    try {
      return Math.clamp(Long.parseLong(digits, radix), 0, POLICY_MAX_BYTES + 1);
    } catch (NumberFormatException _) {
      throw new IOException("Its web server does not say how long the policy is");
    }
  }

  private static Map<String, String> headers(InputStream in) throws IOException {
    Map<String, String> headers = new HashMap<>();
    for (int count = 0; count < HEADERS_MAX; count++) {
      String line = line(in);
      if (line.isEmpty()) {
        return headers;
      }
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.putIfAbsent(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
    }
    throw new IOException("Its web server's header has no end");
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0 || line.length() == LINE_MAX) {
        throw new IOException("Its web server does not speak HTTP");
      }
      line.append((char) b);
    }
    return line.toString().stripTrailing();
  }
}
