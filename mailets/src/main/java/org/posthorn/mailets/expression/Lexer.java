package org.posthorn.mailets.expression;

import java.util.ArrayList;
import java.util.List;

/// Cuts an expression into words. A text stands in single or double quotes, and a quote in it is
/// written twice; a backslash is nothing special, so regular expressions stand as they are. Used by
/// one thread.
final class Lexer {
  private static final List<String> SIGNS =
      List.of(
          "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ",", "+", "-", "*",
          "/");

  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int position;

  private Lexer(String text) {
    this.text = text;
  }

  /// Ends with [Token.Kind#END]. Throws [Misread].
  static List<Token> read(String text) {
    var lexer = new Lexer(text);
    while (lexer.position < text.length()) {
      lexer.next();
    }
    lexer.tokens.add(new Token(Token.Kind.END, "", text.stripTrailing().length()));
    return lexer.tokens;
  }

  private void next() {
    char c = text.charAt(position);
    if (Character.isWhitespace(c)) {
      position++;
    } else if (c == '\'' || c == '"') {
      quoted(c);
    } else if (isDigit(c)) {
      take(Token.Kind.NUMBER);
    } else if (isLetter(c)) {
      take(Token.Kind.NAME);
    } else {
      sign();
    }
  }

  private void quoted(char quote) {
    int start = position++;
    var content = new StringBuilder();
    while (position < text.length()) {
      char c = text.charAt(position++);
      if (c != quote) {
        content.append(c);
      } else if (position < text.length() && text.charAt(position) == quote) {
        content.append(quote);
        position++;
      } else {
        tokens.add(new Token(Token.Kind.TEXT, content.toString(), start));
        return;
      }
    }
    throw new Misread(start, "this text has no closing " + quote);
  }

  /// A name may have dots in it, a number a fraction and a unit.
  private void take(Token.Kind kind) {
    int start = position;
    while (position < text.length() && isInside(text.charAt(position))) {
      position++;
    }
    tokens.add(new Token(kind, text.substring(start, position), start));
  }

  private void sign() {
    for (String sign : SIGNS) {
      if (text.startsWith(sign, position)) {
        tokens.add(new Token(Token.Kind.SIGN, sign, position));
        position += sign.length();
        return;
      }
    }
    char c = text.charAt(position);
    throw new Misread(
        position,
        switch (c) {
          case '=' -> "'=' compares nothing: write '=='";
          case '&' -> "'&' is written twice";
          case '|' -> "'|' is written twice";
          default -> "'" + c + "' has no meaning here";
        });
  }

  private static boolean isInside(char c) {
    return isLetter(c) || isDigit(c) || c == '.';
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
