package org.posthorn.spool.returnpath;

/// Five bits a character, of letters and digits that stay what they are in any case (RFC 4648 §6).
final class Base32 {
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

  private Base32() {}

  /// Of the lowest five bits.
  static char character(int bits) {
    return ALPHABET.charAt(bits & 31);
  }

  /// -1 for what is no such character.
  static int value(char c) {
    return ALPHABET.indexOf(Character.toLowerCase(c));
  }

  /// The first `count` characters of the bytes.
  static String of(byte[] bytes, int count) {
    var text = new StringBuilder(count);
    for (int i = 0; i < count; i++) {
      int bit = i * 5;
      int pair = (bytes[bit >> 3] & 0xFF) << 8 | (bytes[(bit >> 3) + 1] & 0xFF);
      text.append(character(pair >> (11 - (bit & 7))));
    }
    return text.toString();
  }
}
