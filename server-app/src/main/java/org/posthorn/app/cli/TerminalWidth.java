package org.posthorn.app.cli;

/// How many columns of a terminal a character takes: two where Unicode calls it wide or fullwidth
/// (UAX #11, by blocks), none where it stands on the one before it.
final class TerminalWidth {
  /// First and last of each range that is wide.
  private static final int[] WIDE = {
    0x1100, 0x115F, 0x2E80, 0x303E, 0x3041, 0x4DBF, 0x4E00, 0xA4CF, 0xA960, 0xA97F, 0xAC00, 0xD7A3,
    0xF900, 0xFAFF, 0xFE30, 0xFE6F, 0xFF01, 0xFF60, 0xFFE0, 0xFFE6, 0x1F300, 0x1F64F, 0x1F680,
    0x1F6FF, 0x1F900, 0x1FAFF, 0x20000, 0x3FFFD
  };

  /// No character before it is a mark, or wide.
  private static final int FIRST_MARK = 0x300;

  private TerminalWidth() {}

  static int of(int codePoint) {
    if (codePoint < FIRST_MARK) {
      return 1;
    }
    int type = Character.getType(codePoint);
    if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
      return 0;
    }
    for (int i = 0; i < WIDE.length; i += 2) {
      if (codePoint >= WIDE[i] && codePoint <= WIDE[i + 1]) {
        return 2;
      }
    }
    return 1;
  }
}
