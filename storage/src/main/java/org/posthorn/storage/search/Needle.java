package org.posthorn.storage.search;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;

/// A text that is looked for in texts of any length (Knuth, Morris and Pratt: no step back, time
/// linear in what is searched), both read as [FoldedText] unless case counts. Immutable.
public final class Needle {
  private static final int PIECE = 4_096;

  /// As the index has it.
  private final String text;

  private final Comparison comparison;
  private final char[] chars;

  /// For each length of a partial match, where to go on when the next character does not fit.
  private final int[] fallback;

  private enum Comparison {
    FOLDED,
    ANY_ASCII_CASE,
    EXACT
  }

  public Needle(String text) {
    this(text, Comparison.FOLDED);
  }

  private Needle(String text, Comparison comparison) {
    this.comparison = comparison;
    try {
      this.text = FoldedText.of(text);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    this.chars = (comparison == Comparison.FOLDED ? this.text : text).toCharArray();
    plain(chars, chars.length);
    this.fallback = fallbacks(chars);
  }

  /// Character for character (RFC 4790 §9.3, `i;octet`).
  public static Needle exact(String text) {
    return new Needle(text, Comparison.EXACT);
  }

  /// But for the case of a to z (RFC 4790 §9.2, `i;ascii-casemap`).
  public static Needle inAnyAsciiCase(String text) {
    return new Needle(text, Comparison.ANY_ASCII_CASE);
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
    if (comparison != Comparison.FOLDED) {
      return isInPlain(haystack);
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

  private boolean isInPlain(Reader haystack) throws IOException {
    var piece = new char[PIECE];
    int matched = 0;
    for (int count = haystack.read(piece); count >= 0; count = haystack.read(piece)) {
      plain(piece, count);
      for (int i = 0; i < count; i++) {
        matched = step(matched, piece[i]);
        if (matched == chars.length) {
          return true;
        }
      }
    }
    return false;
  }

  private void plain(char[] piece, int count) {
    for (int i = 0; i < count && comparison == Comparison.ANY_ASCII_CASE; i++) {
      if (piece[i] >= 'a' && piece[i] <= 'z') {
        piece[i] = (char) (piece[i] - ('a' - 'A'));
      }
    }
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
