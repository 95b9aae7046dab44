package org.posthorn.app.admin;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One request that sends or takes a stream of mail. The body is written by one thread while
/// another one reads the answer.
public final class MailExchange implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;
  private static final int HEAD_MAX_BYTES = 16 << 10;

  private final SocketChannel channel;
  private final JsonMapper json;
  private final InputStream input;

  MailExchange(SocketChannel channel, String method, String path, JsonMapper json)
      throws IOException {
    this.channel = channel;
    this.json = json;
    channel.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER_BYTES);
    this.input = new BufferedInputStream(Channels.newInputStream(channel));
    boolean sends = method.equals("POST");
    String head =
        "%s %s HTTP/1.1\r\nHost: posthorn\r\n%s\r\n"
            .formatted(
                method, path, sends ? "Content-Type: " + AdminRequest.MAIL_TYPE + "\r\n" : "");
    channel.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.ISO_8859_1)));
  }

  /// Where the body goes. The socket takes what is written at once.
  public OutputStream body() {
    return Channels.newOutputStream(channel);
  }

  /// The answer behind its head. Throws [AdminFailure] when the request is declined.
  public InputStream answer() {
    try {
      int status = status(line());
      String head = line();
      while (!head.isEmpty()) {
        head = line();
      }
      if (status >= 400) {
        JsonNode refusal = json.readTree(input.readAllBytes());
        AdminClient.refuse(status, refusal);
      }
      return input;
    } catch (IOException e) {
      throw new AdminFailure(AdminFailure.Kind.FAILED, "The server went away: " + e.getMessage());
    }
  }

  private static int status(String line) throws IOException {
    if (line.length() < 12) {
      throw new IOException("it closed the connection");
    }
    return Integer.parseInt(line.substring(9, 12));
  }

  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int next = input.read(); next != '\n'; next = input.read()) {
      if (next < 0 || line.size() == HEAD_MAX_BYTES) {
        throw new IOException("it closed the connection");
      }
      line.write(next);
    }
    return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
