package org.posthorn.smtp.outbound;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/// A web server on loopback that publishes a policy.
final class PolicyServer implements AutoCloseable {
  private final HttpsServer server;
  private final AtomicInteger requests = new AtomicInteger();
  private volatile int status = 200;
  private volatile String type = "text/plain; charset=utf-8";
  private volatile String policy = "";
  private volatile boolean chunked;

  PolicyServer(SSLContext tls) throws IOException {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
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
