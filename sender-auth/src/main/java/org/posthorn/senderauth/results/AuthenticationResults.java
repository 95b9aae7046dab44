package org.posthorn.senderauth.results;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/// One header field Authentication-Results (RFC 8601): who checked, and what was found.
public record AuthenticationResults(String authservId, List<MethodResult> results) {
  public static final String NAME = "Authentication-Results";

  /// With its escapes: of a longer word the line of the header would be too long, so that it would
  /// be written in an encoding that nobody expects here, and no result could be read.
  private static final int VALUE_MAX_CHARS = 255;

  private static final int REASON_MAX_CHARS = 160;
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`{|}~";

  public AuthenticationResults {
    results = List.copyOf(results);
  }

  /// The value of the field, not folded. Printable ASCII whatever was found: what strangers wrote
  /// is put in quotes and can end neither its value nor the line.
  public String value() {
    StringBuilder value = new StringBuilder(writtenId(authservId));
    for (MethodResult result : results) {
      value.append("; ").append(result.method()).append('=').append(result.result());
      if (!result.reason().isEmpty()) {
        value.append(" reason=").append(quoted(result.reason(), REASON_MAX_CHARS));
      }
      for (MethodResult.Property property : result.properties()) {
        value.append(' ').append(property.type()).append('.').append(property.name());
        value.append('=').append(written(property.value()));
      }
    }
    return results.isEmpty() ? value.append("; none").toString() : value.toString();
  }

  /// Reads a field's value; empty where it is not one.
  public static Optional<AuthenticationResults> parse(String value) {
    return new ResultsParser(value).whole();
  }

  /// Whether a field's value claims to be by `authservId`, however it writes that: in another case,
  /// with comments, in quotes, with a dot at its end. What does not say by whom it is, or cannot be
  /// read that far, is nobody's, and as such counts as a claim.
  public static boolean claims(String value, String authservId) {
    return claims(value, normal(authservId)::equals);
  }

  /// As before, by one of those; they are asked in lower case, without a dot at the end.
  public static boolean claims(String value, Predicate<String> authservIds) {
    return new ResultsParser(value)
        .authservId()
        .map(claimed -> authservIds.test(normal(claimed)))
        .orElse(true);
  }

  /// Whether two names are one, in whatever case.
  public static boolean isSame(String one, String other) {
    return normal(one).equals(normal(other));
  }

  private static String normal(String authservId) {
    String lower = authservId.toLowerCase(Locale.ROOT).strip();
    while (lower.endsWith(".")) {
      lower = lower.substring(0, lower.length() - 1);
    }
    return lower;
  }

  /// Unlike what was found it is never an address: an at sign has to be in quotes.
  private static String writtenId(String authservId) {
    String printable = printable(authservId, VALUE_MAX_CHARS);
    return isToken(printable) ? printable : quoted(authservId, VALUE_MAX_CHARS);
  }

  private static String written(String value) {
    String printable = printable(value, VALUE_MAX_CHARS);
    int at = printable.indexOf('@');
    boolean plain =
        at >= 0
            ? isAtom(printable.substring(0, at)) && isToken(printable.substring(at + 1))
            : isToken(printable);
    return plain ? printable : quoted(value, VALUE_MAX_CHARS);
  }

  private static boolean isAtom(String text) {
    return text.isEmpty() || (isToken(text) && !text.startsWith(".") && !text.endsWith("."));
  }

  private static boolean isToken(String text) {
    return !text.isEmpty()
        && text.chars()
            .allMatch(c ->
                (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || TOKEN_MARKS.indexOf(c) >= 0);
  }

  /// Up to `max` characters between the quotes.
  private static String quoted(String text, int max) {
    var quoted = new StringBuilder();
    String printable = printable(text, max);
    for (int at = 0; at < printable.length(); at++) {
      char one = printable.charAt(at);
      String written = one == '"' || one == '\\' ? "\\" + one : String.valueOf(one);
      if (quoted.length() + written.length() > max) {
        break;
      }
      quoted.append(written);
    }
    return "\"" + quoted + '"';
  }

  private static String printable(String text, int max) {
    StringBuilder printable = new StringBuilder();
    for (int at = 0; at < Math.min(text.length(), max); at++) {
      char one = text.charAt(at);
      printable.append(one >= ' ' && one <= '~' ? one : '?');
    }
    return printable.toString();
  }
}
