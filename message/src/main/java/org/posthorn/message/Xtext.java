package org.posthorn.message;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/// The encodings of values in SMTP parameters. What they hide must be printable, or it could become
/// a line of its own in a report.
public final class Xtext {
  private Xtext() {}

  /// RFC 3461 §4: `+` and two upper-case hexadecimal digits stand for a character. Empty when this
  /// is no xtext or hides what is not printable ASCII.
  public static Optional<String> decode(String encoded) {
    var text = new StringBuilder(encoded.length());
    for (int i = 0; i < encoded.length(); i++) {
      int c = encoded.charAt(i);
      if (c == '+') {
        c = i + 2 < encoded.length() ? hex(encoded, i + 1, i + 3) : -1;
        i += 2;
      } else if (c == '=' || c == ' ') {
        return Optional.empty();
      }
      if (c < ' ' || c > '~') {
        return Optional.empty();
      }
      text.append((char) c);
    }
    return Optional.of(text.toString());
  }

  /// As RFC 3461 §4 has it; what is not ASCII as in RFC 6533 §3, since who reads it may not know
  /// SMTPUTF8.
  public static String encode(String text) {
    var encoded = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          if (c >= 128) {
            encoded.append(String.format(Locale.ROOT, "\\x{%X}", c));
          } else if (c <= ' ' || c == 127 || c == '+' || c == '=') {
            encoded.append(String.format(Locale.ROOT, "+%02X", c));
          } else {
            encoded.append((char) c);
          }
        });
    return encoded.toString();
  }

  /// RFC 6533 §3, in ASCII.
  static String encodeUnitext(String text) {
    var encoded = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          if (c <= ' ' || c >= 127 || c == '+' || c == '=' || c == '\\') {
            encoded.append(String.format(Locale.ROOT, "\\x{%02X}", c));
          } else {
            encoded.append((char) c);
          }
        });
    return encoded.toString();
  }

  /// The same of the bytes of UTF-8, which is in no RFC: so Postfix names an international
  /// recipient.
  public static Optional<String> decodeUtf8(String encoded) {
    var bytes = new ByteArrayOutputStream(encoded.length());
    for (int i = 0; i < encoded.length(); i++) {
      int c = encoded.charAt(i);
      if (c == '+') {
        c = i + 2 < encoded.length() ? hex(encoded, i + 1, i + 3) : -1;
        i += 2;
      } else if (c <= ' ' || c > '~' || c == '=') {
        return Optional.empty();
      }
      if (c < ' ') {
        return Optional.empty();
      }
      bytes.write(c);
    }
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes.toByteArray()))
              .toString();
      return Optional.of(text).filter(all -> all.codePoints().noneMatch(Xtext::isControl));
    } catch (CharacterCodingException _) {
      return Optional.empty();
    }
  }

  /// RFC 6533 §3: `\x{…}` with two to six hexadecimal digits stands for a character; others may
  /// stand for themselves. Empty when this is none or hides a control character.
  static Optional<String> decodeUnitext(String encoded) {
    var text = new StringBuilder(encoded.length());
    for (int i = 0; i < encoded.length(); ) {
      int c = encoded.codePointAt(i);
      i += Character.charCount(c);
      if (c == '\\') {
        int close = encoded.indexOf('}', i);
        if (!encoded.startsWith("x{", i) || close < i + 4 || close > i + 8) {
          return Optional.empty();
        }
        c = hex(encoded, i + 2, close);
        i = close + 1;
      } else if (c == '+' || c == '=' || c == ' ') {
        return Optional.empty();
      }
      if (c < ' ' || !Character.isValidCodePoint(c) || isControl(c)) {
        return Optional.empty();
      }
      text.appendCodePoint(c);
    }
    return Optional.of(text.toString());
  }

  /// -1 when there is something else than upper-case hexadecimal digits.
  private static int hex(String text, int from, int to) {
    int value = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'A' || c > 'F')) {
        return -1;
      }
      value = value * 16 + Character.digit(c, 16);
    }
    return value;
  }

  private static boolean isControl(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
