package org.posthorn.message.mime;

/// Collects text on one line: white space and controls shrink to one space, and no more than a
/// number of UTF-16 units is kept.
final class PreviewWriter {
  private final StringBuilder text = new StringBuilder();
  private final int max;
  private boolean spaceBefore;
  private boolean full;

  PreviewWriter(int max) {
    this.max = max;
  }

  boolean isFull() {
    return full;
  }

  void write(char c) {
    if (isBlank(c)) {
      spaceBefore = !text.isEmpty();
    } else if (text.length() + (spaceBefore ? 2 : 1) > max) {
      full = true;
    } else if (c != '\uFFFD' || !text.isEmpty()) {
      if (spaceBefore) {
        text.append(' ');
        spaceBefore = false;
      }
      text.append(c);
    }
  }

  void write(int codePoint) {
    for (char c : Character.toChars(codePoint)) {
      write(c);
    }
  }

  /// Never ends in half a character: neither half a surrogate pair nor one cut in its bytes.
  String text() {
    int end = text.length();
    while (end > 0
        && (Character.isHighSurrogate(text.charAt(end - 1)) || text.charAt(end - 1) == '\uFFFD')) {
      end--;
    }
    return text.substring(0, end).strip();
  }

  /// Also what takes no room and is used to fill the preview lines of newsletters.
  private static boolean isBlank(char c) {
    return c <= ' '
        || (c >= 0x7F && c <= 0xA0)
        || c == '\u00AD'
        || c == '\u034F'
        || (c >= '\u2000' && c <= '\u200F')
        || c == '\u2028'
        || c == '\u2029'
        || c == '\u202F'
        || c == '\u2060'
        || c == '\u3000'
        || c == '\uFEFF';
  }
}
