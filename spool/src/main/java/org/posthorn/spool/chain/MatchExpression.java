package org.posthorn.spool.chain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Written;

/// Reads what stands behind `match:`.
///
/// ```
/// either   = both *( "or" both )
/// both     = one *( "and" one )
/// one      = "not" one / "(" either ")" / matcher
/// matcher  = name [ "(" [ argument *( "," argument ) ] ")" ]
/// argument = [ parameter "=" ] ( text / quoted )
/// ```
///
/// A text ends at a comma or the closing parenthesis; in quotes it may have both, and `\"` and
/// `\\`. Used by one thread.
final class MatchExpression {
  private static final int DEPTH_MAX = 50;

  private final String text;
  private final BiFunction<String, Written, Matcher> matchers;
  private final Set<String> processors;
  private int position;
  private int depth;

  /// `matchers` makes a matcher of a name and its arguments.
  private MatchExpression(
      String text, BiFunction<String, Written, Matcher> matchers, Set<String> processors) {
    this.text = text;
    this.matchers = matchers;
    this.processors = processors;
  }

  /// Throws [ParameterException] with the column.
  static Matcher parse(
      String text, BiFunction<String, Written, Matcher> matchers, Set<String> processors) {
    var expression = new MatchExpression(text, matchers, processors);
    Matcher matcher = expression.either();
    if (expression.position < text.length()) {
      throw expression.wrong("'and', 'or' or the end");
    }
    return matcher;
  }

  private Matcher either() {
    List<Matcher> parts = new ArrayList<>(List.of(both()));
    while (acceptWord("or")) {
      parts.add(both());
    }
    return parts.size() == 1 ? parts.getFirst() : anyOf(parts);
  }

  private Matcher both() {
    List<Matcher> parts = new ArrayList<>(List.of(one()));
    while (acceptWord("and")) {
      parts.add(one());
    }
    return parts.size() == 1 ? parts.getFirst() : allOf(parts);
  }

  private Matcher one() {
    if (++depth > DEPTH_MAX) {
      throw wrong("less inside each other");
    }
    Matcher matcher;
    if (acceptWord("not")) {
      matcher = not(one());
    } else if (accept('(')) {
      matcher = either();
      expect(')', "')'");
    } else {
      matcher = matcher();
    }
    depth--;
    return matcher;
  }

  private Matcher matcher() {
    int start = position;
    String name = name();
    if (name.isEmpty() || Set.of("and", "or", "not").contains(name)) {
      position = start;
      throw wrong("the name of a matcher");
    }
    List<String> arguments = new ArrayList<>();
    Map<String, String> parameters = new LinkedHashMap<>();
    if (accept('(') && !accept(')')) {
      do {
        argument(arguments, parameters);
      } while (accept(','));
      expect(')', "',' or ')'");
    }
    try {
      return matchers.apply(name, new Written(parameters, arguments, processors));
    } catch (ParameterException e) {
      throw new ParameterException(
          "column %d of '%s': %s: %s".formatted(start + 1, text, name, e.getMessage()));
    }
  }

  private void argument(List<String> arguments, Map<String, String> parameters) {
    skipSpace();
    int start = position;
    String name = name();
    if (!name.isEmpty() && position < text.length() && text.charAt(position) == '=') {
      position++;
      parameters.put(name, value());
    } else {
      position = start;
      arguments.add(value());
    }
  }

  private String value() {
    skipSpace();
    if (position < text.length() && text.charAt(position) == '"') {
      return quoted();
    }
    int start = position;
    while (position < text.length()
        && text.charAt(position) != ','
        && text.charAt(position) != ')') {
      position++;
    }
    String value = text.substring(start, position).strip();
    if (value.isEmpty()) {
      throw wrong("an argument");
    }
    return value;
  }

  private String quoted() {
    var value = new StringBuilder();
    position++;
    while (position < text.length() && text.charAt(position) != '"') {
      if (text.charAt(position) == '\\' && position + 1 < text.length() && isEscapable()) {
        position++;
      }
      value.append(text.charAt(position++));
    }
    if (position >= text.length()) {
      throw wrong("'\"'");
    }
    position++;
    skipSpace();
    return value.toString();
  }

  /// A backslash before anything else stands for itself, as regular expressions need it.
  private boolean isEscapable() {
    return text.charAt(position + 1) == '"' || text.charAt(position + 1) == '\\';
  }

  private String name() {
    skipSpace();
    int start = position;
    while (position < text.length()
        && (Character.isLetterOrDigit(text.charAt(position))
            || text.charAt(position) == '-'
            || text.charAt(position) == '_')) {
      position++;
    }
    return text.substring(start, position);
  }

  private boolean acceptWord(String word) {
    int start = position;
    if (name().equals(word)) {
      return true;
    }
    position = start;
    return false;
  }

  private boolean accept(char c) {
    skipSpace();
    if (position < text.length() && text.charAt(position) == c) {
      position++;
      return true;
    }
    return false;
  }

  private void expect(char c, String what) {
    if (!accept(c)) {
      throw wrong(what);
    }
  }

  private void skipSpace() {
    while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
      position++;
    }
  }

  private ParameterException wrong(String expected) {
    skipSpace();
    return new ParameterException(
        "column %d of '%s': expected %s".formatted(position + 1, text, expected));
  }

  /// Chooses those whom all of them choose.
  static Matcher allOf(List<Matcher> parts) {
    return mail -> {
      List<Recipient> left = mail.recipients();
      for (Matcher part : parts) {
        if (left.isEmpty()) {
          return left;
        }
        left =
            part.match(left.size() == mail.recipients().size() ? mail : mail.withRecipients(left));
      }
      return left;
    };
  }

  private static Matcher anyOf(List<Matcher> parts) {
    return mail -> {
      Set<Recipient> matched = new LinkedHashSet<>();
      for (Matcher part : parts) {
        List<Recipient> left = without(mail, matched);
        if (!left.isEmpty()) {
          matched.addAll(part.match(mail.withRecipients(left)));
        }
      }
      return mail.recipients().stream().filter(matched::contains).toList();
    };
  }

  private static Matcher not(Matcher part) {
    return mail -> without(mail, new LinkedHashSet<>(part.match(mail)));
  }

  private static List<Recipient> without(Mail mail, Set<Recipient> those) {
    return mail.recipients().stream().filter(recipient -> !those.contains(recipient)).toList();
  }
}
