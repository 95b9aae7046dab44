package org.posthorn.message;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Text outside ASCII in header fields (RFC 2047, with RFC 2231 §5's languages).
public final class EncodedWord {
  private static final int WORD_MAX = 75;

  /// Longer payloads than RFC 2047 allows are read, but not without end.
  private static final int LENIENT_MAX = 4_096;

  private static final String PREFIX_B = "=?utf-8?B?";
  private static final String PREFIX_Q = "=?utf-8?Q?";
  private static final int AROUND = PREFIX_B.length() + 2;
  private static final int PAYLOAD_MAX = WORD_MAX - AROUND;

  /// Four bytes, as three characters each.
  private static final int FIRST_MIN = AROUND + 12;

  private EncodedWord() {}

  /// Whether all of it is one encoded word, with a character set that is known.
  static boolean is(String word) {
    return word.startsWith("=?")
        && word.endsWith("?=")
        && Word.at(word, 0).filter(found -> found.end == word.length()).isPresent();
  }

  /// The text with its encoded words read; what is no encoded word, or has a character set that is
  /// not known, stays. Forgiving: words may touch, hold spaces or be split in mid-character.
  public static String decode(String text) {
    if (!text.contains("=?")) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    ByteArrayOutputStream pending = new ByteArrayOutputStream();
    @Nullable Charset pendingCharset = null;
    int copied = 0;
    int at = text.indexOf("=?");
    while (at >= 0) {
      Optional<Word> found = Word.at(text, at);
      if (found.isEmpty()) {
        at = text.indexOf("=?", at + 2);
        continue;
      }
      Word word = found.get();
      String between = text.substring(copied, at);
      boolean adjacent = pendingCharset != null && between.isBlank();
      if (pendingCharset != null && !(adjacent && word.charset.equals(pendingCharset))) {
        out.append(pending.toString(pendingCharset));
        pending.reset();
      }
      if (!adjacent) {
        out.append(between);
      }
      pending.writeBytes(word.bytes());
      pendingCharset = word.charset;
      copied = word.end;
      at = text.indexOf("=?", copied);
    }
    if (pendingCharset != null) {
      out.append(pending.toString(pendingCharset));
    }
    return HeaderText.withoutControls(out.append(text, copied, text.length()).toString());
  }

  /// One or more encoded words that decode to `text`, with single spaces between them, each at most
  /// 75 characters: in UTF-8, in the shorter of the two encodings.
  public static String encode(String text) {
    return encode(text, WORD_MAX);
  }

  /// The same where the first word has only so much room, if that is enough for a character.
  static String encode(String text, int firstMax) {
    byte[] whole = text.getBytes(StandardCharsets.UTF_8);
    int quoted = 0;
    for (byte b : whole) {
      quoted += quotedLength(b);
    }
    boolean useQ = quoted <= (whole.length + 2) / 3 * 4;
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    int length = 0;
    int max = firstMax < FIRST_MIN ? PAYLOAD_MAX : Math.min(firstMax, WORD_MAX) - AROUND;
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      String character = Character.toString(point);
      int added = useQ ? quotedLength(character) : bytes(character).length;
      if (useQ ? length + added > max : base64Length(length + added) > max) {
        max = PAYLOAD_MAX;
        words.add(word(word.toString(), useQ));
        word.setLength(0);
        length = 0;
      }
      word.append(character);
      length += added;
      i += Character.charCount(point);
    }
    words.add(word(word.toString(), useQ));
    return String.join(" ", words);
  }

  private static String word(String text, boolean useQ) {
    byte[] bytes = bytes(text);
    if (!useQ) {
      return PREFIX_B + Base64.getEncoder().encodeToString(bytes) + "?=";
    }
    StringBuilder word = new StringBuilder(PREFIX_Q);
    for (byte b : bytes) {
      if (b == ' ') {
        word.append('_');
      } else if (quotedLength(b) == 1) {
        word.append((char) b);
      } else {
        word.append(String.format(Locale.ROOT, "=%02X", b));
      }
    }
    return word.append("?=").toString();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static int base64Length(int bytes) {
    return (bytes + 2) / 3 * 4;
  }

  private static int quotedLength(String text) {
    int length = 0;
    for (byte b : bytes(text)) {
      length += quotedLength(b);
    }
    return length;
  }

  /// Only what is allowed even in a phrase stays as it is (RFC 2047 §5 rule 3).
  private static int quotedLength(byte b) {
    return (b >= 'a' && b <= 'z')
            || (b >= 'A' && b <= 'Z')
            || (b >= '0' && b <= '9')
            || b == ' '
            || b == '!'
            || b == '*'
            || b == '+'
            || b == '-'
            || b == '/'
        ? 1
        : 3;
  }

  private record Word(Charset charset, boolean base64, String payload, int end) {
    /// `=?charset*language?B?payload?=` at `start`, if it is one whole.
    static Optional<Word> at(String text, int start) {
      int charsetEnd = text.indexOf('?', start + 2);
      if (charsetEnd < 0
          || charsetEnd - start > 80
          || charsetEnd + 2 >= text.length()
          || text.charAt(charsetEnd + 2) != '?') {
        return Optional.empty();
      }
      boolean base64;
      switch (text.charAt(charsetEnd + 1)) {
        case 'B', 'b' -> base64 = true;
        case 'Q', 'q' -> base64 = false;
        default -> {
          return Optional.empty();
        }
      }
      int payloadStart = charsetEnd + 3;
      int end =
          text.indexOf("?=", payloadStart, Math.min(text.length(), payloadStart + LENIENT_MAX));
      if (end < 0) {
        return Optional.empty();
      }
      String name = text.substring(start + 2, charsetEnd);
      int language = name.indexOf('*');
      return CharsetNames.find(language < 0 ? name : name.substring(0, language))
          .map(charset -> new Word(charset, base64, text.substring(payloadStart, end), end + 2));
    }

    byte[] bytes() {
      return base64 ? base64Bytes() : quotedBytes();
    }

    private byte[] base64Bytes() {
      StringBuilder clean = new StringBuilder(payload.length());
      for (int i = 0; i < payload.length(); i++) {
        char c = payload.charAt(i);
        if (c < 128 && (Character.isLetterOrDigit(c) || c == '+' || c == '/')) {
          clean.append(c);
        }
      }
      if (clean.length() % 4 == 1) {
        clean.setLength(clean.length() - 1);
      }
      return Base64.getDecoder().decode(clean.toString());
    }

    private byte[] quotedBytes() {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(payload.length());
      for (int i = 0; i < payload.length(); i++) {
        char c = payload.charAt(i);
        int high = c == '=' && i + 2 < payload.length() ? digit(payload.charAt(i + 1)) : -1;
        int low = high >= 0 ? digit(payload.charAt(i + 2)) : -1;
        if (low >= 0) {
          bytes.write((high << 4) | low);
          i += 2;
        } else if (c == '_') {
          bytes.write(' ');
        } else {
          bytes.writeBytes(
              String.valueOf(c).getBytes(charset.canEncode() ? charset : StandardCharsets.UTF_8));
        }
      }
      return bytes.toByteArray();
    }

    private static int digit(char c) {
      return c < 128 ? Character.digit(c, 16) : -1;
    }
  }
}
