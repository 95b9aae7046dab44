package org.posthorn.spool.chain;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/// How far two names are from each other, for "did you mean".
public final class Spelling {
  private Spelling() {}

  /// What was probably meant, if anything is near enough.
  public static Optional<String> nearest(String name, Collection<String> known) {
    return known.stream().filter(candidate -> distance(candidate, name) <= 2).findFirst();
  }

  /// How many characters must be put in, taken out or replaced; case does not count.
  static int distance(String one, String other) {
    String a = one.toLowerCase(Locale.ROOT);
    String b = other.toLowerCase(Locale.ROOT);
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
