package org.posthorn.senderauth.results;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.senderauth.FieldReader;
import org.posthorn.senderauth.FieldReader.Malformed;

/// Reads the value of an Authentication-Results field (RFC 8601 §2.2). Used by one thread.
final class ResultsParser {
  private static final int RESULTS_MAX = 100;
  private static final int PROPERTIES_MAX = 30;
  private static final int VALUE_MAX_CHARS = 32_000;
  private static final String VERSION = "1";

  private final FieldReader in;

  ResultsParser(String text) {
    this.in = new FieldReader(text.substring(0, Math.min(VALUE_MAX_CHARS, text.length())));
  }

  /// By whom it is; of what follows nothing is asked.
  Optional<String> authservId() {
    try {
      in.comments();
      // Up to what ends a word for anybody.
      String id = in.isAt('"') ? in.quoted() : in.run(c -> " \t\r\n;(".indexOf(c) < 0);
      return id.isBlank() ? Optional.empty() : Optional.of(id);
    } catch (Malformed _) {
      return Optional.empty();
    }
  }

  Optional<AuthenticationResults> whole() {
    try {
      in.comments();
      String id = value();
      in.comments();
      if (!isEndOfResult() && !value().equals(VERSION)) {
        return Optional.empty();
      }
      List<MethodResult> results = new ArrayList<>();
      for (in.comments(); !in.isAtEnd(); in.comments()) {
        in.expect(';');
        in.comments();
        if (in.isAtEnd()) {
          break;
        }
        resinfo(results);
      }
      return Optional.of(new AuthenticationResults(id, results));
    } catch (Malformed _) {
      return Optional.empty();
    }
  }

  private boolean isEndOfResult() {
    return in.isAtEnd() || in.isAt(';');
  }

  private void resinfo(List<MethodResult> results) throws Malformed {
    String method = keyword();
    in.comments();
    if (method.equals("none") && isEndOfResult()) {
      return;
    }
    if (in.accept('/')) {
      in.comments();
      keyword();
      in.comments();
    }
    in.expect('=');
    in.comments();
    MethodResult result = MethodResult.of(method, keyword(), "");
    for (in.comments(); !isEndOfResult(); in.comments()) {
      result = propspec(result);
    }
    if (results.size() == RESULTS_MAX) {
      throw new Malformed();
    }
    results.add(result);
  }

  /// `reason=…` or `header.d=…`; also `action=…`, which is neither and is passed over, as
  /// outlook.com writes it between its results.
  private MethodResult propspec(MethodResult result) throws Malformed {
    String type = keyword();
    in.comments();
    if (in.accept('=')) {
      in.comments();
      String value = pvalue();
      return type.equals("reason")
          ? new MethodResult(result.method(), result.result(), value, result.properties())
          : result;
    }
    in.expect('.');
    in.comments();
    String name = keyword();
    in.comments();
    in.expect('=');
    in.comments();
    if (result.properties().size() == PROPERTIES_MAX) {
      throw new Malformed();
    }
    return result.with(type, name, pvalue());
  }

  /// A value, or an address, whose local part may be quoted.
  private String pvalue() throws Malformed {
    String value = in.isAt('@') ? "" : value();
    return in.accept('@') ? value + "@" + value() : value;
  }

  private String keyword() throws Malformed {
    return in.word(ResultsParser::isKeyword).toLowerCase(Locale.ROOT);
  }

  /// In quotes, or a token of RFC 2045 with the marks that many write without quotes: `:` and `/`
  /// of addresses.
  private String value() throws Malformed {
    return in.isAt('"') ? in.quoted() : in.word(c -> " \t\r\n;()\"@".indexOf(c) < 0);
  }

  private static boolean isKeyword(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }
}
