package org.posthorn.mailets.match;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.mailet.AddressPattern;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Parameter;

/// Matchers that look at how a mail came to this server.
final class OriginMatchers {
  private OriginMatchers() {}

  static List<MatcherFactory<?>> all() {
    return List.of(loginIs(), protocolIs(), isFromServer());
  }

  record Logins(
      @Parameter(
              value = "Users in any case; @ with a domain is everybody there.",
              min = 1,
              example = "ann@example.org, @example.net")
          List<AddressPattern> users) {}

  /// Mail that one of these users submitted, who had logged in: `LoginIs(ann@example.org)`.
  private static MatcherFactory<?> loginIs() {
    return Shipped.ofMails(
        "LoginIs",
        "Mail that one of these users submitted.",
        Logins.class,
        settings -> {
          var users = Addresses.of(settings.users);
          return mail -> mail.origin().login().filter(users::contains).isPresent();
        });
  }

  record Protocols(
      @Parameter(
              value =
                  "Words as in Received lines (RFC 3848), in any case: S at the end of SMTP or LMTP"
                      + " is with TLS, A with a login.",
              min = 1,
              example = "LMTP, LMTPS")
          List<String> protocols) {}

  /// Mail that came by one of these protocols: `ProtocolIs(SMTP, ESMTP)` is all that strangers sent
  /// without TLS.
  private static MatcherFactory<?> protocolIs() {
    return Shipped.ofMails(
        "ProtocolIs",
        "Mail that came by one of these protocols.",
        Protocols.class,
        settings -> {
          Set<String> protocols =
              settings.protocols.stream()
                  .map(OriginMatchers::key)
                  .collect(Collectors.toUnmodifiableSet());
          return mail -> protocols.contains(key(mail.origin().protocol()));
        });
  }

  /// Mail that the server made itself: reports, notices, answers and copies of mailets:
  /// `IsFromServer`.
  private static MatcherFactory<?> isFromServer() {
    return Shipped.ofMails(
        "IsFromServer",
        "Mail that the server or a mailet made: reports, notices, answers, mail of lists.",
        NoParameters.class,
        _ ->
            mail ->
                mail.origin().remote().isEmpty() && key(mail.origin().protocol()).equals("local"));
  }

  private static String key(String word) {
    return word.toLowerCase(Locale.ROOT);
  }
}
