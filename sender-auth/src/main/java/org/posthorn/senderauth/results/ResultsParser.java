package org.posthorn.senderauth.results;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Reads the value of an Authentication-Results field (RFC 8601 §2.2), recursive descent over
/// strangers' text: one pass, no backtracking, comments as deep as they like. Used by one thread.
final class ResultsParser {
  private static final int RESULTS_MAX = 100;
  private static final int PROPERTIES_MAX = 30;
  private static final int VALUE_MAX_CHARS = 32_000;
  private static final String VERSION = "1";

  private final String text;
  private int at;

  ResultsParser(String text) {
    this.text = text.length() > VALUE_MAX_CHARS ? text.substring(0, VALUE_MAX_CHARS) : text;
  }

  /// The value is not what the grammar says.
  private static final class NotOne extends Exception {
    private static final long serialVersionUID = 1L;

    NotOne() {
      super("not a result", null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    }
  }

  /// By whom it is; of what follows nothing is asked.
  Optional<String> authservId() {
    try {
      comments();
      String id = at < text.length() && text.charAt(at) == '"' ? quotedString() : loose();
      return id.isBlank() ? Optional.empty() : Optional.of(id);
    } catch (NotOne _) {
      return Optional.empty();
    }
  }

  /// Up to what ends a word for anybody.
  private String loose() {
    int from = at;
    while (at < text.length() && " \t\r\n;(".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return text.substring(from, at);
  }

  Optional<AuthenticationResults> whole() {
    try {
      comments();
      String id = value();
      comments();
      if (at < text.length() && text.charAt(at) != ';' && !value().equals(VERSION)) {
        return Optional.empty();
      }
      List<MethodResult> results = new ArrayList<>();
      for (comments(); at < text.length(); comments()) {
        expect(';');
        comments();
        if (at == text.length()) {
          break;
        }
        resinfo(results);
      }
      return Optional.of(new AuthenticationResults(id, results));
    } catch (NotOne _) {
      return Optional.empty();
    }
  }

  private void resinfo(List<MethodResult> results) throws NotOne {
    String method = keyword();
    comments();
    if (method.equals("none") && (at == text.length() || text.charAt(at) == ';')) {
      return;
    }
    if (accept('/')) {
      comments();
      keyword();
      comments();
    }
    expect('=');
    comments();
    MethodResult result = MethodResult.of(method, keyword(), "");
    for (comments(); at < text.length() && text.charAt(at) != ';'; comments()) {
      result = propspec(result);
    }
    if (results.size() == RESULTS_MAX) {
      throw new NotOne();
    }
    results.add(result);
  }

  /// `reason=…` or `header.d=…`.
  private MethodResult propspec(MethodResult result) throws NotOne {
    String type = keyword();
    comments();
    if (type.equals("reason") && accept('=')) {
      comments();
      return new MethodResult(result.method(), result.result(), value(), result.properties());
    }
    expect('.');
    comments();
    String name = keyword();
    comments();
    expect('=');
    comments();
    if (result.properties().size() == PROPERTIES_MAX) {
      throw new NotOne();
    }
    return result.with(type, name, pvalue());
  }

  /// A value, or an address, whose local part may be quoted.
  private String pvalue() throws NotOne {
    String value = at < text.length() && text.charAt(at) == '@' ? "" : value();
    if (!accept('@')) {
      return value;
    }
    return value + "@" + value();
  }

  private String keyword() throws NotOne {
    return token().toLowerCase(Locale.ROOT);
  }

  private String value() throws NotOne {
    return at < text.length() && text.charAt(at) == '"' ? quotedString() : pvalueToken();
  }

  /// A token of RFC 2045, and the marks that many write without quotes: `:` and `/` of addresses.
  private String pvalueToken() throws NotOne {
    int from = at;
    while (at < text.length() && " \t\r\n;()\"@".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    if (at == from) {
      throw new NotOne();
    }
    return text.substring(from, at);
  }

  private String token() throws NotOne {
    int from = at;
    while (at < text.length() && isKeyword(text.charAt(at))) {
      at++;
    }
    if (at == from) {
      throw new NotOne();
    }
    return text.substring(from, at);
  }

  private static boolean isKeyword(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  private String quotedString() throws NotOne {
    expect('"');
    StringBuilder content = new StringBuilder();
    while (at < text.length()) {
      char next = text.charAt(at++);
      if (next == '"') {
        return content.toString();
      }
      if (next == '\\' && at < text.length()) {
        next = text.charAt(at++);
      }
      content.append(next);
    }
    throw new NotOne();
  }

  /// White space and comments, which may contain comments.
  private void comments() throws NotOne {
    int depth = 0;
    while (at < text.length()) {
      char next = text.charAt(at);
      if (next == '(') {
        depth++;
      } else if (next == ')' && depth > 0) {
        depth--;
      } else if (next == '\\' && depth > 0) {
        at++;
      } else if (depth == 0 && " \t\r\n".indexOf(next) < 0) {
        return;
      }
      at++;
    }
    at = Math.min(at, text.length());
    if (depth > 0) {
      throw new NotOne();
    }
  }

  private boolean accept(char wanted) {
    if (at < text.length() && text.charAt(at) == wanted) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char wanted) throws NotOne {
    if (!accept(wanted)) {
      throw new NotOne();
    }
  }
}
