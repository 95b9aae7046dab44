package org.posthorn.app.admin;

import java.text.Bidi;
import java.text.Normalizer;

/// Which local parts new addresses of ours may have: in ASCII all that SMTP knows, and beyond it
/// letters, marks and digits, as PRECIS has it for user names (RFC 8264 §4.2, RFC 8265 §3.3). So no
/// two users look the same because of characters that nobody sees, or that turn the direction of
/// writing. Strangers may be called what they like (RFC 6531 §3.3).
final class Username {
  private Username() {}

  static boolean isPermitted(String localPart) {
    return localPart.codePoints().allMatch(Username::isPermitted) && keepsDirection(localPart);
  }

  private static boolean isPermitted(int c) {
    if (c < 128) {
      return true;
    }
    return switch (Character.getType(c)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.OTHER_LETTER,
          Character.MODIFIER_LETTER,
          Character.NON_SPACING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.DECIMAL_DIGIT_NUMBER ->
          !isIgnored(c) && !isOldHangul(c) && !isOtherFormOfAnother(c);
      default -> false;
    };
  }

  /// Default_Ignorable_Code_Point, as far as it has letters and marks (RFC 8264 §9.13).
  private static boolean isIgnored(int c) {
    return c == 0x34F
        || (c >= 0x17B4 && c <= 0x17B5)
        || (c >= 0x180B && c <= 0x180F)
        || (c >= 0xFE00 && c <= 0xFE0F)
        || (c >= 0xE0100 && c <= 0xE01EF);
  }

  /// RFC 8264 §9.9; among them are fillers, which nobody sees.
  private static boolean isOldHangul(int c) {
    return (c >= 0x1100 && c <= 0x11FF)
        || (c >= 0xA960 && c <= 0xA97C)
        || (c >= 0xD7B0 && c <= 0xD7FB);
  }

  /// RFC 8264 §9.17: such as ligatures and letters of full width.
  private static boolean isOtherFormOfAnother(int c) {
    String text = Character.toString(c);
    return !Normalizer.normalize(text, Normalizer.Form.NFKC)
        .equals(Normalizer.normalize(text, Normalizer.Form.NFC));
  }

  /// Either all is written from left to right, or all but numbers from right to left (simpler, and
  /// narrower, than RFC 5893 §2).
  private static boolean keepsDirection(String text) {
    if (!Bidi.requiresBidi(text.toCharArray(), 0, text.length())) {
      return true;
    }
    return text.codePoints()
            .noneMatch(
                c -> Character.getDirectionality(c) == Character.DIRECTIONALITY_LEFT_TO_RIGHT)
        && isRightToLeft(text.codePointAt(0));
  }

  private static boolean isRightToLeft(int c) {
    byte direction = Character.getDirectionality(c);
    return direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT
        || direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT_ARABIC;
  }
}
