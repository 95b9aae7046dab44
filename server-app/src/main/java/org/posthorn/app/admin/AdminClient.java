package org.posthorn.app.admin;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Asks the server of a data directory through its admin API: one request to a connection.
public final class AdminClient {
  private final Path data;
  private final JsonMapper json;

  public AdminClient(Path data, JsonMapper json) {
    this.data = data;
    this.json = json;
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

  public boolean serverAnswers() {
    try (SocketChannel channel = new AdminSocket(data).connect()) {
      return channel.isConnected();
    } catch (IOException _) {
      return false;
    }
  }

  private JsonNode send(String method, String path, Object body) {
    try (SocketChannel channel = request(method, path, json.writeValueAsBytes(body))) {
      InputStream input = Channels.newInputStream(channel);
      byte[] answer = input.readAllBytes();
      int status = status(answer);
      JsonNode value = json.readTree(answer, bodyStart(answer), answer.length - bodyStart(answer));
      refuse(status, value);
      return value;
    } catch (IOException e) {
      throw new AdminFailure(AdminFailure.Kind.FAILED, "The server went away: " + e.getMessage());
    }
  }

  /// Hands each line of the answer to `each` as it comes. The caller sees from the last one whether
  /// the answer is whole.
  public void lines(String method, String path, byte[] body, Consumer<JsonNode> each) {
    try (SocketChannel channel = request(method, path, body)) {
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

  private SocketChannel request(String method, String path, byte[] body) throws IOException {
    SocketChannel channel = connect();
    String head =
        "%s %s HTTP/1.1\r\nHost: posthorn\r\nContent-Length: %d\r\n\r\n"
            .formatted(method, path, body.length);
    channel.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.ISO_8859_1)));
    ByteBuffer buffer = ByteBuffer.wrap(body);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    return channel;
  }

  private SocketChannel connect() {
    try {
      return new AdminSocket(data).connect();
    } catch (IOException _) {
      throw new AdminFailure(
          AdminFailure.Kind.NOT_RUNNING,
          "No server is running on %s: start it with  posthorn start --data %s  or name its data directory with --data"
              .formatted(data, data));
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
