package org.posthorn.app.transfer.imap;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Reads what an IMAP server sends: each response as a list of words, texts and lists of them. The
/// bytes of a message are handed on as a stream. What a server may send at once is bounded. Used by
/// one thread.
final class ImapResponses {
  private static final int TEXT_MAX_BYTES = 1 << 20;
  private static final int WORDS_MAX = 200_000;
  private static final int DEPTH_MAX = 20;
  private static final String NIL = "NIL";

  private final InputStream in;
  private int peeked = -2;
  private int words;

  /// Takes the bytes of a message, and reads as much of them as it likes; `before` is what its list
  /// had so far.
  interface Body {
    void take(List<Object> before, InputStream bytes) throws IOException;
  }

  ImapResponses(InputStream in) {
    this.in = in;
  }

  List<Object> next() throws IOException {
    return next((_, _) -> {
      throw new IOException("The server sent a message that was not asked for");
    });
  }

  /// One response: its first word is `*`, `+` or a tag. Of those with text for people the text is
  /// one word, the last.
  List<Object> next(Body body) throws IOException {
    words = 0;
    var response = new ArrayList<Object>();
    response.add(word());
    if (response.getFirst().equals("+")) {
      response.add(rest());
      return response;
    }
    space();
    Object second = word();
    response.add(second);
    if (second instanceof String status
        && List.of("OK", "NO", "BAD", "BYE", "PREAUTH").contains(status.toUpperCase(Locale.ROOT))) {
      response.add(rest());
      return response;
    }
    while (!lineEnd()) {
      space();
      if (!lineEnd()) {
        response.add(value(0, response, body));
      }
    }
    int end = read();
    if (end == '\r' && read() != '\n') {
      throw new IOException("The server sent a line that does not end");
    }
    return response;
  }

  static boolean is(Object word, String name) {
    return word instanceof String text && text.equalsIgnoreCase(name);
  }

  /// 0 for what is none.
  static long number(Object value) {
    try {
      return Long.parseLong(String.valueOf(value));
    } catch (NumberFormatException _) {
      return 0;
    }
  }

  static String text(List<Object> response) {
    var text = new StringBuilder();
    response.forEach(word -> text.append(text.isEmpty() ? "" : " ").append(word));
    return text.toString().replaceAll("[^ -~]", "?");
  }

  private Object value(int depth, List<Object> before, Body body) throws IOException {
    words++;
    if (words > WORDS_MAX || depth > DEPTH_MAX) {
      throw new IOException("The server sent a response that is too long");
    }
    return switch (peek()) {
      case '(' -> list(depth, body);
      case '"' -> quoted(before, body);
      case '{' -> literal(before, body);
      default -> word();
    };
  }

  private List<Object> list(int depth, Body body) throws IOException {
    read();
    var values = new ArrayList<Object>();
    while (peek() != ')') {
      if (peek() == ' ') {
        read();
      } else if (lineEnd()) {
        throw new IOException("The server sent a list that does not end");
      } else {
        values.add(value(depth + 1, values, body));
      }
    }
    read();
    return values;
  }

  private String quoted(List<Object> before, Body body) throws IOException {
    read();
    var text = new StringBuilder();
    for (int c = read(); c != '"'; c = read()) {
      text.append((char) (c == '\\' ? read() : c));
      check(text);
    }
    if (isBody(before)) {
      body.take(before, new ByteArrayInputStream(latin1(text)));
      return "";
    }
    return new String(latin1(text), StandardCharsets.UTF_8);
  }

  private String literal(List<Object> before, Body body) throws IOException {
    read();
    long size = 0;
    for (int c = read(); c != '}'; c = read()) {
      if (c != '+' && (c < '0' || c > '9' || size > 1L << 50)) {
        throw new IOException("The server sent a literal without a size");
      }
      size = c == '+' ? size : size * 10 + c - '0';
    }
    if (read() != '\r' || read() != '\n') {
      throw new IOException("The server sent a literal without a line end");
    }
    if (isBody(before)) {
      var bytes = new Literal(size);
      body.take(before, bytes);
      bytes.skipRest();
      return "";
    }
    if (size > TEXT_MAX_BYTES) {
      throw new IOException("The server sent a text that is too long");
    }
    byte[] bytes = in.readNBytes((int) size);
    if (bytes.length < size) {
      throw new EOFException("The server closed the connection");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static boolean isBody(List<Object> before) {
    return !before.isEmpty() && is(before.getLast(), "BODY[]");
  }

  /// An atom, with what is in brackets as part of it: `BODY[]`.
  private String word() throws IOException {
    var word = new StringBuilder();
    int brackets = 0;
    while (true) {
      int c = peek();
      boolean ends = c == ' ' || c == '(' || c == ')' || c == '"';
      if (c == '\r' || c == '\n' || (ends && brackets == 0)) {
        break;
      }
      brackets += c == '[' ? 1 : c == ']' ? -1 : 0;
      word.append((char) read());
      check(word);
    }
    if (word.isEmpty() && !lineEnd()) {
      throw new IOException("The server sent something that is no response");
    }
    return new String(latin1(word), StandardCharsets.UTF_8);
  }

  private String rest() throws IOException {
    var text = new StringBuilder();
    if (peek() == ' ') {
      read();
    }
    for (int c = read(); c != '\n'; c = read()) {
      if (c != '\r') {
        text.append((char) c);
        check(text);
      }
    }
    return new String(latin1(text), StandardCharsets.UTF_8);
  }

  private static byte[] latin1(StringBuilder text) {
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void check(StringBuilder text) throws IOException {
    if (text.length() > TEXT_MAX_BYTES) {
      throw new IOException("The server sent a line that is too long");
    }
  }

  private void space() throws IOException {
    while (peek() == ' ') {
      read();
    }
  }

  private boolean lineEnd() throws IOException {
    return peek() == '\r' || peek() == '\n';
  }

  private int peek() throws IOException {
    if (peeked == -2) {
      peeked = in.read();
      if (peeked < 0) {
        throw new EOFException("The server closed the connection");
      }
    }
    return peeked;
  }

  private int read() throws IOException {
    int next = peek();
    peeked = -2;
    return next;
  }

  static boolean isNil(Object value) {
    return is(value, NIL);
  }

  /// The bytes of a literal; nothing behind them is read. Nothing is peeked when it begins.
  private final class Literal extends InputStream {
    private long left;

    Literal(long size) {
      this.left = size;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int count = in.read(into, offset, (int) Math.min(length, left));
      if (count < 0) {
        throw new EOFException("The server closed the connection");
      }
      left -= count;
      return count;
    }

    void skipRest() throws IOException {
      in.skipNBytes(left);
      left = 0;
    }
  }
}
