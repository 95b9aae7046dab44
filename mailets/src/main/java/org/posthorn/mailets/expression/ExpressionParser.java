package org.posthorn.mailets.expression;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.posthorn.mailets.match.Expression;
import org.posthorn.spool.chain.Spelling;

/// Reads an expression and sees that all of it fits together.
///
/// ```
/// either     = both *( ("||" / "or") both )
/// both       = one *( ("&&" / "and") one )
/// one        = ("!" / "not") one / comparison
/// comparison = sum [ operator sum ]
/// sum        = product *( ("+" / "-") product )
/// product    = thing *( ("*" / "/") thing )
/// thing      = number / text / name [ "(" [ sum *( "," sum ) ] ")" ]
///            / "[" sum *( "," sum ) "]" / "(" either ")" / "-" thing
/// ```
///
/// Used by one thread.
final class ExpressionParser {
  private static final int LENGTH_MAX = 4_000;
  private static final int DEPTH_MAX = 100;

  private final Vocabulary vocabulary;
  private final List<Token> tokens;
  private int next;
  private int depth;
  private boolean asksForRecipients;

  /// What was read. `asksForRecipients`: the answer may be another one for each recipient.
  record Read(Term.Truth truth, boolean asksForRecipients) {}

  private ExpressionParser(List<Token> tokens, Vocabulary vocabulary) {
    this.tokens = tokens;
    this.vocabulary = vocabulary;
  }

  /// Throws [Misread].
  static Read read(String text, Vocabulary vocabulary) {
    if (text.length() > LENGTH_MAX) {
      throw new Misread(LENGTH_MAX, "an expression has at most " + LENGTH_MAX + " characters");
    }
    var parser = new ExpressionParser(Lexer.read(text), vocabulary);
    Token start = parser.token();
    Term term = parser.either();
    if (parser.token().kind() != Token.Kind.END) {
      throw expected(parser.token(), "an operator such as == or &&, or the end");
    }
    return new Read(truth(term, start), parser.asksForRecipients);
  }

  private Term either() {
    Token start = token();
    Term first = both();
    while (accept("||") || accept("or")) {
      Predicate<Scene> one = truth(first, start).of();
      Predicate<Scene> other = truth(token(), this::both).of();
      first = new Term.Truth(one.or(other));
    }
    return first;
  }

  private Term both() {
    Token start = token();
    Term first = one();
    while (accept("&&") || accept("and")) {
      Predicate<Scene> one = truth(first, start).of();
      Predicate<Scene> other = truth(token(), this::one).of();
      first = new Term.Truth(one.and(other));
    }
    return first;
  }

  private Term one() {
    deeper();
    Term term =
        accept("!") || accept("not") ? Operators.not(truth(token(), this::one)) : comparison();
    depth--;
    return term;
  }

  private void deeper() {
    if (++depth > DEPTH_MAX) {
      throw new Misread(token().position(), "too much stands inside each other");
    }
  }

  private Term comparison() {
    Term left = sum();
    Token sign = token();
    if (!Operators.COMPARING.contains(sign.text()) || sign.kind() == Token.Kind.TEXT) {
      return left;
    }
    next++;
    return sign.is("matches") ? matches(sign, left) : Operators.compare(sign, left, sum());
  }

  private Term matches(Token sign, Term left) {
    Token pattern = token();
    if (pattern.kind() != Token.Kind.TEXT) {
      throw expected(pattern, "a regular expression in quotes");
    }
    next++;
    Expression expression = regular(pattern);
    return switch (left) {
      case Term.Text(var text) ->
          new Term.Truth(scene -> scene.isIn(expression, text.apply(scene)));
      case Term.Texts(var texts) ->
          new Term.Truth(
              scene -> texts.apply(scene).stream().anyMatch(text -> scene.isIn(expression, text)));
      case Term.Amount _, Term.Truth _ ->
          throw new Misread(sign.position(), "'matches' looks into texts, not " + left.kind());
    };
  }

  private static Expression regular(Token pattern) {
    try {
      return new Expression(Pattern.compile(pattern.text()));
    } catch (PatternSyntaxException e) {
      throw new Misread(
          pattern.position() + 1 + Math.max(0, e.getIndex()),
          "this is no regular expression: " + e.getDescription());
    }
  }

