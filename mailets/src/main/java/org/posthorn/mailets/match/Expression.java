package org.posthorn.mailets.match;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A regular expression of the operator's that is looked for in texts of strangers, in any case.
///
/// Some expressions take time that grows without bounds with the text, and strangers choose the
/// text. So a long text is looked at to [#LENGTH_MAX] characters, and after [#STEPS_MAX] looks at
/// one of them the search is given up with an exception: the step fails and the mail waits, which
/// is safer than to guess an answer. That is after a fraction of a second.
public record Expression(Pattern pattern) {
  static final int LENGTH_MAX = 2_000;
  private static final int STEPS_MAX = 20_000_000;
  private static final int OVERLAP = 200;
  private static final int TEXTS_STEPS_MAX = 200_000_000;

  public Expression {
    pattern =
        Pattern.compile(
            pattern.pattern(), pattern.flags() | Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
  }

  /// Throws `IllegalStateException` when it takes too long.
  public boolean isIn(String text) {
    return new Search(STEPS_MAX).isIn(text);
  }

  /// Whether all of the text fits. Throws `IllegalStateException` when it takes too long.
  public boolean isAll(String text) {
    return new Search(STEPS_MAX).isAll(text);
  }

  /// For a mail with many texts, which share what it may take.
  public Search search() {
    return new Search(TEXTS_STEPS_MAX);
  }

  private IllegalStateException tooLong() {
    return new IllegalStateException(
        "The regular expression %s takes too long; use fewer '*' and '+'".formatted(pattern));
  }

  /// Counts the looks. Used by one thread.
  public final class Search {
    private final int stepsMax;
    private int steps;

    private Search(int stepsMax) {
      this.stepsMax = stepsMax;
    }

    /// Throws `IllegalStateException` when it takes too long.
    public boolean isIn(String text) {
      try {
        return matcher(text.substring(0, Math.min(text.length(), LENGTH_MAX))).find();
      } catch (StackOverflowError _) {
        throw tooLong();
      }
    }

    private boolean isAll(String text) {
      try {
        return matcher(text).matches();
      } catch (StackOverflowError _) {
        throw tooLong();
      }
    }

    private Matcher matcher(String text) {
      return pattern.matcher(new Metered(this, text));
    }

    /// In a line of any length, which is looked at in pieces that overlap. Throws
    /// `IllegalStateException` when it takes too long.
    public boolean isInLine(String line) {
      int from = 0;
      while (line.length() - from > LENGTH_MAX) {
        if (isIn(line.substring(from, from + LENGTH_MAX))) {
          return true;
        }
        from += LENGTH_MAX - OVERLAP;
      }
      return isIn(line.substring(from));
    }

    /// The text with `other` in the place of what fits, all of it whatever its length; `$1` in it
    /// is what fits the first parentheses.
    public String replaced(String text, String other) {
      try {
        return matcher(text).replaceAll(other);
      } catch (StackOverflowError _) {
        throw tooLong();
      }
    }

    private void step() {
      if (++steps > stepsMax) {
        throw tooLong();
      }
    }
  }

  private record Metered(Search search, String text) implements CharSequence {
    @Override
    public char charAt(int index) {
      search.step();
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
