package org.posthorn.message;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Header values between bytes and text: how they are read, and how a line is written (RFC 5322
/// §2.2.3, RFC 2047, RFC 6532).
public final class HeaderText {
  /// What RFC 5322 §2.1.1 recommends.
  private static final int LINE_LENGTH = 78;

  /// Of lines with encoded words (RFC 2047 §2).
  private static final int ENCODED_LINE_LENGTH = 76;

  /// A longer word could make a line of more than 998 bytes.
  private static final int WORD_MAX = 300;

  private HeaderText() {}

  /// The bytes from `from` to `to` as text: UTF-8, or ISO 8859-1 where they are no UTF-8, with
  /// control characters (NUL, a lone CR) as spaces, and without white space at both ends.
  public static String read(byte[] bytes, int from, int to) {
    String text;
    if (isAscii(bytes, from, to)) {
      text = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    } else {
      try {
        text =
            StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes, from, to - from))
                .toString();
      } catch (CharacterCodingException _) {
        text = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
      }
    }
    return withoutControls(text.strip());
  }

  /// With a space for each control character but the tab.
  public static String withoutControls(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isControl(text.charAt(i))) {
        char[] chars = text.toCharArray();
        for (int j = i; j < chars.length; j++) {
          if (isControl(chars[j])) {
            chars[j] = ' ';
          }
        }
        return new String(chars);
      }
    }
    return text;
  }

  /// A whole header line with its CRLF, folded at white space to 78 characters, and to 76 with
  /// encoded words, where that is possible, and to 998 in any case. Words outside ASCII are encoded
  /// (RFC 2047), but for addresses, which must stay as they are (RFC 6532); a subject has none.
  /// Refuses a name that is none, and CR, LF and NUL in the value, with `IllegalArgumentException`.
  public static String line(String name, String value) {
    if (name.isEmpty() || !name.chars().allMatch(c -> c > ' ' && c < 127 && c != ':')) {
      throw new IllegalArgumentException("Not the name of a header field");
    }
    if (value.chars().anyMatch(c -> c == '\r' || c == '\n' || c == 0)) {
      throw new IllegalArgumentException("A line break or NUL in the value of " + name);
    }
    int nameLength = name.length() + 1;
    String encoded =
        encoded(
            value.strip(), !name.equalsIgnoreCase("Subject"), ENCODED_LINE_LENGTH - nameLength - 1);
    return name + ":" + folded(encoded, nameLength) + "\r\n";
  }

  /// With every run of words that are not ASCII as encoded words. Words that are encoded already
  /// stay as they are, but for those beside such a run: readers would drop the space between. What
  /// stands first has so much room on the line of the name.
  private static String encoded(String value, boolean addresses, int firstRoom) {
    StringBuilder out = new StringBuilder(value.length());
    StringBuilder run = new StringBuilder();
    boolean encode = false;
    for (String spaced : value.split("(?<=[ \t])(?=[^ \t])", -1)) {
      String word = spaced.strip();
      boolean needsEncoding = needsEncoding(word, addresses);
      if (needsEncoding || EncodedWord.is(word)) {
        run.append(spaced);
        encode |= needsEncoding;
      } else {
        flush(run, encode, firstRoom, out);
        encode = false;
        out.append(spaced);
      }
    }
    flush(run, encode, firstRoom, out);
    return out.toString();
  }

  private static void flush(StringBuilder run, boolean encode, int firstRoom, StringBuilder out) {
    int end = run.length();
    while (encode && end > 0 && (run.charAt(end - 1) == ' ' || run.charAt(end - 1) == '\t')) {
      end--;
    }
    String words = run.substring(0, end);
    if (encode) {
      String decoded = EncodedWord.decode(words);
      words = out.isEmpty() ? EncodedWord.encode(decoded, firstRoom) : EncodedWord.encode(decoded);
    }
    out.append(words);
    out.append(run, end, run.length());
    run.setLength(0);
  }

  private static boolean needsEncoding(String word, boolean addresses) {
    return word.length() > WORD_MAX
        || (!word.chars().allMatch(c -> c < 128) && !(addresses && word.indexOf('@') >= 0));
  }

  private static String folded(String value, int nameLength) {
    StringBuilder out = new StringBuilder(value.length() + 16);
    int lineLength = nameLength;
    boolean isEncoded = false;
    for (String word : value.split("(?<=[^ \t])(?=[ \t])", -1)) {
      String spaced = out.isEmpty() ? " " + word : word;
      boolean isWordEncoded = spaced.contains("=?");
      int max = isEncoded || isWordEncoded ? ENCODED_LINE_LENGTH : LINE_LENGTH;
      if (!out.isEmpty() && lineLength + spaced.length() > max && !spaced.isBlank()) {
        out.append("\r\n");
        lineLength = 0;
        isEncoded = false;
      }
      out.append(spaced);
      isEncoded |= isWordEncoded;
      lineLength += spaced.length();
    }
    return out.toString();
  }

  private static boolean isControl(char c) {
    return (c < ' ' && c != '\t') || (c >= 0x7F && c < 0xA0);
  }

  private static boolean isAscii(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] < 0) {
        return false;
      }
    }
    return true;
  }
}
