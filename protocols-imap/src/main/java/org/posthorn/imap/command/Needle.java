package org.posthorn.imap.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/// A text that is looked for without regard to case, in strings and in streams of any length
/// (Knuth, Morris and Pratt: no step back, time linear in what is searched). Immutable.
final class Needle {
  private static final int BUFFER = 8192;

  /// ASCII in lower case; all other bytes stay.
  private static final byte[] FOLDED_BYTES = foldedBytes();

  private final char[] text;

  /// For each length of a partial match, where to go on when the next character does not fit.
  private final int[] fallback;

  private final boolean ascii;

  Needle(String text) {
    this.text = new char[text.length()];
    boolean allAscii = true;
    for (int i = 0; i < text.length(); i++) {
      this.text[i] = fold(text.charAt(i));
      allAscii &= text.charAt(i) < 0x80;
    }
    this.ascii = allAscii;
    this.fallback = fallbacks(this.text);
  }

  boolean isIn(String haystack) {
    if (text.length == 0) {
      return true;
    }
    int matched = 0;
    for (int i = 0; i < haystack.length(); i++) {
      matched = step(matched, fold(haystack.charAt(i)));
      if (matched == text.length) {
        return true;
      }
    }
    return false;
  }

  /// Looks through a stream to its end or to where the text is found. ASCII is compared byte by
  /// byte where the charset has ASCII for ASCII.
  boolean isIn(InputStream haystack, Charset charset) throws IOException {
    if (text.length == 0) {
      return true;
    }
    boolean byBytes = ascii && isSupersetOfAscii(charset);
    return byBytes ? isInBytes(haystack) : isInCharacters(new InputStreamReader(haystack, charset));
  }

  private boolean isInBytes(InputStream haystack) throws IOException {
    byte[] buffer = new byte[BUFFER];
    int matched = 0;
    for (int count = haystack.read(buffer); count >= 0; count = haystack.read(buffer)) {
      for (int i = 0; i < count; i++) {
        matched = step(matched, (char) (FOLDED_BYTES[buffer[i] & 0xff] & 0xff));
        if (matched == text.length) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean isInCharacters(Reader haystack) throws IOException {
    char[] buffer = new char[BUFFER];
    int matched = 0;
    for (int count = haystack.read(buffer); count >= 0; count = haystack.read(buffer)) {
      for (int i = 0; i < count; i++) {
        matched = step(matched, fold(buffer[i]));
        if (matched == text.length) {
          return true;
        }
      }
    }
    return false;
  }

  private int step(int matched, char c) {
    int now = matched;
    while (now > 0 && text[now] != c) {
      now = fallback[now];
    }
    return text[now] == c ? now + 1 : now;
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

  /// As the RFC's "case-insensitive" for Unicode (RFC 5051 without decomposition).
  private static char fold(char c) {
    if (c < 0x80) {
      return (char) FOLDED_BYTES[c];
    }
    return Character.toLowerCase(Character.toUpperCase(c));
  }

  private static boolean isSupersetOfAscii(Charset charset) {
    String name = charset.name();
    return charset.equals(StandardCharsets.UTF_8)
        || charset.equals(StandardCharsets.US_ASCII)
        || name.startsWith("ISO-8859-")
        || name.startsWith("windows-12");
  }

  private static byte[] foldedBytes() {
    byte[] folded = new byte[256];
    for (int i = 0; i < 256; i++) {
      folded[i] = (byte) (i >= 'A' && i <= 'Z' ? i + 32 : i);
    }
    return folded;
  }
}
