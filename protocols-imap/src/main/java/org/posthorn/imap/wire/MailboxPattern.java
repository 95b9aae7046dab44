package org.posthorn.imap.wire;

/// A LIST pattern (RFC 3501 §6.3.8): `*` stands for anything, `%` for anything but the hierarchy
/// separator. INBOX is compared without regard to case.
///
/// Matching walks all ways through the pattern at once, one bit for each place in it, so its time
/// grows with the length of the name and never explodes.
public final class MailboxPattern {
  private final String pattern;
  private final char separator;
  private final boolean hasWildcard;

  public MailboxPattern(String pattern, char separator) {
    this.pattern = withInboxInUpperCase(withoutDoubleWildcards(pattern), separator);
    this.separator = separator;
    this.hasWildcard = this.pattern.indexOf('*') >= 0 || this.pattern.indexOf('%') >= 0;
  }

  public boolean matches(String name) {
    if (!hasWildcard) {
      return pattern.equals(name);
    }
    int places = pattern.length() + 1;
    long[] reached = new long[(places + 63) / 64];
    reach(reached, 0);
    for (int i = 0; i < name.length(); i++) {
      reached = step(reached, name.charAt(i));
    }
    return isReached(reached, pattern.length());
  }

  private long[] step(long[] reached, char c) {
    long[] next = new long[reached.length];
    for (int word = 0; word < reached.length; word++) {
      for (long bits = reached[word]; bits != 0; bits &= bits - 1) {
        int place = word * 64 + Long.numberOfTrailingZeros(bits);
        if (place == pattern.length()) {
          continue;
        }
        char wanted = pattern.charAt(place);
        if (wanted == '*' || (wanted == '%' && c != separator)) {
          reach(next, place);
        } else if (wanted == c) {
          reach(next, place + 1);
        }
      }
    }
    return next;
  }

  /// A wildcard may also stand for nothing.
  private void reach(long[] reached, int place) {
    reached[place >> 6] |= 1L << (place & 63);
    if (place < pattern.length() && isWildcard(pattern.charAt(place))) {
      int after = place + 1;
      reached[after >> 6] |= 1L << (after & 63);
    }
  }

  private static boolean isReached(long[] reached, int place) {
    return (reached[place >> 6] & (1L << (place & 63))) != 0;
  }

  /// A run of wildcards is as wide as its widest, so none need follow another.
  private static String withoutDoubleWildcards(String pattern) {
    var text = new StringBuilder(pattern.length());
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      boolean follows = !text.isEmpty() && isWildcard(text.charAt(text.length() - 1));
      if (!isWildcard(c) || !follows) {
        text.append(c);
      } else if (c == '*') {
        text.setCharAt(text.length() - 1, '*');
      }
    }
    return text.toString();
  }

  private static String withInboxInUpperCase(String pattern, char separator) {
    boolean inbox =
        pattern.regionMatches(true, 0, "INBOX", 0, 5)
            && (pattern.length() == 5
                || pattern.charAt(5) == separator
                || isWildcard(pattern.charAt(5)));
    return inbox ? "INBOX" + pattern.substring(5) : pattern;
  }

  private static boolean isWildcard(char c) {
    return c == '*' || c == '%';
  }
}
