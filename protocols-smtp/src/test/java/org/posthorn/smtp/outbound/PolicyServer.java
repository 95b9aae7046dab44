package org.posthorn.smtp.outbound;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/// A web server on loopback that publishes a policy; and `sts.example`, which has one.
final class PolicyServer implements AutoCloseable {
  static final String ENFORCE =
      "version: STSv1\nmode: enforce\nmx: mx.sts.example\nmax_age: 86400\n";

  static final String ZONE =
      """
      sts.example          IN MX 10 mx.sts.example.
      mx.sts.example       IN A 127.0.0.5
      mta-sts.sts.example  IN A 127.0.0.1
      """;

  /// The same, and the DNS says that there is a policy.
  static final String PUBLISHED = ZONE + "_mta-sts.sts.example IN TXT \"v=STSv1; id=1;\"\n";

  private final HttpsServer server;
  private final AtomicInteger requests = new AtomicInteger();
  private volatile int status = 200;
  private volatile String type = "text/plain; charset=utf-8";
  private volatile String policy = "";
  private volatile boolean chunked;

  PolicyServer(SSLContext tls) {
    try {
      server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.createContext(
        "/.well-known/mta-sts.txt",
        exchange -> {
          requests.incrementAndGet();
          byte[] body = policy.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", type);
          exchange.getResponseHeaders().add("Location", "/.well-known/mta-sts.txt?again");
          exchange.sendResponseHeaders(status, chunked ? 0 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  int requests() {
    return requests.get();
  }

  PolicyServer publishing(String text) {
    policy = text;
    return this;
  }

  PolicyServer answering(int code, String mediaType, boolean inChunks) {
    status = code;
    type = mediaType;
    chunked = inChunks;
    return this;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
