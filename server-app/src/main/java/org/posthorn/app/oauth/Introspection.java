package org.posthorn.app.oauth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.net.URLEncoder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.storage.directory.OAuthConfig;

/// Asks the provider whether a token is good (RFC 7662). What it says counts for a minute: mail
/// programs log in often. Safe for use by many threads.
final class Introspection {
  private static final Duration REMEMBERED = Duration.ofMinutes(1);
  private static final int REMEMBERED_MAX = 10_000;

  private final OAuthConfig config;
  private final String url;
  private final String authorization;
  private final ProviderHttp http;
  private final InstantSource clock;
  private final Cache<String, Map<String, Object>> answers =
      Caffeine.newBuilder().maximumSize(REMEMBERED_MAX).expireAfterWrite(REMEMBERED).build();

  Introspection(
      OAuthConfig config, String url, String secret, ProviderHttp http, InstantSource clock) {
    this.config = config;
    this.url = url;
    String id = config.clientId().orElse("");
    this.authorization =
        "Basic "
            + Base64.getEncoder()
                .encodeToString((encoded(id) + ":" + encoded(secret)).getBytes(UTF_8));
    this.http = http;
    this.clock = clock;
  }

  /// What the provider says of a token; empty when it is not good. Throws where the provider does
  /// not answer.
  Optional<Map<String, Object>> claims(String token) throws IOException {
    String key = digest(token);
    Map<String, Object> answer = answers.getIfPresent(key);
    if (answer == null) {
      answer = ask(token);
      answers.put(key, answer);
    }
    return isGood(answer) ? Optional.of(answer) : Optional.empty();
  }

  private Map<String, Object> ask(String token) throws IOException {
    String form = "token=" + encoded(token) + "&token_type_hint=access_token";
    try {
      return JSONObjectUtils.parse(http.post(url, form, authorization));
    } catch (ParseException e) {
      throw new IOException(url + " does not answer in JSON", e);
    }
  }

  /// Who says nothing of issuer or audience (both are optional, RFC 7662 §2.2) speaks of its own;
  /// but where audiences are configured one must be there.
  private boolean isGood(Map<String, Object> answer) {
    Object issuer = answer.get("iss");
    return Boolean.TRUE.equals(answer.get("active"))
        && (issuer == null || issuer.equals(config.issuer()))
        && (config.audiences().isEmpty()
            || audiences(answer.getOrDefault("aud", "")).stream()
                .anyMatch(config.audiences()::contains))
        && (!(answer.get("exp") instanceof Number end)
            || clock.instant().getEpochSecond() < end.longValue())
        && (!(answer.get("nbf") instanceof Number begin)
            || clock.instant().getEpochSecond() >= begin.longValue());
  }

  private static List<String> audiences(Object said) {
    return said instanceof Collection<?> several
        ? several.stream().map(String::valueOf).toList()
        : List.of(String.valueOf(said));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8);
  }

  private static String digest(String token) {
    try {
      return Base64.getEncoder()
          .encodeToString(MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
