package org.posthorn.mailets.expression;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.DoubleBinaryOperator;
import java.util.function.Predicate;

/// What stands between two terms. Texts are compared in any case.
final class Operators {
  /// Those that make true or false of two terms.
  static final Set<String> COMPARING =
      Set.of(
          "==",
          "!=",
          "<",
          "<=",
          ">",
          ">=",
          "in",
          "contains",
          "matches",
          "starts_with",
          "ends_with");

  private Operators() {}

  /// Throws [Misread] at the operator where the two cannot be compared so.
  static Term.Truth compare(Token sign, Term left, Term right) {
    return (switch (sign.text()) {
          case "==" -> equal(left, right);
          case "!=" -> equal(left, right).map(Operators::not);
          case "in" -> among(left, right);
          case "contains" -> contains(left, right);
          case "starts_with" -> texts(left, right, Operators::startsWith);
          case "ends_with" -> texts(left, right, Operators::endsWith);
          default -> ordered(sign.text(), left, right);
        })
        .orElseThrow(() -> unfit(sign, left, right));
  }

  static Term.Truth not(Term.Truth term) {
    return new Term.Truth(term.of().negate());
  }

  static Term.Amount calculate(Token sign, Term left, Term right) {
    if (!(left instanceof Term.Amount(var one) && right instanceof Term.Amount(var other))) {
      throw unfit(sign, left, right);
    }
    DoubleBinaryOperator operator =
        switch (sign.text()) {
          case "+" -> (a, b) -> a + b;
          case "-" -> (a, b) -> a - b;
          case "*" -> (a, b) -> a * b;
          default -> (a, b) -> a / b;
        };
    return new Term.Amount(
        scene -> operator.applyAsDouble(one.applyAsDouble(scene), other.applyAsDouble(scene)));
  }

  private static Optional<Term.Truth> equal(Term left, Term right) {
    if (left instanceof Term.Amount(var one) && right instanceof Term.Amount(var other)) {
      return truth(scene -> one.applyAsDouble(scene) == other.applyAsDouble(scene));
    } else if (left instanceof Term.Text(var one) && right instanceof Term.Text(var other)) {
      return truth(scene -> one.apply(scene).equalsIgnoreCase(other.apply(scene)));
    } else if (left instanceof Term.Truth(var one) && right instanceof Term.Truth(var other)) {
      return truth(scene -> one.test(scene) == other.test(scene));
    }
    return Optional.empty();
  }

  private static Optional<Term.Truth> ordered(String sign, Term left, Term right) {
    if (!(left instanceof Term.Amount(var one) && right instanceof Term.Amount(var other))) {
      return Optional.empty();
    }
    return truth(scene -> {
      double a = one.applyAsDouble(scene);
      double b = other.applyAsDouble(scene);
      return switch (sign) {
        case "<" -> a < b;
        case "<=" -> a <= b;
        case ">" -> a > b;
        default -> a >= b;
      };
    });
  }

  private static Optional<Term.Truth> among(Term text, Term texts) {
    if (text instanceof Term.Text(var one) && texts instanceof Term.Texts(var many)) {
      return truth(scene -> any(scene, many.apply(scene), one.apply(scene)::equalsIgnoreCase));
    }
    return Optional.empty();
  }

  /// Of one text a piece, of several texts a whole one.
  private static Optional<Term.Truth> contains(Term left, Term right) {
    if (left instanceof Term.Text(var text) && right instanceof Term.Text(var piece)) {
      return truth(scene -> lower(text.apply(scene)).contains(lower(piece.apply(scene))));
    }
    return among(right, left);
  }

  private static Optional<Term.Truth> texts(
      Term left, Term right, BiPredicate<String, String> test) {
    if (!(right instanceof Term.Text(var piece))) {
      return Optional.empty();
    }
    return switch (left) {
      case Term.Text(var text) -> truth(scene -> test.test(text.apply(scene), piece.apply(scene)));
      case Term.Texts(var many) ->
          truth(scene -> {
            String end = piece.apply(scene);
            return any(scene, many.apply(scene), text -> test.test(text, end));
          });
      case Term.Amount _, Term.Truth _ -> Optional.empty();
    };
  }

  static boolean any(Scene scene, List<String> texts, Predicate<String> test) {
    for (String text : texts) {
      scene.step();
      if (test.test(text)) {
        return true;
      }
    }
    return false;
  }

  private static boolean startsWith(String text, String start) {
    return text.regionMatches(true, 0, start, 0, start.length());
  }

  private static boolean endsWith(String text, String end) {
    return text.regionMatches(true, text.length() - end.length(), end, 0, end.length());
  }

  private static Optional<Term.Truth> truth(Predicate<Scene> test) {
    return Optional.of(new Term.Truth(test));
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private static Misread unfit(Token sign, Term left, Term right) {
    return new Misread(
        sign.position(),
        "%s stands between %s and %s, and that makes no sense"
            .formatted(sign.shown(), left.kind(), right.kind()));
  }
}
