package org.posthorn.mailets.expression;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.posthorn.message.HeaderField;

/// Reads what this server noted about the sender of a mail (RFC 8601).
final class AuthenticationResults {
  private static final String FIELD = "Authentication-Results";
  private static final Pattern COMMENT = Pattern.compile("\\([^()]{0,1000}\\)");
  private static final Pattern NESTED = Pattern.compile("\"[^\"]{0,1000}\"");
  private static final Pattern RESULT =
      Pattern.compile(";\\s*([A-Za-z0-9-]{1,40})(?:\\s*/\\s*\\d{1,9})?\\s*=\\s*([A-Za-z]{1,40})");

  private AuthenticationResults() {}

  /// The result of `method` in small letters, such as `pass`; empty when it was not looked at. Only
  /// fields of this server count, and only those above the line `Received` that it put on top: what
  /// is below was there when the message came, and anybody can have written it.
  static String find(Scene scene, String hostname, String method) {
    for (HeaderField field : scene.fields()) {
      scene.step();
      if (field.is("Received")) {
        return "";
      }
      Optional<String> found =
          field.is(FIELD) ? in(Scene.text(field.value()), hostname, method) : Optional.empty();
      if (found.isPresent()) {
        return found.get();
      }
    }
    return "";
  }

  private static Optional<String> in(String value, String hostname, String method) {
    String bare =
        COMMENT.matcher(NESTED.matcher(value).replaceAll("quoted")).replaceAll(" ").strip();
    if (!bare.split("[\\s;]", 2)[0].equalsIgnoreCase(hostname)) {
      return Optional.empty();
    }
    Matcher results = RESULT.matcher(bare);
    while (results.find()) {
      if (results.group(1).equalsIgnoreCase(method)) {
        return Optional.of(results.group(2).toLowerCase(Locale.ROOT));
      }
    }
    return Optional.empty();
  }
}
