package org.posthorn.message;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Header values between bytes and text: how they are read, and how a line is written (RFC 5322
/// §2.2.3, RFC 2047, RFC 6532).
public final class HeaderText {
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
