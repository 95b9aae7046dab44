package org.posthorn.mailets.expression;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Numbers as they stand in expressions and in header fields.
final class Numbers {
  private static final Pattern WRITTEN = Pattern.compile("(\\d{1,15}(?:\\.\\d{1,9})?)([A-Za-z]*)");
  private static final Pattern LEADING = Pattern.compile("\\s*([+-]?\\d{1,15}(?:\\.\\d{1,9})?)");

  private Numbers() {}

  /// `5`, `0.5`, `10MB`. Throws [Misread].
  static double written(Token token) {
    Matcher number = WRITTEN.matcher(token.text());
    if (!number.matches()) {
      throw new Misread(token.position(), token.shown() + " is no number such as 5, 0.5 or 10MB");
    }
    double factor =
        switch (number.group(2).toUpperCase(Locale.ROOT)) {
          case "", "B" -> 1;
          case "K", "KB" -> 1L << 10;
          case "M", "MB" -> 1L << 20;
          case "G", "GB" -> 1L << 30;
          default ->
              throw new Misread(
                  token.position(), "%s has no unit such as KB, MB or GB".formatted(token.shown()));
        };
    return Double.parseDouble(number.group(1)) * factor;
  }

  /// What stands first in `5.3 / 15.0`; `NaN` where there is no number.
  static double leading(String text) {
    Matcher number = LEADING.matcher(text);
    return number.lookingAt() ? Double.parseDouble(number.group(1)) : Double.NaN;
  }
}
