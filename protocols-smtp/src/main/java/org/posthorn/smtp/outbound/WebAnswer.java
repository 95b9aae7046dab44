package org.posthorn.smtp.outbound;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Http;

/// Reads the answer of a web server (RFC 9112), within bounds. Used by one thread.
final class WebAnswer {
  private static final int LINE_MAX = 16_384;
  private static final int HEADERS_MAX = 200;
  private static final int INTERIM_MAX = 10;

  private final InputStream in;
  private final int maxBytes;
  private Optional<Integer> status = Optional.empty();

  /// The body is longer than it may be.
  static final class TooLarge extends IOException {
    private static final long serialVersionUID = 1L;

    TooLarge(int maxBytes) {
      super("the answer is longer than " + maxBytes + " bytes");
    }
  }

  WebAnswer(InputStream in, int maxBytes) {
    this.in = in;
    this.maxBytes = maxBytes;
  }

  Http.Response read(boolean toHead) throws IOException {
    for (int i = 0; i < INTERIM_MAX; i++) {
      int said = statusIn(line());
      Map<String, String> headers = headers();
      if (said >= 200) {
        status = Optional.of(said);
        boolean bodiless = toHead || said == 204 || said == 304;
        return new Http.Response(said, headers, bodiless ? new byte[0] : body(headers));
      }
    }
    throw new IOException("it answers nothing but interim answers");
  }

  /// Known once the header is read, whatever becomes of the body.
  Optional<Integer> status() {
    return status;
  }

  private static int statusIn(String line) throws IOException {
    if (!line.matches("HTTP/1\\.[01] [1-9][0-9]{2}( .*)?")) {
      throw new IOException("it does not speak HTTP");
    }
    return Integer.parseInt(line.substring(9, 12));
  }

  private byte[] body(Map<String, String> headers) throws IOException {
    String coding = headers.getOrDefault("transfer-encoding", "").strip();
    if (coding.equalsIgnoreCase("chunked")) {
      return chunks();
    }
    if (!coding.isEmpty()) {
      throw new IOException("it answers in a transfer coding that nobody asked for: " + coding);
    }
    String length = headers.get("content-length");
    if (length == null) {
      return upTo(in.readNBytes(room(maxBytes)));
    }
    int bytes = size(length, 10);
    byte[] body = upTo(in.readNBytes(bytes));
    if (body.length < bytes) {
      throw new IOException("its answer ends before its end");
    }
    return body;
  }

  private byte[] chunks() throws IOException {
    var body = new ByteArrayOutputStream();
    for (int size = chunk(); size > 0; size = chunk()) {
      byte[] chunk = in.readNBytes(size);
      if (body.size() + (long) chunk.length > maxBytes) {
        throw new TooLarge(maxBytes);
      }
      if (chunk.length < size || !line().isEmpty()) {
        throw new IOException("its answer ends before its end");
      }
      body.write(chunk);
    }
    return body.toByteArray();
  }

  private int chunk() throws IOException {
    return size(line().split(";", 2)[0].strip(), 16);
  }

  /// At most a byte more than is allowed.
  private int size(String digits, int radix) throws IOException {
    try {
      return (int) Math.clamp(Long.parseLong(digits, radix), 0L, (long) room(maxBytes));
    } catch (NumberFormatException _) {
      throw new IOException("it does not say how long its answer is");
    }
  }

  private static int room(int maxBytes) {
    return maxBytes == Integer.MAX_VALUE ? maxBytes : maxBytes + 1;
  }

  private byte[] upTo(byte[] bytes) throws TooLarge {
    if (bytes.length > maxBytes) {
      throw new TooLarge(maxBytes);
    }
    return bytes;
  }

  private Map<String, String> headers() throws IOException {
    Map<String, String> headers = new HashMap<>();
    for (int count = 0; count < HEADERS_MAX; count++) {
      String line = line();
      if (line.isEmpty()) {
        return headers;
      }
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.merge(
            line.substring(0, colon).toLowerCase(Locale.ROOT),
            line.substring(colon + 1).strip(),
            (before, next) -> before + ", " + next);
      }
    }
    throw new IOException("its header has no end");
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("it breaks off");
      }
      if (line.length() == LINE_MAX) {
        throw new IOException("it does not speak HTTP");
      }
      line.append((char) b);
    }
    return line.toString().stripTrailing();
  }
}
