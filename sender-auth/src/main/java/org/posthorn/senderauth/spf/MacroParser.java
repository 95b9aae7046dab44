package org.posthorn.senderauth.spf;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.senderauth.spf.MacroString.Piece;

/// Reads texts with macros (RFC 7208 §7.1).
final class MacroParser {
  private static final String LETTERS = "slodiphv";

  /// These three stand in explanations only.
  private static final String LETTERS_OF_EXPLANATIONS = LETTERS + "crt";

  private static final String DELIMITERS = ".-+,/_=";

  /// No value has more parts.
  private static final int PARTS_MAX = 999;

  private final String text;
  private final String term;
  private final boolean explaining;
  private final List<Piece> pieces = new ArrayList<>();
  private final StringBuilder literal = new StringBuilder();
  private int at;

  private MacroParser(String text, String term, boolean explaining) {
    this.text = text;
    this.term = term;
    this.explaining = explaining;
  }

  static MacroString macroString(String text, String term) throws SpfSyntax {
    return new MacroParser(text, term, /* explaining= */ false).pieces();
  }

  /// An explanation: with spaces, and with three letters more.
  static MacroString explainString(String text) throws SpfSyntax {
    return new MacroParser(text, "explanation", /* explaining= */ true).pieces();
  }

  /// A name, which ends in a macro or in a label that can stand at the top.
  static MacroString domainSpec(String text, String term) throws SpfSyntax {
    MacroString read = macroString(text, term);
    if (read.pieces().isEmpty()) {
      throw new SpfSyntax("'" + SpfText.shown(term) + "' lacks a domain");
    }
    // Such as "%%" are literals when they are read, and no end for a name either.
    if (read.pieces().getLast() instanceof Piece.Literal) {
      String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
      int dot = name.lastIndexOf('.');
      if (dot < 0 || !isTopLabel(name.substring(dot + 1))) {
        throw new SpfSyntax("'" + SpfText.shown(term) + "' has a domain that cannot be");
      }
    }
    return read;
  }

  /// Letters, digits and hyphens, none of these at an end, and not digits alone (RFC 7208 §12). In
  /// one pass: whoever writes a record says how long a label is.
  private static boolean isTopLabel(String label) {
    boolean isNumber = true;
    for (int i = 0; i < label.length(); i++) {
      char c = label.charAt(i);
      boolean isDigit = c >= '0' && c <= '9';
      boolean isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      boolean isHyphen = c == '-' && i > 0 && i < label.length() - 1;
      if (!isDigit && !isLetter && !isHyphen) {
        return false;
      }
      isNumber &= isDigit;
    }
    return !isNumber;
  }

  private MacroString pieces() throws SpfSyntax {
    while (at < text.length()) {
      char next = text.charAt(at++);
      if (next == '%') {
        macroExpand();
      } else if ((next > ' ' && next <= '~') || (next == ' ' && explaining)) {
        literal.append(next);
      } else {
        throw new SpfSyntax("'" + SpfText.shown(term) + "' has a character that cannot be there");
      }
    }
    literalEnds();
    return new MacroString(pieces);
  }

  private void macroExpand() throws SpfSyntax {
    switch (at < text.length() ? text.charAt(at++) : '\0') {
      case '%' -> literal.append('%');
      case '_' -> literal.append(' ');
      case '-' -> literal.append("%20");
      case '{' -> {
        literalEnds();
        macro();
      }
      default -> throw wrong();
    }
  }

  private void macro() throws SpfSyntax {
    char letter = next();
    char lower = Character.toLowerCase(letter);
    if ((explaining ? LETTERS_OF_EXPLANATIONS : LETTERS).indexOf(lower) < 0) {
      throw wrong();
    }
    int kept = digits();
    boolean reversed = at < text.length() && Character.toLowerCase(text.charAt(at)) == 'r';
    if (reversed) {
      at++;
    }
    StringBuilder delimiters = new StringBuilder();
    for (char next = next(); next != '}'; next = next()) {
      if (DELIMITERS.indexOf(next) < 0) {
        throw wrong();
      }
      delimiters.append(next);
    }
    pieces.add(
        new Piece.Macro(
            lower,
            kept,
            reversed,
            delimiters.isEmpty() ? "." : delimiters.toString(),
            letter != lower));
  }

  private int digits() throws SpfSyntax {
    int from = at;
    int number = 0;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      number = Math.min(PARTS_MAX, number * 10 + text.charAt(at++) - '0');
    }
    if (at > from && number == 0) {
      throw wrong();
    }
    return at == from ? PARTS_MAX : number;
  }

  private char next() throws SpfSyntax {
    if (at == text.length()) {
      throw wrong();
    }
    return text.charAt(at++);
  }

  private void literalEnds() {
    if (!literal.isEmpty()) {
      pieces.add(new Piece.Literal(literal.toString()));
      literal.setLength(0);
    }
  }

  private SpfSyntax wrong() {
    return new SpfSyntax("'" + SpfText.shown(term) + "' has a macro that cannot be");
  }
}
