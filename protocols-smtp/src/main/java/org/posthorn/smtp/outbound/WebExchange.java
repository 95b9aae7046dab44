package org.posthorn.smtp.outbound;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Http;

/// One request to one address, on a connection of its own that is closed at the deadline. Used by
/// one thread.
final class WebExchange {
  private static final int HTTP = 80;
  private static final int HTTPS = 443;
  private static final int CONNECT_MILLIS = 10_000;
  private static final int BUFFER_BYTES = 16 << 10;

  private final Http.Request request;
  private final String host;
  private final InetAddress address;
  private final TlsClient tls;
  private final long deadline;
  private @Nullable WebAnswer answer;

  WebExchange(
      Http.Request request, String host, InetAddress address, TlsClient tls, long deadline) {
    this.request = request;
    this.host = host;
    this.address = address;
    this.tls = tls;
    this.deadline = deadline;
  }

  static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : isSecure(uri) ? HTTPS : HTTP;
  }

  private static boolean isSecure(URI uri) {
    return uri.getScheme().equalsIgnoreCase("https");
  }

  Http.Answer run() {
    var late = new AtomicBoolean();
    try (Socket plain = new Socket()) {
      var alarm =
          CompletableFuture.runAsync(
              () -> {
                late.set(true); // A timer may be a little early.
                close(plain);
              },
              CompletableFuture.delayedExecutor(leftMillis(), TimeUnit.MILLISECONDS));
      try {
        return exchange(plain);
      } finally {
        alarm.cancel(false);
      }
    } catch (WebAnswer.TooLarge e) {
      return failure(Http.Reason.TOO_LARGE, host + ": " + e.getMessage());
    } catch (IOException e) {
      return late.get() || System.nanoTime() - deadline >= 0
          ? failure(
              Http.Reason.TOO_SLOW,
              "%s has not answered within %d ms".formatted(host, request.timeLimit().toMillis()))
          : failure(Http.Reason.UNREACHABLE, host + ": " + TlsClient.reason(e));
    }
  }

  private Http.Failure failure(Http.Reason reason, String why) {
    return new Http.Failure(reason, why, Optional.ofNullable(answer).flatMap(WebAnswer::status));
  }

  private Http.Answer exchange(Socket plain) throws IOException {
    plain.connect(
        new InetSocketAddress(address, port(request.uri())),
        (int) Math.min(CONNECT_MILLIS, leftMillis()));
    plain.setSoTimeout((int) Math.min(Integer.MAX_VALUE, leftMillis()));
    Socket socket = isSecure(request.uri()) ? secured(plain) : plain;
    try {
      send(new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES));
    } catch (NotHeard e) {
      if (plain.isClosed()) {
        throw e.why;
      }
      return early(socket, e.why);
    }
    return answer(socket);
  }

  private Http.Response answer(Socket socket) throws IOException {
    var reading =
        new WebAnswer(
            new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES),
            request.answerMaxBytes());
    answer = reading;
    return reading.read(request.method().equals("HEAD"));
  }

  /// What the server has said before it hung up, as for a body that is too large.
  private Http.Response early(Socket socket, IOException why) throws IOException {
    try {
      return answer(socket);
    } catch (WebAnswer.TooLarge e) {
      throw e;
    } catch (IOException e) {
      why.addSuppressed(e);
      throw why;
    }
  }

  /// The server does not listen any more.
  private static final class NotHeard extends IOException {
    private static final long serialVersionUID = 1L;
    private final IOException why;

    NotHeard(IOException why) {
      super(why);
      this.why = why;
    }
  }

  private Socket secured(Socket plain) throws IOException {
    SSLSocket secured = tls.over(plain, host, new Proof.Certificate(Proof.Wanted.BY_OPERATOR));
    secured.startHandshake();
    return secured;
  }

  private void send(OutputStream out) throws IOException {
    byte[] head = head().getBytes(StandardCharsets.US_ASCII);
    write(out, head, head.length);
    Optional<Http.Body> body = request.body();
    if (body.isPresent()) {
      try (InputStream in = body.get().open()) {
        byte[] buffer = new byte[BUFFER_BYTES];
        long sent = 0;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          write(out, buffer, count);
          sent += count;
        }
        if (sent != body.get().sizeBytes()) {
          throw new IOException(
              "the body has %d bytes, not %d".formatted(sent, body.get().sizeBytes()));
        }
      }
    }
    try {
      out.flush();
    } catch (IOException e) {
      throw new NotHeard(e);
    }
  }

  private static void write(OutputStream out, byte[] bytes, int count) throws NotHeard {
    try {
      out.write(bytes, 0, count);
    } catch (IOException e) {
      throw new NotHeard(e);
    }
  }

  /// A URI in ASCII has no line breaks, and the client has looked at the headers.
  private String head() {
    URI ascii = URI.create(request.uri().toASCIIString());
    String path = Optional.ofNullable(ascii.getRawPath()).filter(p -> !p.isEmpty()).orElse("/");
    String query = ascii.getRawQuery() == null ? "" : "?" + ascii.getRawQuery();
    var head = new StringBuilder();
    head.append(request.method()).append(' ').append(path).append(query).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(ascii.getRawAuthority()).append("\r\n");
    if (request.headers().keySet().stream().noneMatch("user-agent"::equalsIgnoreCase)) {
      head.append("User-Agent: Posthorn\r\n");
    }
    request
        .headers()
        .forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    request
        .body()
        .ifPresent(body -> head.append("Content-Length: ").append(body.sizeBytes()).append("\r\n"));
    return head.append("Accept-Encoding: identity\r\nConnection: close\r\n\r\n").toString();
  }

  /// Rounded up: who gives up a part of a millisecond before the deadline takes a slow server for
  /// one that can't be reached, and tries its next address.
  private long leftMillis() {
    return Math.max(1, Math.ceilDiv(deadline - System.nanoTime(), 1_000_000));
  }

  /// Closes the plain socket: to close the TLS socket could block behind a write.
  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is gone either way.
    }
  }
}
