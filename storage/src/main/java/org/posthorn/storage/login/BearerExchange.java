package org.posthorn.storage.login;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.posthorn.storage.directory.LoginCheck;
import org.posthorn.storage.directory.LoginResult;
import org.posthorn.storage.directory.Peer;
import org.posthorn.storage.directory.TokenCheck;

/// OAUTHBEARER (RFC 7628), and XOAUTH2, which is what came before it: a token of an identity
/// provider in one message. When it is not good, the client is told why in JSON, answers something
/// without meaning, and is refused.
final class BearerExchange implements SaslExchange {
  private static final int MESSAGE_MAX_BYTES = 9_216;
  private static final Pattern STANDARD =
      Pattern.compile("[ny],(?:a=(?<login>[^,\\x01]*))?,\\x01(?<pairs>.*)\\x01", Pattern.DOTALL);
  private static final Pattern OLD =
      Pattern.compile("user=(?<login>[^\\x01]*)\\x01(?<pairs>.*)\\x01", Pattern.DOTALL);
  private static final String AUTH = "auth=";
  private static final String BEARER = "bearer ";

  private final boolean standard;
  private final LoginCheck check;
  private final TokenCheck tokens;
  private final Peer peer;
  private State state = new State.New();

  private sealed interface State {
    record New() implements State {}

    record Told(LoginResult result, String login) implements State {}
  }

  /// Not `standard`: XOAUTH2.
  BearerExchange(boolean standard, LoginCheck check, TokenCheck tokens, Peer peer) {
    this.standard = standard;
    this.check = check;
    this.tokens = tokens;
    this.peer = peer;
  }

  @Override
  public Step begin(Optional<byte[]> initialResponse) {
    return initialResponse.map(this::respond).orElseGet(() -> new Step.Challenge(""));
  }

  @Override
  public Step respond(byte[] response) {
    return switch (state) {
      case State.New _ -> first(response);
      case State.Told(LoginResult result, String login) -> new Step.Done(result, login);
    };
  }

  private Step first(byte[] response) {
    Optional<String> text = SaslField.text(response, MESSAGE_MAX_BYTES);
    Matcher parts = (standard ? STANDARD : OLD).matcher(text.orElse(""));
    if (!parts.matches()) {
      return new Step.Malformed("That is no message with a token");
    }
    String given = parts.group("login") == null ? "" : parts.group("login");
    String login = standard ? given.replace("=2C", ",").replace("=3D", "=") : given;
    Optional<String> token = token(parts.group("pairs"));
    if (token.isEmpty()) {
      return told(new LoginResult.Refused(), login, "invalid_request");
    }
    LoginResult result = check.token(login, token.get(), peer);
    return switch (result) {
      case LoginResult.Welcome _, LoginResult.Throttled _ -> new Step.Done(result, login);
      case LoginResult.Refused _, LoginResult.ForAnother _ -> told(result, login, "invalid_token");
    };
  }

  /// The value of `auth`, which is like that of the header `Authorization` (RFC 6750 §2.1).
  private static Optional<String> token(String pairs) {
    for (String pair : pairs.split("\\x01", -1)) {
      if (pair.startsWith(AUTH)
          && pair.regionMatches(true, AUTH.length(), BEARER, 0, BEARER.length())) {
        return Optional.of(pair.substring(AUTH.length() + BEARER.length()).strip())
            .filter(token -> !token.isEmpty());
      }
    }
    return Optional.empty();
  }

  /// RFC 7628 §3.2.2; XOAUTH2 has statuses of HTTP.
  private Step told(LoginResult result, String login, String status) {
    state = new State.Told(result, login);
    String scope = tokens.scope().map(name -> ",\"scope\":\"" + quoted(name) + "\"").orElse("");
    return new Step.Challenge(
        standard
            ? "{\"status\":\"%s\"%s,\"openid-configuration\":\"%s\"}"
                .formatted(status, scope, quoted(tokens.discoveryUrl()))
            : "{\"status\":\"%s\",\"schemes\":\"bearer\"%s}"
                .formatted(status.equals("invalid_request") ? "400" : "401", scope));
  }

  private static String quoted(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }
}
