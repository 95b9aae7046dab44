package org.posthorn.app.admin;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Asks the server of a data directory through its admin API: one request to a connection.
public final class AdminClient {
  private static final Duration LETS_IN_WITHIN = Duration.ofSeconds(10);

  private final Path data;
  private final JsonMapper json;
  private final Optional<Duration> limit;

  public AdminClient(Path data, JsonMapper json) {
    this(data, json, Optional.empty());
  }

  private AdminClient(Path data, JsonMapper json, Optional<Duration> limit) {
    this.data = data;
    this.json = json;
    this.limit = limit;
  }

  /// A client that gives up when the answer has not begun after so long: for what any server
  /// answers at once, unless it hangs.
  public AdminClient within(Duration limit) {
    return new AdminClient(data, json, Optional.of(limit));
  }

  /// A path from segments that may hold any character.
  public static String path(String... segments) {
    var path = new StringBuilder();
    for (String segment : segments) {
      path.append('/').append(encode(segment));
    }
    return path.toString();
  }

  public static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  public JsonNode get(String path) {
    return send("GET", path, Map.of());
  }

  public JsonNode post(String path, Object body) {
    return send("POST", path, body);
  }

  public JsonNode put(String path, Object body) {
    return send("PUT", path, body);
  }

  public JsonNode patch(String path, Object body) {
    return send("PATCH", path, body);
  }

  public JsonNode delete(String path) {
    return send("DELETE", path, Map.of());
  }

