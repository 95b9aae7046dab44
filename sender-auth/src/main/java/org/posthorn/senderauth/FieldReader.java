package org.posthorn.senderauth;

/// The words of structured header fields (RFC 5322 §3.2): white space and comments, quoted strings,
/// runs of other characters. One pass over strangers' text, no backtracking, comments as deep as
/// they like. Used by one thread.
public final class FieldReader {
  private final String text;
  private int at;

  public FieldReader(String text) {
    this.text = text;
  }

  /// The value is not what its grammar says.
  public static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    public Malformed() {
      super("malformed", null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    }
  }

  /// Which characters make a word.
  public interface Kind {
    boolean has(char c);
  }

  public boolean isAtEnd() {
    return at == text.length();
  }

  /// Whether this character comes next.
  public boolean isAt(char wanted) {
    return at < text.length() && text.charAt(at) == wanted;
  }

  /// Whether a character of this kind comes next.
  public boolean isAt(Kind kind) {
    return at < text.length() && kind.has(text.charAt(at));
  }

  /// Takes it if it comes next.
  public boolean accept(char wanted) {
    if (isAt(wanted)) {
      at++;
      return true;
    }
    return false;
  }

  public void expect(char wanted) throws Malformed {
    if (!accept(wanted)) {
      throw new Malformed();
    }
  }

  /// All characters of a kind that come next, none or more.
  public String run(Kind kind) {
    int from = at;
    while (isAt(kind)) {
      at++;
    }
    return text.substring(from, at);
  }

  /// One or more characters of a kind.
  public String word(Kind kind) throws Malformed {
    String word = run(kind);
    if (word.isEmpty()) {
      throw new Malformed();
    }
    return word;
  }

  /// What stands in the quotes that begin here.
  public String quoted() throws Malformed {
    expect('"');
    StringBuilder content = new StringBuilder();
    while (!isAtEnd()) {
      char next = text.charAt(at++);
      if (next == '"') {
        return content.toString();
      }
      if (next == '\\' && !isAtEnd()) {
        next = text.charAt(at++);
      }
      content.append(next);
    }
    throw new Malformed();
  }

  /// Passes over white space and comments, which may contain comments.
  public void comments() throws Malformed {
    int depth = 0;
    while (!isAtEnd()) {
      char next = text.charAt(at);
      if (next == '(') {
        depth++;
      } else if (next == ')' && depth > 0) {
        depth--;
      } else if (next == '\\' && depth > 0) {
        at = Math.min(at + 1, text.length() - 1);
      } else if (depth == 0 && " \t\r\n".indexOf(next) < 0) {
        return;
      }
      at++;
    }
    if (depth > 0) {
      throw new Malformed();
    }
  }
}
