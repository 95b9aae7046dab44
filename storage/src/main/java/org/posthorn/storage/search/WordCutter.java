package org.posthorn.storage.search;

import java.io.IOException;
import java.io.Reader;
import java.util.Arrays;

/// Cuts folded text into words, and says what stands between them. A word is a run of letters and
/// digits, or one character of a script that does not part its words with spaces. A long run comes
/// in pieces that overlap, so that no part of it of up to [#PART_MAX] characters lies in none of
/// them. Part of the index's form. Used by one thread, for one text after the other.
final class WordCutter {
  /// The longest piece of a word.
  static final int PIECE = 64;

  private static final int STRIDE = 32;
  static final int PART_MAX = PIECE - STRIDE + 1;

  /// The step from the last word of a text to the first of the next.
  private static final int BETWEEN_TEXTS = 100;

  /// What mostly stands between two words. Each makes a step of its own length, one more than its
  /// place here; all else shares the longer ones.
  private static final String[] SEPARATORS = {
    "", " ", ", ", ". ", "-", ".", "@", ",", "/", ": ", ":", "'", "\u2019", "\"", "(", ")", " (",
    ") ", " \"", "\" ", " - ", "; ", "?", "=", "+", "&", " <", "> ", "! ", "? ", " & ", "..."
  };

  private static final int OTHERS = 32;
  private static final long[] KEYS =
      Arrays.stream(SEPARATORS).mapToLong(WordCutter::key).sorted().toArray();
  private static final byte[] CODES = codes();

  private static final byte SPACE = 0;
  private static final byte MARK = 1;
  private static final byte LETTER = 2;
  private static final byte ALONE = 3;
  private static final byte[] CLASSES = classes();

  private final FoldedText text = new FoldedText();
  private int at;
  private int end;
  private long read;

  /// The word, or a piece of it.
  final char[] word = new char[PIECE];

  int length;

  /// Whether this is a piece that does not begin, or does not end, its word.
  boolean cutBefore;

  boolean cutAfter;

  /// How far it is from the word before; 0 for a further piece of the same word.
  int step;

  private boolean first;
  private int separatorLength;
  private long separatorKey;
  private int separatorHash;

  WordCutter of(Reader reader) {
    var _ = text.of(reader);
    at = 0;
    end = 0;
    first = true;
    cutAfter = false;
    return this;
  }

  /// Characters read in all texts so far.
  long read() {
    return read;
  }

  /// Whether a step tells exactly what stands between.
  static boolean isExact(int step) {
    return step <= OTHERS;
  }

  /// Whether something stands before the first word, when that was just read; or behind the last,
  /// when [#next] has found no more.
  boolean separated() {
    return separatorLength > 0;
  }

  boolean next() throws IOException {
    if (cutAfter) {
      System.arraycopy(word, STRIDE, word, 0, PIECE - STRIDE);
      length = PIECE - STRIDE;
      cutBefore = true;
      step = 0;
    } else {
      cutBefore = false;
      int c = skipSeparator();
      if (c < 0) {
        return false;
      }
      step = first ? BETWEEN_TEXTS : 1 + separatorCode();
      first = false;
      word[0] = (char) c;
      length = 1;
      if (CLASSES[c] == ALONE) {
        return true;
      }
    }
    cutAfter = false;
    char[] chars = text.chars;
    while (look()) {
      int from = at;
      int to = length;
      int stop = Math.min(end, from + PIECE - to);
      while (from < stop && CLASSES[chars[from]] == LETTER) {
        word[to++] = chars[from++];
      }
      at = from;
      length = to;
      if (from < end) {
        cutAfter = CLASSES[chars[from]] == LETTER;
        break;
      }
    }
    return true;
  }

  static boolean isAlone(char c) {
    return CLASSES[c] == ALONE;
  }

  /// The first character of a word, or -1 at the end.
  private int skipSeparator() throws IOException {
    separatorLength = 0;
    separatorKey = 0;
    separatorHash = 0;
    while (look()) {
      char c = text.chars[at++];
      if (CLASSES[c] >= LETTER) {
        return c;
      }
      separatorLength++;
      separatorKey = (separatorKey << 16) | c;
      separatorHash = separatorHash * 31 + c;
    }
    return -1;
  }

  private boolean look() throws IOException {
    while (at >= end) {
      end = text.read();
      at = 0;
      if (end < 0) {
        end = 0;
        return false;
      }
      read += end;
    }
    return true;
  }

  private int separatorCode() {
    if (separatorLength == 0) {
      return 0;
    }
    if (separatorLength <= 3) {
      int found = Arrays.binarySearch(KEYS, separatorKey);
      if (found >= 0) {
        return CODES[found];
      }
    }
    return OTHERS + (separatorHash & 31);
  }

  private static long key(String separator) {
    long key = 0;
    for (int i = 0; i < separator.length(); i++) {
      key = (key << 16) | separator.charAt(i);
    }
    return key;
  }

  private static byte[] codes() {
    var codes = new byte[KEYS.length];
    for (int i = 0; i < SEPARATORS.length; i++) {
      codes[Arrays.binarySearch(KEYS, key(SEPARATORS[i]))] = (byte) i;
    }
    return codes;
  }

  private static byte[] classes() {
    var classes = new byte[1 << 16];
    for (int c = 0; c < classes.length; c++) {
      classes[c] = classOf((char) c);
    }
    return classes;
  }

  private static byte classOf(char c) {
    if (c == ' ') {
      return SPACE;
    }
    if (Character.isSurrogate(c) || isUnspaced(c)) {
      return ALONE;
    }
    int type = Character.getType(c);
    boolean mark = type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
    return Character.isLetterOrDigit(c) || mark || c == '_' ? LETTER : MARK;
  }

  /// Chinese, Japanese, Thai, Lao, Burmese, Khmer.
  private static boolean isUnspaced(char c) {
    return (c >= 0x0E01 && c <= 0x0EFF)
        || (c >= 0x1000 && c <= 0x109F)
        || (c >= 0x1780 && c <= 0x17FF)
        || (c >= 0x2E80 && c <= 0x2FDF)
        || (c >= 0x3005 && c <= 0x3007)
        || (c >= 0x3031 && c <= 0x30FF && c != 0x30FB)
        || (c >= 0x3100 && c <= 0x312F)
        || (c >= 0x31F0 && c <= 0x31FF)
        || (c >= 0x3400 && c <= 0x9FFF)
        || (c >= 0xF900 && c <= 0xFAFF)
        || (c >= 0xFF66 && c <= 0xFF9F);
  }
}
