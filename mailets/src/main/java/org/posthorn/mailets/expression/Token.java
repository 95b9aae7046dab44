package org.posthorn.mailets.expression;

/// A word of an expression. `text` is what it says, without the quotes of a text and with the unit
/// of a number; `position` counts from 0.
record Token(Kind kind, String text, int position) {
  enum Kind {
    NAME,
    NUMBER,
    TEXT,
    SIGN,
    END
  }

  /// Whether it is this sign, or this word in the place of one.
  boolean is(String sign) {
    return (kind == Kind.SIGN || kind == Kind.NAME) && text.equals(sign);
  }

  /// As messages call it.
  String shown() {
    return switch (kind) {
      case END -> "the end";
      case TEXT -> "the text '" + text + "'";
      case NAME, NUMBER, SIGN -> "'" + text + "'";
    };
  }
}