  /// Whether one lets us in; one that hangs does not, when enough have asked it.
  public boolean serverAnswers() {
    var begun = new CountDownLatch(1);
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      closeUnless(begun, limit.orElse(LETS_IN_WITHIN), channel);
      new AdminSocket(data).connect(channel);
      return true;
    } catch (IOException _) {
      return false;
    } finally {
      begun.countDown();
    }
  }

  private JsonNode send(String method, String path, Object body) {
    try {
      byte[] answer = answer(method, path, json.writeValueAsBytes(body));
      int status = status(answer);
      JsonNode value = json.readTree(answer, bodyStart(answer), answer.length - bodyStart(answer));
      refuse(status, value);
      return value;
    } catch (ClosedChannelException _) {
      throw silent();
    } catch (IOException e) {
      throw new AdminFailure(AdminFailure.Kind.FAILED, "The server went away: " + e.getMessage());
    }
  }

  /// Throws `ClosedChannelException` when it does not begin in time. Even to connect may take for
  /// ever: when those who wait for a server that hangs are too many.
  private byte[] answer(String method, String path, byte[] body) throws IOException {
    var begun = new CountDownLatch(1);
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      limit.ifPresent(time -> closeUnless(begun, time, channel));
      connect(channel);
      write(channel, method, path, body);
      InputStream input = Channels.newInputStream(channel);
      var answer = new ByteArrayOutputStream();
      int first = input.read();
      begun.countDown();
      if (first >= 0) {
        answer.write(first);
        input.transferTo(answer);
      }
      return answer.toByteArray();
    } finally {
      begun.countDown();
    }
  }

  private static void closeUnless(CountDownLatch begun, Duration time, SocketChannel channel) {
    Thread.ofPlatform().daemon().start(() -> awaitOrClose(begun, time, channel));
  }

  private static void awaitOrClose(CountDownLatch begun, Duration time, SocketChannel channel) {
    try {
      if (!begun.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
        channel.close();
      }
    } catch (InterruptedException | IOException _) {
      // Then it is waited for as long as it takes.
    }
  }

  private AdminFailure silent() {
    return new AdminFailure(
        AdminFailure.Kind.FAILED,
        "The server of %s does not answer: process %s. See its log; if it hangs, end that process"
            .formatted(data, process()));
  }

  /// As the lock says.
  private String process() {
    try {
      return Files.readString(data.resolve("lock")).strip();
    } catch (IOException _) {
      return "unknown";
    }
  }

  /// Hands each line of the answer to `each` as it comes. The caller sees from the last one whether
  /// the answer is whole.
  public void lines(String method, String path, byte[] body, Consumer<JsonNode> each) {
    try (SocketChannel channel = connect()) {
      write(channel, method, path, body);
      var reader =
          new BufferedReader(
              new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
      String first = reader.readLine();
      int status = status((first == null ? "" : first).getBytes(StandardCharsets.UTF_8));
      for (String head = reader.readLine(); head != null && !head.isEmpty(); ) {
        head = reader.readLine();
      }
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        JsonNode value = json.readTree(line);
        refuse(status, value);
        if (value.has("error")) {
          throw new AdminFailure(kind(value), value.at("/error/message").asString());
        }
        each.accept(value);
      }
    } catch (IOException e) {
      throw new AdminFailure(AdminFailure.Kind.FAILED, "The server went away: " + e.getMessage());
    }
  }

  /// Sends a stream of mail, or takes one: see [MailExchange].
  public MailExchange mail(String method, String path) {
    SocketChannel channel = connect();
    try {
      return new MailExchange(channel, method, path, json);
    } catch (IOException e) {
      throw new AdminFailure(AdminFailure.Kind.FAILED, "The server went away: " + e.getMessage());
    }
  }

  private static void write(SocketChannel channel, String method, String path, byte[] body)
      throws IOException {
    String head =
        "%s %s HTTP/1.1\r\nHost: posthorn\r\nContent-Length: %d\r\n\r\n"
            .formatted(method, path, body.length);
    channel.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.ISO_8859_1)));
    ByteBuffer buffer = ByteBuffer.wrap(body);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private SocketChannel connect() {
    try {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        connect(channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
      return channel;
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  private void connect(SocketChannel channel) throws ClosedChannelException {
    try {
      new AdminSocket(data).connect(channel);
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  /// Whoever may not connect does not know whether a server runs.
  AdminFailure unreachable(IOException e) {
    if (e instanceof ConnectException || Files.notExists(new AdminSocket(data).path())) {
      return new AdminFailure(
          AdminFailure.Kind.NOT_RUNNING,
          "No server is running on %s: start it with  posthorn start --data %s  or name its data directory with --data"
              .formatted(data, data));
    }
    return new AdminFailure(
        AdminFailure.Kind.FAILED,
        "Cannot connect to the server of %s%s: %s".formatted(data, whose(), e.getMessage()));
  }

  private String whose() {
    try {
      return ", which belongs to %s (run this as that user)".formatted(Files.getOwner(data));
    } catch (IOException _) {
      return "";
    }
  }

  /// What went wrong when the answer had begun already.
  private static AdminFailure.Kind kind(JsonNode error) {
    return switch (error.at("/error/code").asString("")) {
      case "bad-request" -> AdminFailure.Kind.WRONG_REQUEST;
      case "not-found", "conflict" -> AdminFailure.Kind.NOT_POSSIBLE;
      default -> AdminFailure.Kind.FAILED;
    };
  }

  static void refuse(int status, JsonNode answer) {
    if (status < 400) {
      return;
    }
    AdminFailure.Kind kind =
        switch (status) {
          case 400, 405 -> AdminFailure.Kind.WRONG_REQUEST;
          case 404, 409 -> AdminFailure.Kind.NOT_POSSIBLE;
          default -> AdminFailure.Kind.FAILED;
        };
    throw new AdminFailure(kind, answer.at("/error/message").asString());
  }

  /// `HTTP/1.1 200 OK`.
  private static int status(byte[] answer) throws IOException {
    if (answer.length < 12) {
      throw new IOException("it closed the connection");
    }
    return Integer.parseInt(new String(answer, 9, 3, StandardCharsets.ISO_8859_1));
  }

  private static int bodyStart(byte[] answer) throws IOException {
    for (int i = 0; i + 3 < answer.length; i++) {
      if (answer[i] == '\r' && answer[i + 2] == '\r') {
        return i + 4;
      }
    }
    throw new IOException("its answer ends early");
  }
}
