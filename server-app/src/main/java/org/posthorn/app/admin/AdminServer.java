package org.posthorn.app.admin;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import jdk.net.ExtendedSocketOptions;
import org.posthorn.spool.Operator;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.backup.BackupException;
import org.posthorn.storage.directory.DirectoryException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import tools.jackson.core.JacksonException;

/// Answers the administrator: HTTP/1.1 over a Unix domain socket, one request to a connection, each
/// on a virtual thread of its own. Only the owner of the data directory can connect, so a
/// connection is proof enough of who asks.
public final class AdminServer {
  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);
  private static final Map<Integer, String> REASONS =
      Map.of(
          200,
          "OK",
          201,
          "Created",
          400,
          "Bad Request",
          404,
          "Not Found",
          405,
          "Method Not Allowed",
          409,
          "Conflict",
          500,
          "Internal Server Error",
          503,
          "Service Unavailable");

  private static final Duration GRACE = Duration.ofSeconds(1);
  private static final Duration ACCEPT_PAUSE = Duration.ofMillis(100);

  private final AdminSocket socket;
  private final ServerSocketChannel listening;
  private final List<Route> routes;
  private final Json json = new Json();
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();

  private AdminServer(AdminSocket socket, ServerSocketChannel listening, List<Route> routes) {
    this.socket = socket;
    this.listening = listening;
    this.routes = routes;
  }

  /// Listens when it returns.
  public static AdminServer start(AdminSocket socket, AdminRoutes routes) throws IOException {
    return start(socket, socket.bind(), routes.table());
  }

  /// For tests: with a socket of their own.
  static AdminServer start(AdminSocket socket, ServerSocketChannel listening, List<Route> routes) {
    var server = new AdminServer(socket, listening, routes);
    Thread.ofVirtual().name("admin-listener").start(server::accept);
    return server;
  }

  private void accept() {
    while (listening.isOpen()) {
      try {
        SocketChannel channel = listening.accept();
        open.add(channel);
        Thread.ofVirtual().name("admin").start(() -> serve(channel));
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        if (listening.isOpen()) {
          // Out of file descriptors or memory, most likely: those who have some must go on.
          log.atWarn().setCause(e).log("admin connection failed");
          LockSupport.parkNanos(ACCEPT_PAUSE.toNanos());
        }
      }
    }
  }

  private void serve(SocketChannel channel) {
    try (channel) {
      var input = new BufferedInputStream(Channels.newInputStream(channel));
      OutputStream output = Channels.newOutputStream(channel);
      try {
        AdminRequest request = AdminRequest.read(input);
        var _ =
            ScopedValue.where(Operator.NAME, user(channel)).call(() -> answered(output, request));
      } catch (AdminRequest.Unreadable e) {
        send(output, refusal(400, "bad-request", String.valueOf(e.getMessage())));
      }
    } catch (IOException | ClientGone e) {
      log.atDebug().setCause(e).log("admin client gone");
    } finally {
      open.remove(channel);
    }
  }

  /// Also what the answer does while it is written is the asker's.
  private boolean answered(OutputStream output, AdminRequest request) throws IOException {
    send(output, answer(request));
    return true;
  }

  /// The user of the system who asks, as the kernel knows it; empty where it does not say.
  private static String user(SocketChannel channel) {
    try {
      return channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
    } catch (IOException | UnsupportedOperationException _) {
      return "";
    }
  }

  private AdminAnswer answer(AdminRequest request) {
    boolean pathKnown = false;
    for (Route route : routes) {
      Optional<Map<String, String>> path = route.match(request.path());
      if (path.isPresent() && route.method().equals(request.method())) {
        return handled(route, request, path.get());
      }
      pathKnown |= path.isPresent();
    }
    return pathKnown
        ? refusal(405, "bad-request", "This resource does not know " + request.method())
        : refusal(404, "not-found", "No such resource; GET / lists them");
  }

  private static AdminAnswer handled(Route route, AdminRequest request, Map<String, String> path) {
    try {
      return route.answer(request, path);
    } catch (Declined e) {
      return refusal(e);
    } catch (DirectoryException e) {
      return refusal(Refusals.of(e));
    } catch (MailboxException e) {
      return refusal(Refusals.of(e));
    } catch (BackupException e) {
      return refusal(Refusals.of(e));
    } catch (JacksonException e) {
      return refusal(400, "bad-request", "The body is not what this takes: " + Json.words(e));
    } catch (StorageUnavailable e) {
      return unavailable(e);
    } catch (RuntimeException e) {
      log.atError().setCause(e).addKeyValue("route", route.pattern()).log("admin request failed");
      return refusal(500, "internal", "The server failed; see its log");
    }
  }

  private static AdminAnswer.Json unavailable(StorageUnavailable trouble) {
    LoggingEventBuilder line = log.atError();
    if (trouble.isFull()) {
      // Where it was met was logged when it began.
      line.addKeyValue("why", trouble.getMessage()).log("admin request failed");
    } else {
      line.setCause(trouble).log("admin request failed");
    }
    return refusal(Refusals.of(trouble));
  }

  private void send(OutputStream output, AdminAnswer answer) throws IOException {
    switch (answer) {
      case AdminAnswer.Json(int status, Object body) -> {
        byte[] bytes = json.write(body).getBytes(StandardCharsets.UTF_8);
        head(output, status, "application/json", Optional.of(bytes.length));
        output.write(bytes);
      }
      case AdminAnswer.Lines(var source) -> {
        head(output, 200, "application/x-ndjson", Optional.empty());
        lines(output, source);
      }
      case AdminAnswer.Mail(var source) -> {
        head(output, 200, AdminRequest.MAIL_TYPE, Optional.empty());
        mail(output, source);
      }
    }
  }

  /// The client sees from a missing last frame that something went wrong.
  private static void mail(OutputStream output, AdminAnswer.MailSource source) throws IOException {
    try {
      source.writeTo(output);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("admin request failed");
    }
  }

  /// The end of the connection ends the body; its last line says that it is whole.
  private void lines(OutputStream output, AdminAnswer.Source source) throws IOException {
    try {
      source.writeTo(value -> line(output, value));
    } catch (Declined e) {
      line(output, refusal(e).body());
    } catch (DirectoryException e) {
      line(output, refusal(Refusals.of(e)).body());
    } catch (MailboxException e) {
      line(output, refusal(Refusals.of(e)).body());
    } catch (BackupException e) {
      line(output, refusal(Refusals.of(e)).body());
    } catch (StorageUnavailable e) {
      line(output, unavailable(e).body());
    } catch (ClientGone e) {
      throw e;
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("admin request failed");
      line(output, refusal(500, "internal", "The server failed; see its log").body());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void line(OutputStream output, Object value) {
    try {
      output.write((json.write(value) + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new ClientGone(e);
    }
  }

  private static void head(OutputStream output, int status, String type, Optional<Integer> length)
      throws IOException {
    String head =
        "HTTP/1.1 "
            + status
            + " "
            + REASONS.getOrDefault(status, "Error")
            + "\r\nContent-Type: "
            + type
            + length.map(bytes -> "\r\nContent-Length: " + bytes).orElse("")
            + "\r\nConnection: close\r\n\r\n";
    output.write(head.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static AdminAnswer.Json refusal(Declined declined) {
    Map<String, String> error = new LinkedHashMap<>();
    error.put("code", declined.reason().code);
    declined.field().ifPresent(name -> error.put("field", name));
    error.put("message", String.valueOf(declined.getMessage()));
    return new AdminAnswer.Json(declined.reason().status, Map.of("error", error));
  }

  private static AdminAnswer.Json refusal(int status, String code, String message) {
    return new AdminAnswer.Json(status, Map.of("error", Map.of("code", code, "message", message)));
  }

  /// Lets requests that are being answered end, for a moment: one of them may be the one that ends
  /// the server.
  public void close() throws IOException, InterruptedException {
    listening.close();
    long deadline = System.nanoTime() + GRACE.toNanos();
    while (!open.isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(GRACE.dividedBy(100));
    }
    for (SocketChannel channel : open) {
      channel.close();
    }
    socket.delete();
  }
}
