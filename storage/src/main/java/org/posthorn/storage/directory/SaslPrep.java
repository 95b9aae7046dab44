package org.posthorn.storage.directory;

import java.text.Normalizer;
import java.util.Optional;

/// SASLprep (RFC 4013): how passwords are written before they are hashed for SCRAM, so that the
/// same one typed on different devices is the same. Unicode is that of the Java at hand, where the
/// RFC has version 3.2.
final class SaslPrep {
  private SaslPrep() {}

  /// Empty when it has characters that no password may have, or none at all.
  static Optional<String> password(String text) {
    var mapped = new StringBuilder();
    text.codePoints()
        .filter(c -> !isNothing(c))
        .map(c -> isSpace(c) ? ' ' : c)
        .forEach(mapped::appendCodePoint);
    String prepared = Normalizer.normalize(mapped, Normalizer.Form.NFKC);
    boolean allowed =
        !prepared.isEmpty()
            && prepared.codePoints().noneMatch(SaslPrep::isProhibited)
            && isOneDirection(prepared);
    return allowed ? Optional.of(prepared) : Optional.empty();
  }

  /// Table B.1 of RFC 3454.
  private static boolean isNothing(int c) {
    return switch (c) {
      case 0x00AD, 0x034F, 0x1806, 0x2060, 0xFEFF -> true;
      default ->
          within(c, 0x180B, 0x180D) || within(c, 0x200B, 0x200D) || within(c, 0xFE00, 0xFE0F);
    };
  }

  /// Table C.1.2; what is mapped to nothing is none any more.
  private static boolean isSpace(int c) {
    return c != ' ' && Character.getType(c) == Character.SPACE_SEPARATOR;
  }

  /// Tables C.2.1, C.2.2, C.3 to C.9, and what has no meaning yet (RFC 4013 §2.5).
  private static boolean isProhibited(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default ->
          within(c, 0xFFF9, 0xFFFD) || within(c, 0x2FF0, 0x2FFB) || c == 0x0340 || c == 0x0341;
    };
  }

  /// RFC 3454 §6: with letters that are written from right to left there are none of the other
  /// direction, and they stand at both ends.
  private static boolean isOneDirection(String text) {
    int[] points = text.codePoints().toArray();
    boolean right = text.codePoints().anyMatch(SaslPrep::isRightToLeft);
    return !right
        || (text.codePoints()
                .noneMatch(
                    c -> Character.getDirectionality(c) == Character.DIRECTIONALITY_LEFT_TO_RIGHT)
            && isRightToLeft(points[0])
            && isRightToLeft(points[points.length - 1]));
  }

  private static boolean isRightToLeft(int c) {
    byte direction = Character.getDirectionality(c);
    return direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT
        || direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT_ARABIC;
  }

  private static boolean within(int c, int first, int last) {
    return c >= first && c <= last;
  }
}