  private Term sum() {
    Term first = product();
    while (token().is("+") || token().is("-")) {
      Token sign = take();
      first = Operators.calculate(sign, first, product());
    }
    return first;
  }

  private Term product() {
    Term first = thing();
    while (token().is("*") || token().is("/")) {
      Token sign = take();
      first = Operators.calculate(sign, first, thing());
    }
    return first;
  }

  private Term thing() {
    deeper();
    Token token = take();
    Term term =
        switch (token.kind()) {
          case NUMBER -> {
            double number = Numbers.written(token);
            yield new Term.Amount(_ -> number);
          }
          case TEXT -> {
            String text = token.text();
            yield new Term.Text(_ -> text);
          }
          case NAME -> named(token);
          case SIGN -> signed(token);
          case END -> throw expected(token, "a name, a number or a text");
        };
    depth--;
    return term;
  }

  private Term signed(Token sign) {
    return switch (sign.text()) {
      case "(" -> {
        Term inside = either();
        expect(")");
        yield inside;
      }
      case "[" -> several(sign, list("]"));
      case "-" ->
          Operators.calculate(
              new Token(Token.Kind.SIGN, "-", sign.position()), new Term.Amount(_ -> 0), thing());
      default -> throw expected(sign, "a name, a number or a text");
    };
  }

  private static Term several(Token sign, List<Arguments.Argument> items) {
    var arguments = new Arguments("the list", sign.position(), items);
    List<Function<Scene, String>> texts = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      texts.add(arguments.text(i).of());
    }
    return new Term.Texts(scene -> texts.stream().map(text -> text.apply(scene)).toList());
  }

  private Term named(Token name) {
    if (accept("(")) {
      Function<Arguments, Term> function = vocabulary.functions().get(name.text());
      if (function == null) {
        throw unknown(name, "function", vocabulary.functions().keySet());
      }
      return function.apply(new Arguments(name.text(), name.position(), list(")")));
    }
    Term term = vocabulary.names().get(name.text());
    if (term == null) {
      throw vocabulary.functions().containsKey(name.text())
          ? new Misread(name.position(), name.text() + " needs arguments in parentheses")
          : unknown(name, "name", vocabulary.names().keySet());
    }
    asksForRecipients |= name.text().split("\\.", 2)[0].equals(Vocabulary.RECIPIENT);
    return term;
  }

  private List<Arguments.Argument> list(String end) {
    List<Arguments.Argument> items = new ArrayList<>();
    if (accept(end)) {
      return items;
    }
    do {
      Token start = token();
      int before = next;
      Term term = sum();
      boolean isText = start.kind() == Token.Kind.TEXT && next == before + 1;
      items.add(new Arguments.Argument(term, start, isText));
    } while (accept(","));
    expect(end);
    return items;
  }

  private static Term.Truth truth(Token start, Supplier<Term> reading) {
    return truth(reading.get(), start);
  }

  private static Term.Truth truth(Term term, Token start) {
    if (term instanceof Term.Truth truth) {
      return truth;
    }
    throw new Misread(
        start.position(), "this is %s, but should be true or false".formatted(term.kind()));
  }

  private Token token() {
    return tokens.get(next);
  }

  private Token take() {
    Token token = token();
    if (token.kind() != Token.Kind.END) {
      next++;
    }
    return token;
  }

  private boolean accept(String sign) {
    if (token().is(sign)) {
      next++;
      return true;
    }
    return false;
  }

  private void expect(String sign) {
    if (!accept(sign)) {
      throw expected(token(), "'" + sign + "'");
    }
  }

  private static Misread expected(Token found, String what) {
    return new Misread(found.position(), "expected %s, not %s".formatted(what, found.shown()));
  }

  private static Misread unknown(Token name, String what, Collection<String> known) {
    Optional<String> near = Spelling.nearest(name.text(), known);
    return new Misread(
        name.position(),
        "there is no %s %s; %s"
            .formatted(
                what,
                name.text(),
                near.map(one -> "did you mean " + one + "?")
                    .orElseGet(() -> "there are " + String.join(", ", known))));
  }
}
