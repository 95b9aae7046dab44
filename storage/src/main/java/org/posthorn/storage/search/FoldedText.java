package org.posthorn.storage.search;

import java.io.IOException;
import java.io.Reader;

/// Text as it is compared: without regard to case and to how letters are put together (see
/// [Folding]), every run of white space as one space, without characters that nobody sees, and the
/// Turkish `İ` as `I`. Read piece by piece, in bounded memory; used by one thread, for one text
/// after the other.
final class FoldedText {
  private static final int PIECE = 4096;
  private static final char[] ASCII = Folding.page(0);

  /// No character becomes more than so many.
  static final int LONGEST = 18;

  private static final char DOT_ABOVE = '\u0307';

  private final char[] raw = new char[PIECE];
  private int at;
  private int end;

  /// The piece that was read last, from 0 to what [#read] returned.
  final char[] chars = new char[PIECE + LONGEST];

  private int count;
  private Reader from = Reader.nullReader();

  /// The last character before what comes; 0 when there is none.
  private char last;

  /// The first half of a character whose second is still to come; 0 when there is none.
  private char half;

  FoldedText of(Reader text) {
    from = text;
    at = 0;
    end = 0;
    last = 0;
    half = 0;
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
    count = 0;
    if (at == end) {
      int read = from.read(raw, 0, PIECE);
      if (read < 0) {
        return readHalf();
      }
      at = 0;
      end = read;
    }
    while (at < end && count < PIECE) {
      char c = raw[at];
      if (c < 0x80 && half == 0) {
        readAscii();
      } else {
        at++;
        putMore(c);
      }
    }
    return count;
  }

  /// Most text is this.
  private void readAscii() {
    int from = at;
    int to = count;
    int stop = Math.min(end, from + PIECE - to);
    char previous = last;
    while (from < stop) {
      char c = raw[from];
      if (c >= 0x80) {
        break;
      }
      from++;
      char folded = ASCII[c];
      if (folded != ' ' || previous != ' ') {
        chars[to++] = folded;
        previous = folded;
      }
    }
    at = from;
    count = to;
    last = previous;
  }

  private int readHalf() {
    if (half == 0) {
      return -1;
    }
    put(half);
    half = 0;
    return count;
  }

  private void putMore(char c) {
    if (half != 0 && Character.isLowSurrogate(c)) {
      putAll(Folding.more(Character.toCodePoint(half, c)));
      half = 0;
      return;
    }
    if (half != 0) {
      put(half);
      half = 0;
    }
    if (Character.isHighSurrogate(c)) {
      half = c;
    } else {
      char folded = Folding.page(c >> 8)[c & 0xFF];
      if (folded == Folding.MORE) {
        putAll(Folding.more(c));
      } else {
        put(folded);
      }
    }
  }

  private void putAll(String folded) {
    for (int i = 0; i < folded.length(); i++) {
      put(folded.charAt(i));
    }
  }

  private void put(char folded) {
    boolean seen =
        switch (folded) {
          case Folding.DROPPED -> false;
          case ' ' -> last != ' ';
          case DOT_ABOVE -> last != 'I';
          default -> true;
        };
    if (seen) {
      chars[count++] = folded;
      last = folded;
    }
  }
}
