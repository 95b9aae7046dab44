package org.posthorn.storage.search;

import java.io.IOException;
import java.io.Reader;
import java.text.Normalizer;

/// Text as it is compared: without regard to case, every run of white space as one space, without
/// characters that nobody sees, and letters that come in two characters (a vowel and its umlaut) as
/// one. Read piece by piece, in bounded memory; used by one thread, for one text after the other.
final class FoldedText {
  private static final int PIECE = 4096;
  private static final char DROPPED = 0;
  private static final char[] FOLDED = folded();

  private final char[] raw = new char[PIECE];

  /// The piece that was read last, from 0 to what [#read] returned.
  final char[] chars = new char[PIECE + 1];

  private Reader from = Reader.nullReader();

  /// The last character of the piece before, which may still be joined with the next; -1: none.
  private int held = -1;

  private char lastRaw;

  FoldedText of(Reader text) {
    from = text;
    held = -1;
    lastRaw = 0;
    return this;
  }

  /// A text that is short.
  static String of(String text) throws IOException {
    var all = new StringBuilder(text.length());
    var folded = new FoldedText().of(Reader.of(text));
    for (int count = folded.read(); count >= 0; count = folded.read()) {
      all.append(folded.chars, 0, count);
    }
    return all.toString();
  }

  /// Reads the next piece into [#chars] and returns how many there are, or -1 at the end.
  int read() throws IOException {
    int count = 0;
    if (held >= 0) {
      chars[count++] = (char) held;
    }
    int read = from.read(raw, 0, PIECE);
    if (read < 0) {
      held = -1;
      return count == 0 ? -1 : count;
    }
    for (int i = 0; i < read; i++) {
      char c = raw[i];
      if (c >= 0x300 && isMark(c) && count > 0) {
        count = join(c, count);
        continue;
      }
      lastRaw = c;
      char f = FOLDED[c];
      if (f == DROPPED || (f == ' ' && count > 0 && chars[count - 1] == ' ')) {
        continue;
      }
      chars[count++] = f;
    }
    held = count == 0 ? -1 : chars[--count];
    return count;
  }

  private int join(char mark, int count) {
    String joined =
        Normalizer.normalize(new String(new char[] {lastRaw, mark}), Normalizer.Form.NFC);
    if (joined.length() == 1 && FOLDED[lastRaw] == chars[count - 1]) {
      lastRaw = joined.charAt(0);
      chars[count - 1] = FOLDED[lastRaw];
      return count;
    }
    lastRaw = mark;
    chars[count] = FOLDED[mark];
    return count + 1;
  }

  private static boolean isMark(char c) {
    return (c < 0x370 || c >= 0x483) && Character.getType(c) == Character.NON_SPACING_MARK;
  }

  private static char[] folded() {
    var folded = new char[1 << 16];
    for (int c = 0; c < folded.length; c++) {
      folded[c] = fold((char) c);
    }
    return folded;
  }

  /// As the RFC's "case-insensitive" for Unicode (RFC 5051).
  private static char fold(char c) {
    if (c == 0xAD || (c >= 0x200B && c <= 0x200F) || c == 0x2060 || c == 0xFEFF || c == 0x34F) {
      return DROPPED;
    }
    if (c <= ' ' ? c == ' ' || (c >= '\t' && c <= '\r') : c == 0x85 || Character.isSpaceChar(c)) {
      return ' ';
    }
    char lower = Character.toLowerCase(Character.toUpperCase(c));
    return lower == DROPPED ? '\u0001' : lower;
  }
}
