package org.posthorn.mailets.gate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailets.match.Expression;
import org.posthorn.message.Domain;

/// A list of patterns for names and addresses: `ann@example.org` (that), `@example.org` (all of a
/// domain), `.example.org` (all below it), `info@*` (a star is anything), `/…/` (a regular
/// expression). In any case; domains as people write them or as the DNS does. A text of several
/// lines, such as that of a file, has one a line; what follows `#` is for people. `mayWait`: one of
/// them may take long to compute.
record Patterns(List<Predicate<String>> patterns, boolean mayWait) {
  /// Longer names are not looked at with regular expressions.
  private static final int LENGTH_MAX = 500;

  static Patterns of(String name, List<String> values) {
    List<Predicate<String>> patterns = new ArrayList<>();
    boolean mayWait = false;
    for (String line : lines(values)) {
      patterns.add(pattern(name, line));
      mayWait |= line.startsWith("/");
    }
    return new Patterns(List.copyOf(patterns), mayWait);
  }

  /// For addresses, and `<>` for the null sender. One that no address could fit is refused.
  static Patterns ofAddresses(String name, List<String> values) {
    for (String line : lines(values)) {
      if (!line.matches("[./].*|.*[@*].*|<>")) {
        throw new ParameterException(
            "parameter '%s' has the pattern %s, which fits no address: write @%s for all of a domain,"
                    .formatted(name, line, line)
                + " or %s@* for that name in any".formatted(line));
      }
    }
    return of(name, values);
  }

  /// What stands in the lines of the values.
  static List<String> lines(List<String> values) {
    return values.stream()
        .flatMap(String::lines)
        .map(line -> line.startsWith("/") ? line : line.replaceFirst("#.*", ""))
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .toList();
  }

  boolean isEmpty() {
    return patterns.isEmpty();
  }

  boolean match(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return lower.length() <= LENGTH_MAX && patterns.stream().anyMatch(one -> one.test(lower));
  }

  private static Predicate<String> pattern(String name, String line) {
    if (line.length() > 2 && line.startsWith("/") && line.endsWith("/")) {
      try {
        return new Expression(Pattern.compile(line.substring(1, line.length() - 1)))::isAll;
      } catch (PatternSyntaxException e) {
        throw new ParameterException(
            "parameter '%s' has the regular expression %s: %s"
                .formatted(name, line, e.getDescription()));
      }
    }
    String lower = withAsciiDomain(name, line.toLowerCase(Locale.ROOT));
    if (lower.startsWith("@") || lower.startsWith(".")) {
      return text -> text.endsWith(lower);
    }
    if (lower.indexOf('*') < 0) {
      return lower::equals;
    }
    String[] pieces = lower.split("\\*", -1);
    return text -> matchesPieces(text, pieces);
  }

  /// Domains are compared in the form of the DNS. The domain is what stands behind `@`; without
  /// one, and without a star at the end, the pattern ends with a domain.
  private static String withAsciiDomain(String name, String pattern) {
    int at = pattern.lastIndexOf('@');
    if (isAscii(pattern.substring(at + 1)) || (at < 0 && pattern.endsWith("*"))) {
      return pattern;
    }
    return pattern.substring(0, at + 1)
        + Stream.of(pattern.substring(at + 1).split("\\.", -1))
            .map(label -> isAscii(label) ? label : aLabel(name, pattern, label))
            .collect(Collectors.joining("."));
  }

  private static String aLabel(String name, String pattern, String label) {
    Optional<Domain> read = Domain.parse(label);
    if (read.isEmpty()) {
      String why =
          label.contains("*")
              ? "has a star beside letters that are not ASCII"
              : "is no part of a domain";
      throw new ParameterException(
          "parameter '%s' has the pattern %s: %s %s".formatted(name, pattern, label, why));
    }
    return read.get().ascii();
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 128);
  }

  /// First and last piece where they belong, the others between them in order.
  private static boolean matchesPieces(String text, String[] pieces) {
    String last = pieces[pieces.length - 1];
    if (!text.startsWith(pieces[0])) {
      return false;
    }
    int at = pieces[0].length();
    for (int i = 1; i < pieces.length - 1; i++) {
      int found = text.indexOf(pieces[i], at);
      if (found < 0) {
        return false;
      }
      at = found + pieces[i].length();
    }
    return text.length() - at >= last.length() && text.endsWith(last);
  }
}
