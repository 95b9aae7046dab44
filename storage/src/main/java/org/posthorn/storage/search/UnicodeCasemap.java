package org.posthorn.storage.search;

import java.text.Normalizer;
import java.util.Comparator;

/// The collation `i;unicode-casemap` (RFC 5051): texts are compared without regard to case, and
/// letters however they are put together. A text is prepared once with [#of]; then equality,
/// substring and [#ORDER] are those of its characters.
///
/// What clients sort by is compared just so. A search is more generous (see [FoldedText]): it also
/// finds all that this would.
public final class UnicodeCasemap {
  /// The order of prepared texts: that of their code points, which is that of their bytes in UTF-8.
  public static final Comparator<String> ORDER = UnicodeCasemap::compare;

  private UnicodeCasemap() {}

  /// The text as it is compared: each code point in its titlecase, and that taken apart as far as
  /// it goes (RFC 5051 §2, step 2). What comes out of the taking apart keeps its case, and marks
  /// keep their order: so says the RFC.
  public static String of(String text) {
    var prepared = new StringBuilder(text.length() + 8);
    int at = 0;
    while (at < text.length()) {
      int codePoint = text.codePointAt(at);
      at += Character.charCount(codePoint);
      int title = Character.toTitleCase(codePoint);
      if (title < 0x80) {
        prepared.append((char) title);
      } else {
        prepared.append(Normalizer.normalize(Character.toString(title), Normalizer.Form.NFKD));
      }
    }
    return prepared.toString();
  }

  private static int compare(String one, String other) {
    int both = Math.min(one.length(), other.length());
    for (int i = 0; i < both; i++) {
      char a = one.charAt(i);
      char b = other.charAt(i);
      if (a != b) {
        return Integer.compare(rank(a), rank(b));
      }
    }
    return Integer.compare(one.length(), other.length());
  }

  /// Surrogates stand for code points above all others.
  private static int rank(char c) {
    return Character.isSurrogate(c) ? c + 0x10000 : c;
  }
}
