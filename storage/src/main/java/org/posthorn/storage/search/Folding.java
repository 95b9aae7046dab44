package org.posthorn.storage.search;

import org.jspecify.annotations.Nullable;

/// What a search takes a character for. It takes for the same whatever [UnicodeCasemap] does, and
/// more: letters that Unicode gives a capital of their own only lately (`ẞ`) or in Turkey (`İ`),
/// and ligatures (`ﬁ` and `fi`). Part of the index's form. Made as scripts are met; safe for use by
/// many threads.
final class Folding {
  /// In place of a character that has [#more], or is half of one.
  static final char MORE = '\uFFFF';

  /// In place of a character that nobody sees.
  static final char DROPPED = 0;

  private static final @Nullable Page[] PAGES = new Page[256];

  /// 256 characters: what each one becomes, and what those become that become several.
  private static final class Page {
    final char[] single = new char[256];
    final @Nullable String[] several = new String[256];
  }

  private Folding() {}

  /// What 256 characters become: each one character, or [#DROPPED], or [#MORE].
  static char[] page(int high) {
    return whole(high).single;
  }

  /// What a character becomes for which there is [#MORE]; may be empty.
  static String more(int codePoint) {
    if (codePoint > 0xFFFF) {
      return fold(codePoint);
    }
    String several = whole(codePoint >> 8).several[codePoint & 0xFF];
    return several == null ? Character.toString(codePoint) : several;
  }

  /// Two threads may make the same one.
  private static Page whole(int high) {
    Page page = PAGES[high];
    if (page == null) {
      page = make(high);
      PAGES[high] = page;
    }
    return page;
  }

  private static Page make(int high) {
    var page = new Page();
    for (int low = 0; low < 256; low++) {
      char c = (char) (high << 8 | low);
      String folded = fold(c);
      if (folded.length() == 1 && !Character.isSurrogate(c) && folded.charAt(0) != MORE) {
        page.single[low] = folded.charAt(0);
      } else if (!folded.isEmpty()) {
        page.single[low] = MORE;
        page.several[low] = folded;
      }
    }
    return page;
  }

  private static String fold(int codePoint) {
    if (isUnseen(codePoint)) {
      return "";
    }
    if (isSpace(codePoint)) {
      return " ";
    }
    if (codePoint == DROPPED) {
      return "\u0001";
    }
    String folded = Character.toString(codePoint);
    String next = lowered(folded);
    while (!next.equals(folded)) {
      folded = next;
      next = lowered(folded);
    }
    return folded;
  }

  /// Once more, as what was taken apart may have another titlecase.
  private static String lowered(String text) {
    var lower = new StringBuilder();
    text.codePoints().map(Character::toLowerCase).forEach(lower::appendCodePoint);
    return UnicodeCasemap.of(lower.toString());
  }

  private static boolean isUnseen(int c) {
    return c == 0xAD || (c >= 0x200B && c <= 0x200F) || c == 0x2060 || c == 0xFEFF || c == 0x34F;
  }

  private static boolean isSpace(int c) {
    return c <= ' ' ? c == ' ' || (c >= '\t' && c <= '\r') : c == 0x85 || Character.isSpaceChar(c);
  }
}
