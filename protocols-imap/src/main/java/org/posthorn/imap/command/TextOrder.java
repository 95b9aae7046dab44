package org.posthorn.imap.command;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The comparator of a session (RFC 5255 §4.2): how texts are compared, and whether they go from
/// the last to the first.
public record TextOrder(Collation collation, boolean reversed) {
  public static final TextOrder DEFAULT = new TextOrder(Collation.UNICODE_CASEMAP, false);

  private static final int PATTERN_MAX = 254;

  /// RFC 4790 §3.3 `collation-selected`.
  public String text() {
    return (reversed ? "-" : "") + collation.identifier();
  }

  /// Those that a client asks for by `default` or by patterns (RFC 4790 §3.3 `collation-order`), in
  /// the order in which it prefers them. Throws `IllegalArgumentException` for what is no pattern.
  public static List<TextOrder> matching(List<String> patterns) {
    Set<TextOrder> found = new LinkedHashSet<>();
    for (String pattern : patterns) {
      if (pattern.equalsIgnoreCase("default")) {
        found.add(DEFAULT);
        continue;
      }
      boolean signed = pattern.startsWith("-") || pattern.startsWith("+");
      String wanted = signed ? pattern.substring(1) : pattern;
      if (wanted.length() > PATTERN_MAX || !wanted.matches("(\\*|[a-zA-Z])[a-zA-Z0-9;=.*-]*")) {
        throw new IllegalArgumentException("That names no comparator");
      }
      for (Collation collation : Collation.PREFERRED) {
        if (fits(collation.identifier(), wanted)) {
          found.add(new TextOrder(collation, pattern.startsWith("-")));
        }
      }
    }
    return new ArrayList<>(found);
  }

  /// Each `*` stands for any characters: the pieces between them are found from the left, the last
  /// at the end.
  private static boolean fits(String identifier, String pattern) {
    String[] pieces = pattern.split("\\*", -1);
    if (pieces.length == 1) {
      return identifier.equalsIgnoreCase(pattern);
    }
    int at = pieces[0].length();
    if (!identifier.regionMatches(true, 0, pieces[0], 0, at)) {
      return false;
    }
    String last = pieces[pieces.length - 1];
    int end = identifier.length() - last.length();
    for (int i = 1; i < pieces.length - 1; i++) {
      while (at + pieces[i].length() <= end
          && !identifier.regionMatches(true, at, pieces[i], 0, pieces[i].length())) {
        at++;
      }
      at += pieces[i].length();
    }
    return at <= end && identifier.regionMatches(true, end, last, 0, last.length());
  }
}
