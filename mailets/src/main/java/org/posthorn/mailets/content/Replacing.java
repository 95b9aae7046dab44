package org.posthorn.mailets.content;

import java.io.IOException;
import java.io.Reader;
import java.util.function.UnaryOperator;

/// A text whose lines are changed one by one as they go by; line breaks stay. A line of more than
/// 64 Ki characters is changed in pieces, and what comes after the first 8 Mi characters stays as
/// it is. Used by one thread.
final class Replacing extends Reader {
  static final int TEXT_MAX = 8 << 20;
  private static final int LINE_MAX = 64 << 10;

  private final Reader text;
  private final UnaryOperator<String> change;
  private final char[] buffer = new char[8_192];
  private int bufferAt;
  private int bufferEnd;
  private String ready = "";
  private int at;
  private long seen;
  private boolean changed;

  Replacing(Reader text, UnaryOperator<String> change) {
    this.text = text;
    this.change = change;
  }

  /// Whether anything was changed so far.
  boolean hasChanged() {
    return changed;
  }

  @Override
  public int read(char[] into, int offset, int length) throws IOException {
    if (at == ready.length() && !fill()) {
      return length == 0 ? 0 : -1;
    }
    int count = Math.min(length, ready.length() - at);
    ready.getChars(at, at + count, into, offset);
    at += count;
    return count;
  }

  private boolean fill() throws IOException {
    String line = line();
    if (line.isEmpty()) {
      return false;
    }
    seen += line.length();
    at = 0;
    if (seen > TEXT_MAX) {
      ready = line;
      return true;
    }
    int end = line.length();
    while (end > 0 && (line.charAt(end - 1) == '\n' || line.charAt(end - 1) == '\r')) {
      end--;
    }
    String bare = line.substring(0, end);
    String other = change.apply(bare);
    changed |= !other.equals(bare);
    ready = other + line.substring(end);
    return !ready.isEmpty() || fill();
  }

  /// With its line break; empty at the end.
  private String line() throws IOException {
    var line = new StringBuilder();
    while (line.length() < LINE_MAX) {
      if (bufferAt == bufferEnd) {
        bufferAt = 0;
        bufferEnd = Math.max(0, text.read(buffer, 0, buffer.length));
        if (bufferEnd == 0) {
          return line.toString();
        }
      }
      char c = buffer[bufferAt++];
      line.append(c);
      if (c == '\n') {
        return line.toString();
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    text.close();
  }
}
