package org.posthorn.app.web;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.posthorn.net.Connection;
import org.posthorn.net.LineEnd;
import org.posthorn.net.LineTooLong;

/// One request of a web client (RFC 9112), read within limits of size and time. The path is as it
/// was sent: it is only ever compared.
record WebRequest(String method, String path, Map<String, String> query, String host, String body) {
  private static final int LINE_MAX_BYTES = 4 << 10;
  private static final int LINES_MAX = 64;
  private static final int HEAD_MAX_BYTES = 16 << 10;
  private static final int BODY_MAX_BYTES = 8 << 10;
  private static final int PARAMETERS_MAX = 20;

  /// What cannot be answered, with the status that says why.
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;

    Refused(int status, String message) {
      super(message, null, false, false);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /// All of it has to come within `limit`.
  static WebRequest read(Connection connection, Duration limit) throws IOException, Refused {
    try {
      return new Reading(connection, limit).request();
    } catch (LineTooLong _) {
      throw new Refused(431, "A line has at most " + LINE_MAX_BYTES + " bytes");
    } catch (SocketTimeoutException _) {
      throw new Refused(408, "The request took too long");
    }
  }

  /// Confined to the connection's thread.
  private static final class Reading {
    private final Connection connection;
    private final long deadline;
    private final byte[] line = new byte[LINE_MAX_BYTES];

    Reading(Connection connection, Duration limit) {
      this.connection = connection;
      this.deadline = System.nanoTime() + limit.toNanos();
    }

    WebRequest request() throws IOException, Refused {
      String[] start = line().split(" ", -1);
      if (start.length != 3 || !start[2].matches("HTTP/1\\.[01]")) {
        throw new Refused(400, "Not a request of HTTP/1.1");
      }
      Map<String, String> headers = headers();
      if (headers.containsKey("transfer-encoding")) {
        throw new Refused(501, "Send a Content-Length");
      }
      String host = headers.get("host");
      if (host == null) {
        throw new Refused(400, "Say which host");
      }
      String body = body(headers.getOrDefault("content-length", "0"));
      return parsed(start[0], start[1], host, body);
    }

    private Map<String, String> headers() throws IOException, Refused {
      Map<String, String> headers = new HashMap<>();
      int size = 0;
      int count = 0;
      for (String next = line(); !next.isEmpty(); next = line()) {
        size += next.length();
        count++;
        if (size > HEAD_MAX_BYTES || count > LINES_MAX) {
          throw new Refused(431, "The header is too big");
        }
        int colon = next.indexOf(':');
        String name = colon <= 0 ? "" : next.substring(0, colon).toLowerCase(Locale.ROOT);
        if (!name.matches("[!#$%&'*+.^_`|~0-9a-z-]+")) {
          throw new Refused(400, "Not a header line");
        }
        boolean again = headers.put(name, next.substring(colon + 1).strip()) != null;
        if (again && ("host".equals(name) || "content-length".equals(name))) {
          throw new Refused(400, "There are two of " + name);
        }
      }
      return headers;
    }

    private String body(String contentLength) throws IOException, Refused {
      if (!contentLength.matches("[0-9]{1,9}")) {
        throw new Refused(400, "Not a Content-Length");
      }
      int length = Integer.parseInt(contentLength);
      if (length > BODY_MAX_BYTES) {
        throw new Refused(413, "A body has at most " + BODY_MAX_BYTES + " bytes");
      }
      var bytes = new byte[length];
      InputStream in = connection.input().asStream(length);
      for (int done = 0; done < length; ) {
        hurry();
        int count = in.read(bytes, done, length - done);
        if (count < 0) {
          throw new EOFException("The client closed the connection");
        }
        done += count;
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
      hurry();
      int length = connection.input().readLine(line, LineEnd.LF_TOO);
      return new String(line, 0, length, StandardCharsets.ISO_8859_1);
    }

    /// The next read may last as long as there is time.
    private void hurry() throws SocketTimeoutException {
      long left = Math.ceilDiv(deadline - System.nanoTime(), 1_000_000L);
      if (left <= 0) {
        throw new SocketTimeoutException("The request took too long");
      }
      connection.readTimeout(Duration.ofMillis(left));
    }
  }

  private static WebRequest parsed(String method, String target, String host, String body)
      throws Refused {
    if (!target.startsWith("/")) {
      throw new Refused(400, "Name the page from the root on");
    }
    int question = target.indexOf('?');
    String path = question < 0 ? target : target.substring(0, question);
    String query = question < 0 ? "" : target.substring(question + 1);
    return new WebRequest(method, path, parameters(query), name(host), body);
  }

  /// Without the port, and as domains are compared.
  private static String name(String host) {
    String name = host.replaceFirst(":[0-9]{1,5}$", "").toLowerCase(Locale.ROOT);
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  static Map<String, String> parameters(String text) throws Refused {
    Map<String, String> all = new HashMap<>();
    if (text.isEmpty()) {
      return all;
    }
    String[] pairs = text.split("&", PARAMETERS_MAX + 1);
    if (pairs.length > PARAMETERS_MAX) {
      throw new Refused(400, "Too many parameters");
    }
    try {
      for (String pair : pairs) {
        int equals = pair.indexOf('=');
        all.put(
            decoded(equals < 0 ? pair : pair.substring(0, equals)),
            equals < 0 ? "" : decoded(pair.substring(equals + 1)));
      }
      return all;
    } catch (IllegalArgumentException _) {
      throw new Refused(400, "Bad percent-encoding");
    }
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
