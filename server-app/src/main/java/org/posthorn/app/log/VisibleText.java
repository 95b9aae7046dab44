package org.posthorn.app.log;

/// What others wrote, for a terminal or a log. Characters that move the cursor, turn the direction
/// of writing or are not seen at all (control and format characters, U+2028, U+2029) become escapes
/// as in JSON: an address shows what it is, and JSON stays the same.
public final class VisibleText {
  private VisibleText() {}

  /// On one line.
  public static String of(String text) {
    return escaped(text, /* lines= */ false);
  }

  /// Line breaks and tabs stay.
  public static String lines(String text) {
    return escaped(text, /* lines= */ true);
  }

  public static boolean isVisible(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> true;
    };
  }

  /// A loop, since it looks at each word of each line of the log.
  private static boolean isAllVisible(String text) {
    for (int at = 0; at < text.length(); ) {
      int c = text.codePointAt(at);
      if (!isVisible(c)) {
        return false;
      }
      at += Character.charCount(c);
    }
    return true;
  }

  private static String escaped(String text, boolean lines) {
    if (isAllVisible(text)) {
      return text;
    }
    var escaped = new StringBuilder(text.length() + 16);
    for (int at = 0; at < text.length(); ) {
      int c = text.codePointAt(at);
      int end = at + Character.charCount(c);
      boolean crlf = c == '\r' && end < text.length() && text.charAt(end) == '\n';
      if (isVisible(c) || (lines && (c == '\n' || c == '\t' || crlf))) {
        escaped.appendCodePoint(c);
      } else {
        text.substring(at, end).chars().forEach(unit -> escape(unit, escaped));
      }
      at = end;
    }
    return escaped.toString();
  }

  private static void escape(int unit, StringBuilder escaped) {
    switch (unit) {
      case '\n' -> escaped.append("\\n");
      case '\r' -> escaped.append("\\r");
      case '\t' -> escaped.append("\\t");
      default -> escaped.append("\\u%04x".formatted(unit));
    }
  }
}
