package org.posthorn.senderauth.spf;

/// Words of strangers, so that they can be shown: printable ASCII on one line, not too long.
final class SpfText {
  private static final int TERM_MAX_CHARS = 80;
  private static final int EXPLANATION_MAX_CHARS = 400;

  private SpfText() {}

  /// A term of a record, for reasons and logs.
  static String shown(String term) {
    return printable(term, TERM_MAX_CHARS);
  }

  static String explanation(String text) {
    return printable(text, EXPLANATION_MAX_CHARS);
  }

  private static String printable(String text, int max) {
    StringBuilder shown = new StringBuilder();
    for (int at = 0; at < Math.min(text.length(), max); at++) {
      char one = text.charAt(at);
      shown.append(one >= ' ' && one <= '~' ? one : '?');
    }
    return text.length() > max ? shown + "..." : shown.toString();
  }
}
