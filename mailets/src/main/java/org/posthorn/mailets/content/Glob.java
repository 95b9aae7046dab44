package org.posthorn.mailets.content;

import java.util.List;
import java.util.Locale;

/// A pattern for names and types: `*` stands for any characters, `?` for one; in any case. Time
/// grows with pattern times text, whatever they are.
record Glob(String pattern) {
  static List<Glob> all(List<String> patterns) {
    return patterns.stream().map(text -> new Glob(text.strip().toLowerCase(Locale.ROOT))).toList();
  }

  boolean matches(String given) {
    String text = given.toLowerCase(Locale.ROOT);
    int at = 0;
    int of = 0;
    int star = -1;
    int starred = 0;
    while (at < text.length()) {
      if (of < pattern.length() && pattern.charAt(of) == '*') {
        star = of++;
        starred = at;
      } else if (of < pattern.length()
          && (pattern.charAt(of) == '?' || pattern.charAt(of) == text.charAt(at))) {
        of++;
        at++;
      } else if (star >= 0) {
        of = star + 1;
        at = ++starred;
      } else {
        return false;
      }
    }
    while (of < pattern.length() && pattern.charAt(of) == '*') {
      of++;
    }
    return of == pattern.length();
  }
}
