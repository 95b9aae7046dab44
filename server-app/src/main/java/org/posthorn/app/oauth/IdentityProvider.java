package org.posthorn.app.oauth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.directory.OAuthConfig;
import org.posthorn.storage.directory.TokenCheck;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The identity provider of the configuration: signed tokens are checked here, all others by
/// asking. Safe for use by many threads.
public final class IdentityProvider implements TokenCheck {
  private static final Logger log = LoggerFactory.getLogger(IdentityProvider.class);
  private static final String LOGIN = "email";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final OAuthConfig config;
  private final SignedTokens signed;
  private final Optional<Introspection> introspection;

  private IdentityProvider(
      OAuthConfig config, SignedTokens signed, Optional<Introspection> introspection) {
    this.config = config;
    this.signed = signed;
    this.introspection = introspection;
  }

  /// Reads the secret, whose file is looked up in `data`, and asks nobody yet.
  public static IdentityProvider of(OAuthConfig config, Path data, InstantSource clock)
      throws IOException {
    ProviderHttp http = http(config, data);
    Optional<Introspection> introspection = Optional.empty();
    if (config.introspectionUrl().isPresent()) {
      Path file = data.resolve(config.clientSecretFile().orElse(""));
      String secret;
      try {
        secret = Files.readString(file).strip();
      } catch (IOException e) {
        throw new IOException("storage.logins.oauth.client-secret-file: cannot read " + file, e);
      }
      introspection =
          Optional.of(
              new Introspection(config, config.introspectionUrl().get(), secret, http, clock));
    }
    var keys = new ProviderKeys(config, http, clock);
    return new IdentityProvider(config, new SignedTokens(config, keys), introspection);
  }

  private static ProviderHttp http(OAuthConfig config, Path data) throws IOException {
    if (config.authoritiesFile().isEmpty()) {
      return new ProviderHttp(Optional.empty(), PATIENCE);
    }
    Path file = data.resolve(config.authoritiesFile().get());
    try {
      return new ProviderHttp(Optional.of(Files.readAllBytes(file)), PATIENCE);
    } catch (IOException e) {
      throw new IOException("storage.logins.oauth.authorities-file: cannot read " + file, e);
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "storage.logins.oauth.authorities-file: " + file + ": " + e.getMessage(), e);
    }
  }

  @Override
  public Answer check(String token) {
    try {
      boolean isSigned = SignedTokens.looksSigned(token) && !config.audiences().isEmpty();
      Optional<Map<String, Object>> claims =
          isSigned || introspection.isEmpty()
              ? signed.claims(token)
              : introspection.get().claims(token);
      return claims
          .filter(this::hasScope)
          .flatMap(this::login)
          .<Answer>map(Answer.Good::new)
          .orElseGet(Answer.Bad::new);
    } catch (IOException | ProviderKeys.Unreadable e) {
      log.atWarn().addKeyValue("cause", e.toString()).log("identity provider does not answer");
      return new Answer.Unknown();
    }
  }

  /// An address that the provider itself has not verified is anybody's.
  private Optional<String> login(Map<String, Object> claims) {
    String claim = config.loginClaim().orElse(LOGIN);
    boolean counts = !claim.equals(LOGIN) || isVerified(claims.get("email_verified"));
    return counts && claims.get(claim) instanceof String login && !login.isBlank()
        ? Optional.of(login)
        : Optional.empty();
  }

  /// Some providers say it as text (Amazon Cognito, Apple). Those that say nothing are taken at
  /// their word.
  private static boolean isVerified(@Nullable Object said) {
    return said == null || said.toString().equalsIgnoreCase("true");
  }

  /// One text with spaces (RFC 8693 §4.2), or a list as some have it.
  private boolean hasScope(Map<String, Object> claims) {
    if (config.scope().isEmpty()) {
      return true;
    }
    Object said = claims.getOrDefault("scope", claims.get("scp"));
    return said instanceof Collection<?> several
        ? several.contains(config.scope().get())
        : Arrays.asList(String.valueOf(said).split(" ", -1)).contains(config.scope().get());
  }

  @Override
  public Optional<String> scope() {
    return config.scope();
  }

  @Override
  public String discoveryUrl() {
    return config.discoveryUrl();
  }
}
