package org.posthorn.storage.search;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;

/// A text that is looked for in texts of any length (Knuth, Morris and Pratt: no step back, time
/// linear in what is searched), both read as [FoldedText]. Immutable.
public final class Needle {
  private final String text;
  private final char[] chars;

  /// For each length of a partial match, where to go on when the next character does not fit.
  private final int[] fallback;

  public Needle(String text) {
    try {
      this.text = FoldedText.of(text);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    this.chars = this.text.toCharArray();
    this.fallback = fallbacks(chars);
  }

  /// As it is compared.
  String folded() {
    return text;
  }

  public boolean isIn(String haystack) {
    try {
      return isIn(Reader.of(haystack), new FoldedText());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /// Reads `haystack` to its end or to where the text is found; `room` to work in.
  boolean isIn(Reader haystack, FoldedText room) throws IOException {
    if (chars.length == 0) {
      return true;
    }
    FoldedText folded = room.of(haystack);
    int matched = 0;
    for (int count = folded.read(); count >= 0; count = folded.read()) {
      for (int i = 0; i < count; i++) {
        matched = step(matched, folded.chars[i]);
        if (matched == chars.length) {
          return true;
        }
      }
    }
    return false;
  }

  private int step(int matched, char c) {
    int now = matched;
    while (now > 0 && chars[now] != c) {
      now = fallback[now];
    }
    return chars[now] == c ? now + 1 : now;
  }

  private static int[] fallbacks(char[] text) {
    int[] fallback = new int[text.length + 1];
    int matched = 0;
    for (int i = 1; i < text.length; i++) {
      while (matched > 0 && text[matched] != text[i]) {
        matched = fallback[matched];
      }
      if (text[matched] == text[i]) {
        matched++;
      }
      fallback[i + 1] = matched;
    }
    return fallback;
  }
}
