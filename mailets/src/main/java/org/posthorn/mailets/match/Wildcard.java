package org.posthorn.mailets.match;

import java.util.Locale;

/// A name in which `*` stands for any characters and `?` for one; in lower case.
record Wildcard(String pattern) {
  static Wildcard of(String text) {
    return new Wildcard(text.toLowerCase(Locale.ROOT));
  }

  /// Of several stars only the last one is ever tried again, so the time is at most the product of
  /// the lengths.
  boolean fits(String lowerCaseName) {
    int at = 0;
    int in = 0;
    int star = -1;
    int tried = 0;
    while (at < lowerCaseName.length()) {
      if (in < pattern.length() && pattern.charAt(in) == '*') {
        star = in++;
        tried = at;
      } else if (in < pattern.length()
          && (pattern.charAt(in) == '?' || pattern.charAt(in) == lowerCaseName.charAt(at))) {
        in++;
        at++;
      } else if (star >= 0) {
        in = star + 1;
        at = ++tried;
      } else {
        return false;
      }
    }
    while (in < pattern.length() && pattern.charAt(in) == '*') {
      in++;
    }
    return in == pattern.length();
  }
}
