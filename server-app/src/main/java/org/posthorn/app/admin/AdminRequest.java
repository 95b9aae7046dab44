package org.posthorn.app.admin;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// One request as it came in: the path in decoded segments, the query decoded, the whole body; or,
/// instead of a body, a stream of mail that is still to be read. `alone` are names in the query
/// that have no `=`; their values are empty.
record AdminRequest(
    String method,
    List<String> path,
    Map<String, String> query,
    Set<String> alone,
    String body,
    Optional<InputStream> mail) {
  /// The type of a body that is a stream of mail. It has no length: its last frame ends it.
  static final String MAIL_TYPE = "application/x-posthorn-mail";

  private static final int HEAD_MAX_BYTES = 16 << 10;
  private static final int BODY_MAX_BYTES = 32 << 20;

  /// What cannot be read as HTTP/1.1 (RFC 9112), or is too big.
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String message) {
      super(message, null, false, false);
    }
  }

  Optional<String> parameter(String name) {
    return Optional.ofNullable(query.get(name));
  }

  /// Whether it is there without any value. An empty one is that of a variable that is not set.
  boolean isAlone(String name) {
    return alone.contains(name);
  }

  /// What one of [Route#takingFlags] says; false where it is not there.
  boolean flag(String name) {
    return isAlone(name) || query.getOrDefault(name, "").matches("true|1");
  }

  /// How much an answer holds at most: what `limit` says, though never more than `most`.
  int limit(int otherwise, int most) {
    Optional<String> text = parameter("limit");
    if (text.isEmpty()) {
      return otherwise;
    }
    if (!text.get().matches("0*[1-9]\\d{0,17}")) {
      throw Declined.badRequest(
          "limit is \"%s\": write a number from 1 to %d".formatted(text.get(), most));
    }
    return (int) Math.min(Long.parseLong(text.get()), most);
  }

  /// Reads one request. Chunked bodies are not taken: a body has a Content-Length.
  static AdminRequest read(InputStream input) throws IOException, Unreadable {
    String[] lines = head(input).split("\r\n", -1);
    String[] start = lines[0].split(" ", -1);
    if (start.length != 3 || !start[2].startsWith("HTTP/1.")) {
      throw new Unreadable("Not a request line");
    }
    Map<String, String> headers = new HashMap<>();
    for (String line : Arrays.asList(lines).subList(1, lines.length)) {
      int colon = line.indexOf(':');
      if (colon <= 0) {
        throw new Unreadable("Not a header line");
      }
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    if (headers.containsKey("transfer-encoding")) {
      throw new Unreadable("Send a Content-Length");
    }
    if (MAIL_TYPE.equals(headers.get("content-type"))) {
      return request(start[0], start[1], "", Optional.of(input));
    }
    String body = body(input, headers.getOrDefault("content-length", "0"));
    return request(start[0], start[1], body, Optional.empty());
  }

  private static AdminRequest request(
      String method, String target, String body, Optional<InputStream> mail) throws Unreadable {
    int question = target.indexOf('?');
    String path = question < 0 ? target : target.substring(0, question);
    try {
      List<String> segments = segments(path);
      Map<String, String> query = new HashMap<>();
      Set<String> alone = new HashSet<>();
      if (question >= 0) {
        for (String pair : target.substring(question + 1).split("&", -1)) {
          int equals = pair.indexOf('=');
          String name = decode(equals < 0 ? pair : pair.substring(0, equals));
          String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
          if (!pair.isEmpty() && query.put(name, value) != null) {
            throw new Unreadable("%s is there twice".formatted(name));
          }
          if (equals < 0) {
            alone.add(name);
          }
        }
      }
      return new AdminRequest(method, segments, query, alone, body, mail);
    } catch (IllegalArgumentException _) {
      throw new Unreadable("Bad percent-encoding");
    }
  }

  /// An empty segment is a name that somebody left out: without it the path would name something
  /// else, such as all mails instead of one.
  private static List<String> segments(String path) throws Unreadable {
    if (path.equals("/")) {
      return List.of();
    }
    List<String> raw = Arrays.asList(path.split("/", -1));
    List<String> segments = raw.getFirst().isEmpty() ? raw.subList(1, raw.size()) : raw;
    if (segments.contains("")) {
      throw new Unreadable(
          "Something in the path is empty: \"%s\" has a / at its end or two in a row"
              .formatted(path));
    }
    return segments.stream().map(segment -> decode(segment.replace("+", "%2B"))).toList();
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static String head(InputStream input) throws IOException, Unreadable {
    var bytes = new ByteArrayOutputStream();
    int newlines = 0;
    while (newlines < 2) {
      int next = input.read();
      if (next < 0 || bytes.size() == HEAD_MAX_BYTES) {
        throw new Unreadable(next < 0 ? "Ended early" : "Header too big");
      }
      bytes.write(next);
      if (next == '\n') {
        newlines++;
      } else if (next != '\r') {
        newlines = 0;
      }
    }
    return bytes.toString(StandardCharsets.ISO_8859_1).stripTrailing();
  }

  private static String body(InputStream input, String contentLength)
      throws IOException, Unreadable {
    int length;
    try {
      length = Integer.parseInt(contentLength);
    } catch (NumberFormatException _) {
      throw new Unreadable("Bad Content-Length");
    }
    if (length < 0 || length > BODY_MAX_BYTES) {
      throw new Unreadable("Body too big: at most " + BODY_MAX_BYTES + " bytes");
    }
    byte[] bytes = input.readNBytes(length);
    if (bytes.length < length) {
      throw new Unreadable("Ended early");
    }
    return text(bytes);
  }

  /// What is in another encoding would become other letters than were meant, in passwords too.
  private static String text(byte[] bytes) throws Unreadable {
    for (byte each : bytes) {
      if (each == 0) {
        throw new Unreadable(
            "This is UTF-16, so nothing was taken: convert it first, with  iconv -f utf-16 -t utf-8");
      }
    }
    CharBuffer text = CharBuffer.allocate(bytes.length);
    boolean isUtf8 =
        !StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes), text, true).isError();
    text.flip();
    if (!isUtf8) {
      throw new Unreadable(
          "line %d is not UTF-8, so nothing was taken: convert it first, for example with  iconv -f latin1 -t utf-8"
              .formatted(lines(text.toString())));
    }
    return text.toString();
  }

  private static long lines(String text) {
    return 1 + text.replace("\r\n", "\n").chars().filter(c -> c == '\n' || c == '\r').count();
  }
}
