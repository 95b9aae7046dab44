package org.posthorn.imap;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A client that reads responses by the grammar, literals and all, and fails at what is not in it.
/// Strings are bytes in ISO 8859-1. Used by one thread.
final class RawClient implements AutoCloseable {
  private final Socket socket;
  private final InputStream input;
  private int tags;

  RawClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(60_000);
    socket.setTcpNoDelay(true);
    input = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
    line();
  }

  /// NIL.
  static final Object NIL = new Object();

  /// `status`: OK, NO or BAD, and what follows. `fetched`: the items of each FETCH response.
  /// `untagged`: the other responses.
  record Answer(String status, List<Map<String, Object>> fetched, List<String> untagged) {
    boolean ok() {
      return status.startsWith("OK");
    }
  }

  Answer command(String command) throws IOException {
    String tag = "r" + ++tags;
    socket
        .getOutputStream()
        .write((tag + " " + command + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    List<Map<String, Object>> fetched = new ArrayList<>();
    List<String> untagged = new ArrayList<>();
    while (true) {
      String word = word();
      if (word.equals(tag)) {
        space();
        return new Answer(line(), fetched, untagged);
      }
      require(word.equals("*"), "Neither tagged nor untagged: " + word);
      space();
      String first = word();
      if (first.chars().allMatch(Character::isDigit)) {
        space();
        if (word().equals("FETCH")) {
          space();
          fetched.add(items());
        }
        line();
      } else {
        untagged.add(first + " " + line());
      }
    }
  }

  private Map<String, Object> items() throws IOException {
    Map<String, Object> items = new HashMap<>();
    expect('(');
    do {
      String name = itemName();
      space();
      items.put(name, value());
    } while (accept(' '));
    expect(')');
    return items;
  }

  /// With its section, which may have spaces.
  private String itemName() throws IOException {
    var name = new StringBuilder();
    int depth = 0;
    while (depth > 0 || peek() != ' ') {
      char c = (char) next();
      depth += c == '[' ? 1 : c == ']' ? -1 : 0;
      name.append(c);
    }
    return name.toString();
  }

  /// A string, a number or an atom, [#NIL] or a list.
  private Object value() throws IOException {
    return switch (peek()) {
      case '(' -> {
        next();
        List<Object> list = new ArrayList<>();
        while (!accept(')')) {
          accept(' ');
          list.add(value());
        }
        yield list;
      }
      case '"' -> quoted();
      case '{' -> literal();
      case '~' -> {
        next();
        yield literal();
      }
      default -> {
        String atom = atom();
        yield atom.equals("NIL") ? NIL : atom;
      }
    };
  }

  private String quoted() throws IOException {
    next();
    var text = new StringBuilder();
    for (int c = next(); c != '"'; c = next()) {
      require(c != '\r' && c != '\n' && c != 0, "Control character in a quoted string");
      if (c == '\\') {
        c = next();
        require(c == '"' || c == '\\', "Escaped " + (char) c);
      }
      text.append((char) c);
    }
    return text.toString();
  }

  private String literal() throws IOException {
    expect('{');
    var digits = new StringBuilder();
    for (int c = next(); c != '}'; c = next()) {
      digits.append((char) c);
    }
    expect('\r');
    expect('\n');
    byte[] bytes = input.readNBytes(Integer.parseInt(digits.toString()));
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private String atom() throws IOException {
    var atom = new StringBuilder();
    while (peek() > ' ' && peek() != ')' && peek() != '(') {
      atom.append((char) next());
    }
    require(!atom.isEmpty(), "Empty atom");
    return atom.toString();
  }

  private String word() throws IOException {
    var word = new StringBuilder();
    while (peek() != ' ' && peek() != '\r') {
      word.append((char) next());
    }
    return word.toString();
  }

  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int c = next(); c != '\n'; c = next()) {
      line.write(c);
    }
    return line.toString(StandardCharsets.ISO_8859_1).strip();
  }

  private void space() throws IOException {
    expect(' ');
  }

  private void expect(char wanted) throws IOException {
    int c = next();
    require(c == wanted, "Expected '" + wanted + "', got '" + (char) c + "'");
  }

  private boolean accept(char wanted) throws IOException {
    if (peek() != wanted) {
      return false;
    }
    next();
    return true;
  }

  private int peek() throws IOException {
    input.mark(1);
    int c = next();
    input.reset();
    return c;
  }

  private int next() throws IOException {
    int c = input.read();
    if (c < 0) {
      throw new EOFException();
    }
    return c;
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
