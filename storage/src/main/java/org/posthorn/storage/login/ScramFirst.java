package org.posthorn.storage.login;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The first message of a SCRAM client (RFC 5802 §7): `binding` is `n`, `y` or `p=type`; `header`
/// is what comes before `bare`.
record ScramFirst(
    String binding,
    String authorizationId,
    String login,
    String nonce,
    String header,
    String bare) {
  /// Extensions that must be understood (`m=`) make it another message.
  private static final Pattern FORM =
      Pattern.compile(
          "(?<header>(?<binding>n|y|p=[A-Za-z0-9.-]{1,64}),(?:a=(?<for>[^,]+))?,)"
              + "(?<bare>n=(?<login>[^,]+),r=(?<nonce>[\\x21-\\x2b\\x2d-\\x7e]{1,256})(?:,[A-Za-z]=[^,]+)*+)");

  static Optional<ScramFirst> parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    String asked = parts.group("for");
    Optional<String> authorizationId = asked == null ? Optional.of("") : name(asked);
    Optional<String> login = name(parts.group("login"));
    return authorizationId.isEmpty() || login.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ScramFirst(
                parts.group("binding"),
                authorizationId.get(),
                login.get(),
                parts.group("nonce"),
                parts.group("header"),
                parts.group("bare")));
  }

  /// `=2C` is a comma and `=3D` an equals sign; nothing else begins with one.
  private static Optional<String> name(String text) {
    String name = text.replace("=2C", ",").replace("=3D", "=");
    long signs = text.chars().filter(c -> c == '=').count();
    return 2 * signs == text.length() - name.length() ? Optional.of(name) : Optional.empty();
  }
}
