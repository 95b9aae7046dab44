package org.posthorn.imap.wire;

import java.util.HashMap;
import java.util.Map;

/// A LIST pattern (RFC 3501 §6.3.8): `*` stands for anything, `%` for anything but the hierarchy
/// separator. INBOX is compared without regard to case.
///
/// Matching walks all ways through the pattern at once, one bit for each place in it and 64 places
/// at a time, so its time grows with the length of the name and never explodes.
public final class MailboxPattern {
  private final String pattern;
  private final char separator;
  private final boolean hasWildcard;

  /// In as many words as have a bit for each place, and one for the end.
  private final int words;

  /// At which places each character stands that is no wildcard.
  private final Map<Character, long[]> literals = new HashMap<>();

  private final long[] nowhere;
  private final long[] stars;
  private final long[] wildcards;

  public MailboxPattern(String pattern, char separator) {
    this.pattern = withInboxInUpperCase(withoutDoubleWildcards(pattern), separator);
    this.separator = separator;
    this.hasWildcard = this.pattern.indexOf('*') >= 0 || this.pattern.indexOf('%') >= 0;
    this.words = this.pattern.length() / 64 + 1;
    this.nowhere = new long[words];
    this.stars = new long[words];
    this.wildcards = new long[words];
    for (int place = 0; place < this.pattern.length() && hasWildcard; place++) {
      char c = this.pattern.charAt(place);
      if (c == '*') {
        set(stars, place);
      }
      set(isWildcard(c) ? wildcards : literals.computeIfAbsent(c, _ -> new long[words]), place);
    }
  }

  private static void set(long[] bits, int place) {
    bits[place >> 6] |= 1L << place;
  }

  public boolean matches(String name) {
    if (!hasWildcard) {
      return pattern.equals(name);
    }
    long[] reached = new long[words];
    set(reached, 0);
    passWildcards(reached);
    for (int i = 0; i < name.length(); i++) {
      if (!step(reached, name.charAt(i))) {
        return false;
      }
    }
    return (reached[words - 1] >>> pattern.length() & 1) != 0;
  }

  /// A character of the name takes a literal one step on and stays at a wildcard. False when no way
  /// is left.
  private boolean step(long[] reached, char c) {
    long[] literal = literals.getOrDefault(c, nowhere);
    long[] waiting = c == separator ? stars : wildcards;
    long carried = 0;
    long any = 0;
    for (int word = 0; word < words; word++) {
      long going = reached[word] & literal[word];
      reached[word] = (reached[word] & waiting[word]) | going << 1 | carried;
      carried = going >>> 63;
      any |= reached[word];
    }
    passWildcards(reached);
    return any != 0;
  }

  /// A wildcard may also stand for nothing. None follows another.
  private void passWildcards(long[] reached) {
    long carried = 0;
    for (int word = 0; word < words; word++) {
      long passed = reached[word] & wildcards[word];
      reached[word] |= passed << 1 | carried;
      carried = passed >>> 63;
    }
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
