package org.posthorn.smtp.wire;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// A place in the text of one command line. Used by one thread.
final class Cursor {
  private final String text;
  private int position;

  Cursor(String text) {
    this.text = text;
  }

  boolean atEnd() {
    return position == text.length();
  }

  /// The next character, or NUL (which no line has) at the end.
  char peek() {
    return atEnd() ? '\0' : text.charAt(position);
  }

  boolean accept(char expected) {
    if (peek() != expected || atEnd()) {
      return false;
    }
    position++;
    return true;
  }

  /// In any case.
  boolean accept(String expected) {
    int end = position + expected.length();
    if (end > text.length() || !upper(text.substring(position, end)).equals(upper(expected))) {
      return false;
    }
    position = end;
    return true;
  }

  /// Whether there was at least one.
  boolean acceptSpaces() {
    int start = position;
    while (accept(' ')) {
      // All of them.
    }
    return position > start;
  }

  /// What stands here up to one of `ends` or the end of the line.
  String upTo(char end, char otherEnd) {
    int start = position;
    while (!atEnd() && text.charAt(position) != end && text.charAt(position) != otherEnd) {
      position++;
    }
    return text.substring(start, position);
  }

  /// What stands here up to `end`, but for what is in quotes, or the end of the line.
  String upToUnquoted(char end) {
    int start = position;
    boolean quoted = false;
    while (!atEnd() && (quoted || text.charAt(position) != end)) {
      char c = text.charAt(position);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '\\' && quoted) {
        position++;
      }
      position = Math.min(position + 1, text.length());
    }
    return text.substring(start, position);
  }

  /// The words from here to the end, which stay where they are.
  List<String> words() {
    return Stream.of(text.substring(position).split(" ")).filter(word -> !word.isEmpty()).toList();
  }

  String rest() {
    String rest = text.substring(position);
    position = text.length();
    return rest;
  }

  /// A word that is to be known in any case, in upper case. One with other letters stays as it is:
  /// of some the upper case is ASCII.
  static String upper(String word) {
    return isAscii(word) ? word.toUpperCase(Locale.ROOT) : word;
  }

  static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 127) {
        return false;
      }
    }
    return true;
  }
}
