package org.posthorn.message;

import java.util.Locale;

/// Numbers of things as people read them: `1 message`, `2,000 messages`, `3 entries`.
public final class Counted {
  private Counted() {}

  /// The number and the noun, which is given for one.
  public static String of(long count, String noun) {
    return String.format(Locale.ROOT, "%,d %s", count, noun(count, noun));
  }

  /// The noun alone, as it stands after the number: `message` or `messages`.
  public static String noun(long count, String noun) {
    return count == 1 ? noun : plural(noun);
  }

  private static String plural(String noun) {
    int last = noun.length() - 1;
    if (noun.matches(".*[^aeiou]y")) {
      return noun.substring(0, last) + "ies";
    }
    return noun.matches(".*(s|x|ch|sh)") ? noun + "es" : noun + "s";
  }
}
